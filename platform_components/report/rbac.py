"""Permissions in a Kubernetes cluster that a step grants: rules of roles, and subjects of bindings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from platform_components.report.subject import Fact
from platform_components.report.transition import (
    Transition,
    at,
    incomparable,
    is_hidden,
    items,
    shown,
)

_RBAC: Final = "kubernetes:rbac.authorization.k8s.io/"
_ROLES: Final = ("Role", "ClusterRole")
_BINDINGS: Final = ("RoleBinding", "ClusterRoleBinding")
_AGGREGATE: Final = "rbac.authorization.k8s.io/aggregate-to-"
_ANYONE: Final = ("Group system:unauthenticated", "User system:anonymous")


@dataclass(frozen=True)
class _Permission:
    """One combination of a PolicyRule. `*` is everything, per element."""

    group: str
    resource: str
    name: str
    """Name of the object; empty for all."""
    verb: str

    def covers(self, other: _Permission) -> bool:
        """As VerbMatches, APIGroupMatches, ResourceMatches and ResourceNameMatches of Kubernetes
        (pkg/apis/rbac/v1/evaluation_helpers.go)."""
        return (
            self.verb in ("*", other.verb)
            and self.group in ("*", other.group)
            and self.name in ("", other.name)
            and self._matches(other.resource)
        )

    def _matches(self, resource: str) -> bool:
        if self.resource in ("*", resource):
            return True
        if resource.startswith("/"):  # a nonResourceURL
            return self.resource.endswith("*") and resource.startswith(self.resource[:-1])
        _, _, subresource = resource.partition("/")
        return bool(subresource) and self.resource == f"*/{subresource}"

    @property
    def target(self) -> str:
        """`secrets`, `apps/deployments`, `secrets named a`, `* in the core group`."""
        if self.resource.startswith("/") or (self.group, self.resource) == ("*", "*"):
            target = self.resource
        elif self.resource == "*":
            target = f"* in the {f'group {self.group}' if self.group else 'core group'}"
        else:
            target = f"{self.group}/{self.resource}" if self.group else self.resource
        return target + (f" named {self.name}" if self.name else "")


def granted_in_cluster(transition: Transition) -> Iterator[Fact]:
    """Yield rules and subjects that a role or a binding did not have before."""
    if not transition.type.startswith(_RBAC) or transition.after is None:
        return
    if transition.kind in _ROLES:
        yield from _rules(transition.before or {}, transition.after)
        yield from _aggregation(transition.before or {}, transition.after)
    elif transition.kind in _BINDINGS:
        yield from _subjects(transition.before or {}, transition.after)


def _rules(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Fact]:
    if is_hidden(after.get("rules")):
        yield Fact("exposure", incomparable("the rules of the role", after["rules"]))
        return
    held = list(_permissions(before.get("rules")))
    found: dict[str, list[_Permission]] = {}
    for permission in dict.fromkeys(_permissions(after.get("rules"))):
        if not any(each.covers(permission) for each in held):
            found.setdefault(permission.target, []).append(permission)
    also = " also" if held else ""
    for target, permissions in found.items():
        verbs = ", ".join(permission.verb for permission in permissions)
        is_everything = target == "*" and any(permission.verb == "*" for permission in permissions)
        yield Fact(
            "exposure",
            f"subjects with the role may now{also} use the verbs {verbs} on {target}",
            is_broad=is_everything,
        )


def _permissions(rules: Any) -> Iterator[_Permission]:
    for rule in items(rules):
        if not isinstance(rule, Mapping):
            yield _Permission("", shown(rule), "", shown(rule))
            continue
        verbs = list(map(shown, items(rule.get("verbs"))))
        groups = list(map(shown, items(rule.get("apiGroups")))) or [""]
        names = list(map(shown, items(rule.get("resourceNames")))) or [""]
        resources = list(map(shown, items(rule.get("resources"))))
        urls = map(shown, items(rule.get("nonResourceURLs")))
        for group, resource, name, verb in product(groups, resources, names, verbs):
            yield _Permission(group, resource, name, verb)
        for url, verb in product(urls, verbs):
            # `*` of nonResourceURLs is no resource.
            yield _Permission("", url if url.startswith("/") else f"/{url}", "", verb)


def _aggregation(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Fact]:
    """https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles: the controller
    adds the rules of the roles with the labels to the role with the `aggregationRule`."""
    path = "aggregationRule.clusterRoleSelectors"
    former = items(at(before, path))
    for selector in items(at(after, path)):
        if selector not in former:
            yield Fact("exposure", f"takes over the rules of all cluster roles with {shown(selector)}")
    old, new = (
        {name for name, value in _labels(inputs).items() if name.startswith(_AGGREGATE) and value == "true"}
        for inputs in (before, after)
    )
    for label in sorted(new - old):
        yield Fact("exposure", f"adds its rules to the cluster role {label.removeprefix(_AGGREGATE)}")


def _labels(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    labels = at(inputs, "metadata.labels")
    return labels if isinstance(labels, Mapping) else {}


def _subjects(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Fact]:
    role = shown(at(after, "roleRef.name"))
    same_role = before.get("roleRef") == after.get("roleRef")
    known = list(map(_subject_name, items(before.get("subjects")))) if same_role else []
    for each in items(after.get("subjects")):
        who = _subject_name(each)
        if who not in known:
            is_broad = role == "cluster-admin" or who in _ANYONE
            yield Fact("exposure", f"grants {who} the role {role}", is_broad=is_broad)


def _subject_name(subject: Any) -> str:
    if not isinstance(subject, Mapping):
        return f"a subject {shown(subject)}"
    parts = (subject.get("kind"), subject.get("namespace"), subject.get("name"))
    return " ".join(shown(part) for part in parts if part)
