"""Names in rules that no SDK has: a rule with a misspelt type or property would pass every resource."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from platform_components.base.sdk_types import UnknownName, find_property, find_type
from platform_components.policy.context import PolicyContext
from platform_components.policy.example import Example
from platform_components.policy.resource import Snapshot
from platform_components.policy.rule import AnyRule, Rule
from platform_components.policy.stack_view import StackView
from platform_components.policy.view import ResourceView

_CUSTOM = re.compile(r"[^/]*\.|v\d\w*$")
"""API versions of types that the SDK lacks: a group with a dot, or the core group without its name."""
_ENVIRONMENTS = ("dev", "staging", "prod")


@dataclass
class _Uses:
    """The names that a rule's check reads."""

    types: set[str] = field(default_factory=set)
    named: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    """Properties of the rule's types, each with its type."""
    other: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    """Properties of types that a predicate accepts, each with the types for which it was read."""

    def read(self, type_: str, path: tuple[str, ...]) -> None:
        if type_ in self.types:
            self.named.add((type_, path))
        else:
            self.other.setdefault(path, set()).add(type_)


@dataclass(frozen=True)
class NameCheck:
    """The result of comparing a rule's names with the installed SDKs."""

    problems: tuple[str, ...]
    not_checked: tuple[str, ...]
    """Type tokens of packages that are not installed, and of Kubernetes custom resources."""


def check_names(rule: AnyRule) -> NameCheck:
    """Compare the types and properties that a rule and its examples use with the installed SDKs.

    The check runs on the examples, in every tier, and each property that it reads is recorded. Each type
    of the rule must have all of them; if `types` is a predicate, at least one type in the examples must have
    each.
    """
    uses = _uses_of(rule)
    examples = [
        resource
        for group in (rule.passing, rule.failing)
        for example in group
        for resource in example.stack
        if resource.custom
    ]
    tokens = sorted(uses.types | {example.type for example in examples})
    not_checked = {token for token in tokens if not _is_checked(token)}
    unknown = {token: find_type(token) for token in tokens if token not in not_checked}
    known = {token for token, missing in unknown.items() if missing is None}
    problems = [
        f"type {missing.name} does not exist{_hint(missing)}" for missing in unknown.values() if missing
    ]
    problems += [
        f"{token} has no property {_quoted(path, missing)}"
        for token, path in sorted(uses.named)
        if token in known and (missing := find_property(token, path))
    ]
    for path, types in sorted(uses.other.items()):
        missing_of = {token: find_property(token, path) for token in sorted(types & known)}
        if missing_of and all(missing_of.values()):
            token, missing = next(iter(missing_of.items()))
            assert missing is not None  # all of them are
            problems.append(f"no example's type has the property {_quoted(path, missing)}, such as {token}")
    for example in examples:
        if example.type in known:
            problems += [
                f"example of {example.type}: no property {_quoted(path, missing)}"
                for path in _paths(example.inputs)
                if (missing := find_property(example.type, path))
            ]
    return NameCheck(tuple(dict.fromkeys(problems)), tuple(sorted(not_checked)))


def _uses_of(rule: AnyRule) -> _Uses:
    """Run the check on every example, and record what it reads."""
    uses = _Uses()
    stacks = [example.stack for group in (rule.passing, rule.failing) for example in group]
    if isinstance(rule, Rule) and not callable(rule.types):
        uses.types |= set(rule.types)
        stacks += [(Example(token),) for token in rule.types]
    for stack in stacks:
        for environment in _ENVIRONMENTS:
            context = stack[-1].within(environment).context
            _run(rule, Snapshot(stack), context, uses)
    return uses


def _run(rule: AnyRule, snapshot: Snapshot, context: PolicyContext, uses: _Uses) -> None:
    """Run the check and ignore its result, because it may fail in tiers without an example."""
    try:
        if isinstance(rule, Rule):
            resource = snapshot.resources[-1]
            view = ResourceView.of(resource, snapshot.inputs(resource), snapshot.by_urn, uses.read)
            list(rule.check(view, context))
        else:
            list(rule.check(StackView(snapshot, uses.read, uses.types.add), context))
    except KeyboardInterrupt:
        raise
    except BaseException:  # check_rules reports a check that fails on its examples
        return


def _is_checked(token: str) -> bool:
    """Whether an installed SDK should have the type: that of Kubernetes has no custom resources.

    `kubernetes:v1:Pod` is the token of `CustomResource(api_version="v1", kind="Pod")`.
    """
    package, _, rest = token.partition(":")
    version = rest.partition(":")[0]
    try:
        missing = find_type(token)
    except LookupError:
        return False
    return missing is None or package != "kubernetes" or not _CUSTOM.match(version)


def _paths(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every property in an example's inputs, outermost first."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield (*at, key)
            yield from _paths(item, (*at, key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _paths(item, (*at, "[]"))


def _quoted(path: tuple[str, ...], missing: UnknownName) -> str:
    return f'"{".".join(path).replace(".[]", "[]")}"{_hint(missing)}'


def _hint(missing: UnknownName) -> str:
    if missing.is_output:
        return ": it is an output, and a rule reads inputs"
    return f"; did you mean {missing.similar}?" if missing.similar else ""
