"""IAM permissions that a step grants: statements of policy documents, compared as data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any, Final

from platform_components.engine.values import without_secrets
from platform_components.report.documents import policy_of
from platform_components.report.subject import Fact, Subject, unmarked

_MOST_GRANTS = 5_000
"""Maximum number of combinations in the statements of a document that are compared."""
_MOST_ACTIONS = 6

_ATTACHMENTS: Final = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "policyArn"),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ("user", "policyArn"),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": ("group", "policyArn"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ("principalArn", "policyArn"),
}
"""Resources that attach a policy: the properties with the principal and the policy."""
_ADMINISTRATOR: Final = re.compile(
    r":(aws:policy/AdministratorAccess|cluster-access-policy/AmazonEKSClusterAdminPolicy)$"
)


@dataclass(frozen=True)
class _Grant:
    """One combination that a statement with Effect Allow grants."""

    principal: str
    action: str
    resource: str
    condition: str

    def covers(self, other: _Grant) -> bool:
        return (
            self.condition in ("", other.condition)
            and _matches(self.principal, other.principal)
            and _matches(self.action, other.action)
            and _matches(self.resource, other.resource)
        )


class _Held:
    """The grants of a document. Only those with wildcards must be compared one by one."""

    def __init__(self, grants: Iterable[_Grant]) -> None:
        self._exact: set[_Grant] = set()
        self._patterns: list[_Grant] = []
        for grant in map(_folded, grants):
            self._exact.add(grant)
            if any(
                wildcard in part
                for part in (grant.principal, grant.action, grant.resource)
                for wildcard in "*?"
            ):
                self._patterns.append(grant)

    def cover(self, grant: _Grant) -> bool:
        """Whether one of the grants includes this one; one without a condition includes any condition."""
        needed = _folded(grant)
        same = {needed, replace(needed, condition="")}
        return not same.isdisjoint(self._exact) or any(each.covers(needed) for each in self._patterns)


def _folded(grant: _Grant) -> _Grant:
    """The grant with its action in lower case: IAM ignores the case of actions."""
    return replace(grant, action=grant.action.lower())


def granted_permissions(subject: Subject) -> Iterator[Fact]:
    """Yield the permissions that were not granted before."""
    if not subject.type.startswith("aws:"):
        return
    names = [
        name for name in subject.after if subject.step.operation == "create" or name in subject.by_property
    ]
    for name in names:
        old, new = policy_of(unmarked(subject.before.get(name))), policy_of(unmarked(subject.after[name]))
        if new is not None:
            yield from _gained(old or {}, new)
    if subject.type in _ATTACHMENTS and subject.step.operation in ("create", "import", "replace"):
        who, what = (_text(subject.after.get(name)) for name in _ATTACHMENTS[subject.type])
        yield Fact("exposure", f"attaches {what} to {who}", is_broad=bool(_ADMINISTRATOR.search(what)))
    if subject.type == "aws:iam/role:Role":
        old_arns, new_arns = (
            _listed(values.get("managedPolicyArns")) for values in (subject.before, subject.after)
        )
        for arn in new_arns:
            if arn not in old_arns:
                yield Fact("exposure", f"attaches {arn}", is_broad=bool(_ADMINISTRATOR.search(arn)))


def _gained(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Fact]:
    before, after = list(_allowed(old)), list(_allowed(new))
    if max(map(_size, (before, after))) > _MOST_GRANTS:
        yield Fact("exposure", "changes a policy document that is too large to compare; review it")
        return
    held = _Held(grant for statement in before for grant in _grants(statement))
    gained = [
        grant
        for grant in dict.fromkeys(grant for statement in after for grant in _grants(statement))
        if not held.cover(grant)
    ]
    actions: dict[tuple[str, str, str], list[str]] = {}
    for grant in gained:
        actions.setdefault((grant.principal, grant.resource, grant.condition), []).append(grant.action)
    for (principal, resource, condition), names in actions.items():
        shown = names[:_MOST_ACTIONS] + (
            [f"{len(names) - _MOST_ACTIONS} more"] if len(names) > _MOST_ACTIONS else []
        )
        text = f"allows {', '.join(shown)}"
        text += f" on {resource}" if resource else ""
        text += f" to {principal}" if principal else ""
        text += f" if {condition}" if condition else ""
        is_anyone = principal in ("*", "AWS:*") and not condition
        yield Fact("exposure", text, is_broad=is_anyone or ("*" in names and resource in ("*", "")))
    for statement in _statements(old):
        if statement.get("Effect") == "Deny" and statement not in list(_statements(new)):
            yield Fact("exposure", f"removes or changes the denial of {_denied(statement)}")


def _statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The statements; a document can have one without a list."""
    statements = document.get("Statement", ())
    for statement in statements if isinstance(statements, list) else [statements]:
        if isinstance(statement, Mapping):
            yield statement


_Parts = tuple[list[str], list[str], list[str], str]


def _allowed(document: Mapping[str, Any]) -> Iterator[_Parts]:
    """Principals, actions, resources and condition of each statement that allows something."""
    for statement in _statements(document):
        if statement.get("Effect") != "Deny":
            condition = statement.get("Condition")
            yield (
                list(_principals(statement)) or [""],
                _names(statement, "Action") or [""],
                _names(statement, "Resource") or [""],
                json.dumps(without_secrets(condition), sort_keys=True) if condition else "",
            )


def _size(statements: Iterable[_Parts]) -> int:
    return sum(
        len(principals) * len(actions) * len(resources) for principals, actions, resources, _ in statements
    )


def _grants(statement: _Parts) -> Iterator[_Grant]:
    *parts, condition = statement
    for principal, action, resource in product(*parts):
        yield _Grant(principal, action, resource, condition)


def _principals(statement: Mapping[str, Any]) -> Iterator[str]:
    """`*`, `AWS:arn:...`, `Service:eks.amazonaws.com`; NotPrincipal is one element."""
    if "NotPrincipal" in statement:
        yield f"all except {_text(statement['NotPrincipal'])}"
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        yield from (f"{kind}:{name}" for kind in sorted(principal) for name in _listed(principal[kind]))
    else:
        yield from _listed(principal)


def _names(statement: Mapping[str, Any], field: str) -> list[str]:
    """The actions or resources; those of NotAction and NotResource are one element."""
    excluded = statement.get(f"Not{field}")
    return [*_listed(statement.get(field)), *([] if excluded is None else [f"all except {_text(excluded)}"])]


def _denied(statement: Mapping[str, Any]) -> str:
    names = _names(statement, "Action")
    return ", ".join(names[:_MOST_ACTIONS]) + (" and more" if len(names) > _MOST_ACTIONS else "")


def _matches(pattern: str, text: str) -> bool:
    """Whether an element covers another one, with IAM's wildcards `*` and `?`."""
    return pattern == text or (
        any(each in pattern for each in "*?") and bool(_regex(pattern).fullmatch(text))
    )


@lru_cache(maxsize=4096)
def _regex(pattern: str) -> re.Pattern[str]:
    # Atomic groups: the first match of each part is enough, and backtracking takes too long.
    first, *rest = (re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", pattern))
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(first + middle + (f".*{rest[-1]}" if rest else ""), re.DOTALL)


def _listed(value: Any) -> list[str]:
    items = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return [_text(item) for item in items]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(without_secrets(value), sort_keys=True)
