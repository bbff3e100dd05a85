"""A step with the properties of its resource before and after the deployment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from platform_components.base.errors import ABSENT
from platform_components.base.markers import Secret
from platform_components.engine.config_path import Steps, parse_path, value_at
from platform_components.engine.graph import Graph, Resource
from platform_components.engine.plan.paths import generic
from platform_components.engine.plan.steps import PropertyChange, Step
from platform_components.engine.values import UNKNOWN

Risk = Literal["loss", "exposure", "restart"]


@dataclass(frozen=True)
class Fact:
    """A consequence of a step that a reviewer must know."""

    risk: Risk
    text: str
    """A phrase: `ingress from 10.0.0.0/8 on TCP 443`."""
    is_broad: bool = False
    """Of an exposure: whether it admits anyone. Only these matter in a stack that is not deployed yet."""
    paths: tuple[str, ...] = ()
    """The properties whose change has the consequence; empty if it is the operation that has it."""


@dataclass(frozen=True)
class Subject:
    """A step, and the resource of the program; a deletion has none."""

    step: Step
    resource: Resource | None
    graph: Graph | None = None
    """The stack's."""

    @property
    def type(self) -> str:
        return self.step.type

    @cached_property
    def after(self) -> Mapping[str, Any]:
        """The inputs of the program, with what the provider changes in them; empty for a deletion."""
        if self.resource is None:
            return {}
        if self.step.operation == "create":
            return self.resource.inputs
        planned = {
            name: planned_value(self.resource.inputs.get(name), changes)
            for name, changes in self.by_property.items()
        }
        values = {**self.resource.inputs, **planned}
        return {name: value for name, value in values.items() if value is not ABSENT}

    @cached_property
    def before(self) -> Mapping[str, Any]:
        """The former inputs, as far as the plan has them; empty for a creation."""
        if self.resource is None:
            return self.step.former
        if self.step.operation == "create":
            return {}
        former = dict(self.after)
        for name, changes in self.by_property.items():
            old = former_value(self.after.get(name), changes)
            if old is ABSENT:
                former.pop(name, None)
            else:
                former[name] = old
        return former

    @cached_property
    def by_property(self) -> Mapping[str, tuple[PropertyChange, ...]]:
        """The changes by top-level property."""
        grouped: dict[str, list[PropertyChange]] = {}
        for change in self.step.changes:
            grouped.setdefault(str(_steps(change)[0]), []).append(change)
        return {name: tuple(changes) for name, changes in grouped.items()}

    def changed(self, *paths: str) -> tuple[str, ...]:
        """The paths at or below which something changes, or which are in a value that changes."""
        generics = [generic(change.path) for change in self.step.changes]
        return tuple(path for path in paths if any(is_related(path, each) for each in generics))

    def value(self, path: str) -> Any:
        """The value of the program at a path such as `spec.strategy.type`; None if it is not set.

        It is UNKNOWN if a value that contains it is.
        """
        return _value_at(self.after, path)

    def former(self, path: str) -> Any:
        """The value before the deployment at a path; None if it was not set."""
        return _value_at(self.before, path)


def is_related(path: str, other: str) -> bool:
    """Whether one of two paths without indexes is the other one, or in it."""
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")


def _value_at(inputs: Mapping[str, Any], path: str) -> Any:
    value = unmarked(inputs)
    for name in path.split("."):
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def unmarked(value: Any) -> Any:
    """The value with lists for tuples, and containers without the mark of a secret."""
    if isinstance(value, Secret) and isinstance(value.value, Mapping | list | tuple):
        return unmarked(value.value)
    if isinstance(value, Mapping):
        return {key: unmarked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [unmarked(item) for item in value]
    return value


def planned_value(given: Any, changes: Iterable[PropertyChange]) -> Any:
    """Return the value of a top-level property after its changes, or ABSENT.

    It can differ from what the program gives: providers convert types, add names and tags.
    """
    root: dict[str | int, Any] = {} if given is None else {"": unmarked(given)}
    for change in changes:
        steps: Steps = ("", *_steps(change)[1:])
        parent, last = value_at(root, steps[:-1]), steps[-1]
        if isinstance(parent, dict) and isinstance(last, str):
            if change.kind == "delete":
                parent.pop(last, None)
            else:
                parent[last] = unmarked(change.new)
        elif isinstance(parent, list) and isinstance(last, int) and change.kind != "delete":
            parent[last : last + 1] = [unmarked(change.new)]
    return root.get("", ABSENT)


def former_value(new: Any, changes: Iterable[PropertyChange]) -> Any:
    """Return the value of a top-level property before its changes, or ABSENT.

    The plan compares lists by index, so its changes can be reverted. A change below a value that the program
    does not have, such as one that the provider filled in, is left as it is.
    """
    root: dict[str | int, Any] = {} if new is None else {"": unmarked(new)}
    ordered = sorted(changes, key=lambda change: change.kind == "add")
    added = [change for change in ordered if change.kind == "add"]
    for change in [*reversed(added), *ordered[: len(ordered) - len(added)]]:
        steps: Steps = ("", *_steps(change)[1:])
        parent, last = value_at(root, steps[:-1]), steps[-1]
        if isinstance(parent, dict) and isinstance(last, str):
            if change.kind == "add":
                parent.pop(last, None)
            else:
                parent[last] = unmarked(change.old)
        elif isinstance(parent, list) and isinstance(last, int):
            if change.kind == "add":
                del parent[last:]
            elif last < len(parent):
                parent[last] = unmarked(change.old)
            else:
                parent.append(unmarked(change.old))
    return root.get("", ABSENT)


def _steps(change: PropertyChange) -> Steps:
    return parse_path(change.path) or (change.path,)
