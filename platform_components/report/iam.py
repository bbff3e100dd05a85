"""IAM permissions that a step grants: statements of policy documents, compared as data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, Final

from platform_components.report.documents import default_policy, has_policies, policies_of, statements
from platform_components.report.elements import Condition, Element
from platform_components.report.subject import Fact
from platform_components.report.transition import (
    Transition,
    applies_to_another,
    incomparable,
    is_hidden,
    items,
    shown,
)

_MOST_GRANTS = 5_000
"""Maximum number of combinations in the statements of a document that are compared."""
_MOST_COMPARISONS = 500_000
"""Maximum product of the combinations of two documents that are compared: about a second."""
_MOST_ACTIONS = 6
_UNLIMITED: Final = ("*", "iam:*")
"""Actions that on any resource amount to all permissions."""

_ACCOUNT: Final = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):root")
_POLICY: Final = "aws:iam/policy:Policy"
_RECIPIENTS: Final[Mapping[str, tuple[str, str]]] = {
    "aws:iam/groupPolicy:GroupPolicy": ("the group", "group"),
    "aws:iam/rolePolicy:RolePolicy": ("the role", "role"),
    "aws:iam/userPolicy:UserPolicy": ("the user", "user"),
}
"""Resources whose statements apply to one principal: its kind, and the property with its name."""


@dataclass(frozen=True)
class _Grant:
    """One combination that a statement allows or denies."""

    principal: Element
    action: Element
    resource: Element
    condition: Condition
    names: tuple[str, str] = field(default=("", ""), compare=False)
    """Principal and action as they are shown."""

    def covers(self, other: _Grant) -> bool:
        return (
            self.action.covers(other.action)
            and self.resource.covers(other.resource)
            and self.principal.covers(other.principal)
            and self.condition.covers(other.condition)
        )

    @property
    def is_broad(self) -> bool:
        """Whether anyone is allowed something, or someone everything."""
        unlimited = self.action.excluded or str(self.action) in _UNLIMITED
        anyone = self.principal.excluded or str(self.principal) == "*"
        return (anyone and self.condition.is_weak) or (unlimited and self.resource.is_everything)


class _Held:
    """The grants of a document. Only those with wildcards or conditions must be compared one by one."""

    def __init__(self, grants: Iterable[_Grant]) -> None:
        self._exact: set[_Grant] = set()
        self._patterns: list[_Grant] = []
        for grant in grants:
            self._exact.add(grant)
            parts = (grant.principal, grant.action, grant.resource)
            if grant.condition.tests or any(part.has_wildcards for part in parts):
                self._patterns.append(grant)

    def cover(self, grant: _Grant) -> bool:
        """Whether one of the grants includes this one; one without a condition includes any condition."""
        same = {grant, replace(grant, condition=Condition())}
        return not same.isdisjoint(self._exact) or any(each.covers(grant) for each in self._patterns)


def granted_permissions(transition: Transition) -> Iterator[Fact]:
    """Yield the permissions that were not granted before, and the denials that no longer apply."""
    if not transition.type.startswith("aws:"):
        return
    if transition.after is None and not applies_to_another(transition.type) and transition.type != _POLICY:
        return  # the policy of a resource ends with it
    names = dict.fromkeys([*(transition.before or {}), *(transition.after or {})])
    for name in names:
        if not transition.differs(name):
            continue
        old, new = (policies_of(transition.type, inputs, name) for inputs in _inputs(transition))
        if has_policies(transition.type, name) and is_hidden(new):
            yield Fact("exposure", incomparable(name, new))
        elif isinstance(old, Mapping) or isinstance(new, Mapping):
            yield from _changed(transition, name, old, new)


def _inputs(transition: Transition) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return transition.before or {}, transition.after or {}


def _changed(transition: Transition, name: str, old: Any, new: Any) -> Iterator[Fact]:
    """The difference between two documents. What AWS uses without one counts as the absent document."""
    default = default_policy(transition.type, [each for each in (old, new) if isinstance(each, Mapping)])
    before = old if isinstance(old, Mapping) else default
    after = new if isinstance(new, Mapping) else default
    recipient = _recipient(transition, name)
    is_new = transition.before is None
    yield from _gained(before, after, recipient or f"principals with this {name}", is_new=is_new)


def _recipient(transition: Transition, property_: str) -> str:
    if transition.type in _RECIPIENTS:
        kind, field_ = _RECIPIENTS[transition.type]
        name = (transition.after or transition.before or {}).get(field_)
        return f"{kind} {shown(name)}" if isinstance(name, str) else kind
    return "the role" if transition.type == "aws:iam/role:Role" and property_ == "inlinePolicies" else ""


def _gained(
    old: Mapping[str, Any], new: Mapping[str, Any], recipient: str, *, is_new: bool
) -> Iterator[Fact]:
    before, after = (list(map(_Statement.of, statements(document))) for document in (old, new))
    sizes = [sum(each.size for each in found) for found in (before, after)]
    if max(sizes) > _MOST_GRANTS or sizes[0] * sizes[1] > _MOST_COMPARISONS:
        yield Fact("exposure", "changes a policy document that is too large to compare; review it")
        return
    allowed = _missing(
        (each for each in after if not each.denies), (each for each in before if not each.denies)
    )
    also = " also" if any(not each.denies for each in before) and not is_new else ""
    grouped: dict[tuple[str, str, str], list[_Grant]] = {}
    for grant in allowed:
        key = (grant.names[0] or recipient, str(grant.resource), str(grant.condition))
        grouped.setdefault(key, []).append(grant)
    for (principal, resource, condition), grants in grouped.items():
        text = f"{principal} may now{also} call {_some([grant.names[1] for grant in grants])}"
        text += f" on {resource}" if resource else ""
        text += f" if {condition}" if condition else ""
        yield Fact("exposure", text, is_broad=any(grant.is_broad for grant in grants))
    denied = _missing((each for each in before if each.denies), (each for each in after if each.denies))
    if denied:
        actions = _some(list(dict.fromkeys(grant.names[1] for grant in denied)))
        yield Fact("exposure", f"no longer denies {actions} in all cases that it denied")


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_ACTIONS
    return ", ".join(names[:_MOST_ACTIONS] + ([f"{more} more"] if more > 0 else []))


@dataclass(frozen=True)
class _Statement:
    denies: bool
    principals: tuple[tuple[Element, str], ...]
    actions: tuple[tuple[Element, str], ...]
    resources: tuple[Element, ...]
    condition: Condition

    @classmethod
    def of(cls, statement: Mapping[str, Any]) -> _Statement:
        actions = _elements(statement, "Action")
        return cls(
            statement.get("Effect") == "Deny",
            tuple(_principals(statement)),
            tuple((_folded(each), str(each)) for each in actions),
            _elements(statement, "Resource"),
            Condition.of(statement.get("Condition")),
        )

    @property
    def size(self) -> int:
        return len(self.principals) * len(self.actions) * len(self.resources)

    @property
    def grants(self) -> Iterator[_Grant]:
        for (principal, who), (action, what), resource in product(
            self.principals, self.actions, self.resources
        ):
            yield _Grant(principal, action, resource, self.condition, (who, what))


def _missing(needed: Iterable[_Statement], held: Iterable[_Statement]) -> list[_Grant]:
    there = _Held(grant for statement in held for grant in statement.grants)
    grants = dict.fromkeys(grant for statement in needed for grant in statement.grants)
    return [grant for grant in grants if not there.cover(grant)]


def _elements(statement: Mapping[str, Any], name: str) -> tuple[Element, ...]:
    """The actions or resources; those of NotAction and NotResource are one element."""
    excluded = statement.get(f"Not{name}")
    found = [Element((shown(item),)) for item in items(statement.get(name))]
    if excluded is not None:
        found.append(Element(tuple(sorted(map(shown, items(excluded)))), excluded=True))
    return tuple(found) or (Element(("",)),)


def _folded(action: Element) -> Element:
    """IAM ignores the case of actions; `*:*` is `*`."""
    patterns = (pattern.lower() for pattern in action.patterns)
    return replace(action, patterns=tuple("*" if each == "*:*" else each for each in patterns))


def _principals(statement: Mapping[str, Any]) -> Iterator[tuple[Element, str]]:
    """`*`, `AWS:111122223333`, `Service:eks.amazonaws.com`, each with its name.

    NotPrincipal is one element.
    """
    if "NotPrincipal" in statement:
        excluded = Element(tuple(sorted(_principal_names(statement["NotPrincipal"]))), excluded=True)
        yield excluded, f"anyone except {', '.join(excluded.patterns)}"
        return
    names = list(_principal_names(statement.get("Principal")))
    for name in names:
        kind, _, rest = name.partition(":")
        shown_name = "anyone" if name == "*" else f"the account {rest}" if rest.isdecimal() else rest or kind
        yield Element((name,)), shown_name
    if not names:
        yield Element(("",)), ""


def _principal_names(principal: Any) -> Iterator[str]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html: `*` is
    {"AWS": "*"}, and the ARN with `root` is the ID of the account."""
    if not isinstance(principal, Mapping):
        yield from map(shown, items(principal))
        return
    for kind in sorted(principal):
        for name in map(shown, items(principal[kind])):
            account = _ACCOUNT.fullmatch(name)
            yield "*" if (kind, name) == ("AWS", "*") else f"{kind}:{account[1] if account else name}"
