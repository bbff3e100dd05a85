"""The verdict on a resource: what its provider would answer to Check and Diff, as far as it is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from platform_components.engine.config_path import Steps, parse_path
from platform_components.engine.plan.difference import differences
from platform_components.engine.plan.paths import contains, generic
from platform_components.engine.plan.providers import Checked, ConfigurableModel, ProviderModel
from platform_components.engine.plan.steps import PropertyChange, Reason
from platform_components.engine.state.deployment import ResourceState
from platform_components.engine.values import Secret, is_unknown

Explained = Callable[[str, bool], bool]

INIT_ERROR: Final = "#initerror"
"""The property of errors after the creation of a resource (initErrorSpecialKey in
pkg/resource/deploy/step_generator.go of pulumi/pulumi)."""


@dataclass(frozen=True)
class Verdict:
    """The differences of a resource, and what they do."""

    changes: tuple[PropertyChange, ...] = ()
    replaced_by: tuple[str, ...] = ()
    possibly_replaced_by: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """Top-level properties that differ, sorted."""
        return tuple(sorted({top(each.path) for each in self.changes if each.kind != "undetermined"}))

    @property
    def undetermined(self) -> tuple[str, ...]:
        """Paths that can't be compared."""
        return tuple(each.path for each in self.changes if each.kind == "undetermined")

    def and_(self, other: Verdict) -> Verdict:
        """Both verdicts in one."""
        return Verdict(
            self.changes + other.changes,
            self.replaced_by + other.replaced_by,
            self.possibly_replaced_by + other.possibly_replaced_by,
        )


def verdict_on(
    type_: str,
    old: ResourceState,
    checked: Checked,
    model: ProviderModel,
    *,
    explained: Explained = lambda property_, secret: True,
    current: Callable[[str], str] = lambda urn: urn,
) -> Verdict:
    """Return the differences between a resource in the state and the checked inputs of the program.

    `type_`: the type in the program, which an alias can give another name in the state.
    `explained`: whether a top-level property depends on a resource that changes, so that an unknown value (or
    secret) of it means a change. Otherwise it means that the preview does not know the value.
    """
    found = differences(old.inputs, checked.inputs, current=current)
    changes = tuple(
        replace(each, kind="undetermined", reason=reason)
        if (reason := _open_reason(each, checked.undecided, explained))
        else each
        for each in found
    )
    effect = model.effect
    if isinstance(model, ConfigurableModel):
        effect = partial(model.effect_within, before=old.inputs, after=checked.inputs)
    effects = {
        each.path: effect(type_, generic(each.path), each.old, each.new)
        for each in changes
        if each.kind != "undetermined"
    }
    return Verdict(
        changes,
        tuple(path for path, found in effects.items() if found == "replace"),
        tuple(path for path, found in effects.items() if found == "unknown"),
    )


def with_replace_on_changes(verdict: Verdict, options: Collection[str], *, init_errors: bool) -> Verdict:
    """Return the verdict with the option `replace_on_changes` (applyReplaceOnChanges)."""
    paths = [steps for option in options if (steps := parse_path(option))]
    if not paths:
        return verdict
    forced = [
        each.path
        for each in verdict.changes
        if each.kind != "undetermined" and _is_in(each.path, paths) and each.path not in verdict.replaced_by
    ]
    if init_errors and any(contains(path, (INIT_ERROR,)) for path in paths):
        forced.append(INIT_ERROR)
    possibly = tuple(path for path in verdict.possibly_replaced_by if path not in forced)
    return replace(verdict, replaced_by=(*verdict.replaced_by, *forced), possibly_replaced_by=possibly)


def top(path: str) -> str:
    """The top-level property of a path."""
    steps = parse_path(path)
    return str(steps[0]) if steps else path


def _is_in(path: str, outer: Collection[Steps]) -> bool:
    steps = parse_path(path)
    return steps is not None and any(contains(each, steps) for each in outer)


def _open_reason(change: PropertyChange, undecided: Collection[str], explained: Explained) -> Reason | None:
    """Why a difference leaves open whether the value changes; None if it does change."""
    property_ = top(change.path)
    if property_ in undecided:
        return "provider"
    is_secret = isinstance(change.new, Secret) or isinstance(change.old, Secret)
    if is_unknown(change.new) and not explained(property_, is_secret):
        return "secret" if is_secret else "unknown"
    return change.reason


def component_verdict(old: Mapping[str, Any], new: Mapping[str, Any]) -> Verdict:
    """The differences of a component, which no provider manages: other marks of secrets are differences, too.

    See DeepEquals in sdk/go/common/resource/properties_diff.go of pulumi/pulumi.
    """
    return Verdict(differences(old, new, marks=True))
