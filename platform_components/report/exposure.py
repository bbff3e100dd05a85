"""What a step opens up: network ingress, permissions, and settings that make a resource public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from platform_components.report.iam import granted_permissions
from platform_components.report.ingress import opened_ingress
from platform_components.report.subject import Fact, Subject, unmarked


@dataclass(frozen=True)
class _Setting:
    """A value that makes a resource public, or weakens what keeps it private."""

    path: str
    values: tuple[Any, ...]
    default: Any
    """Value of a resource that does not set it, according to the provider's schema."""
    text: str


_PUBLIC_ACCESS_BLOCK: Final = tuple(
    _Setting(name, (False,), False, f"turns off {name}")
    for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
)
_PUBLIC_ACLS: Final = ("public-read", "public-read-write", "authenticated-read")

_SETTINGS: Final[Mapping[str, tuple[_Setting, ...]]] = {
    "aws:ec2/instance:Instance": (
        _Setting("associatePublicIpAddress", (True,), False, "gets a public IP address"),
    ),
    "aws:ec2/subnet:Subnet": (
        _Setting("mapPublicIpOnLaunch", (True,), False, "gives new instances a public IP address"),
    ),
    "aws:eks/cluster:Cluster": (
        _Setting("vpcConfig.endpointPublicAccess", (True,), True, "the EKS endpoint is public"),
    ),
    "aws:lambda/functionUrl:FunctionUrl": (
        _Setting("authorizationType", ("NONE",), "", "anyone can call the function's URL"),
    ),
    "aws:lb/loadBalancer:LoadBalancer": (_Setting("internal", (False,), False, "is internet-facing"),),
    "aws:rds/clusterInstance:ClusterInstance": (
        _Setting("publiclyAccessible", (True,), False, "has a public endpoint"),
    ),
    "aws:rds/instance:Instance": (_Setting("publiclyAccessible", (True,), False, "has a public endpoint"),),
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": _PUBLIC_ACCESS_BLOCK,
    "aws:s3/bucketAcl:BucketAcl": (_Setting("acl", _PUBLIC_ACLS, "private", "the ACL allows public access"),),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _PUBLIC_ACCESS_BLOCK,
    "kubernetes:core/v1:Service": (
        _Setting("spec.type", ("LoadBalancer",), "ClusterIP", "is reachable through a load balancer"),
        _Setting("spec.type", ("NodePort",), "ClusterIP", "is reachable on a port of every node"),
    ),
}
"""Settings by type."""

_REMOVED: Final[Mapping[str, str]] = {
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": "no longer blocks public access to buckets",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "no longer blocks public access to the bucket",
}
"""What a deletion opens up, by type."""

_ROLES: Final = ("Role", "ClusterRole")
_BINDINGS: Final = ("RoleBinding", "ClusterRoleBinding")
_RBAC: Final = "kubernetes:rbac.authorization.k8s.io/"


def exposures(subject: Subject) -> Iterator[Fact]:
    """Yield what the step opens up, each fact once."""
    yield from dict.fromkeys(_exposures(subject))


def _exposures(subject: Subject) -> Iterator[Fact]:
    yield from opened_ingress(subject)
    yield from _settings(subject)
    yield from granted_permissions(subject)
    yield from _rbac(subject)


def _settings(subject: Subject) -> Iterator[Fact]:
    if subject.step.operation == "delete":
        if subject.type in _REMOVED:
            yield Fact("exposure", _REMOVED[subject.type])
        return
    created = subject.step.operation == "create"
    for setting in _SETTINGS.get(subject.type, ()):
        if created or subject.changed(setting.path):
            value = _value(subject.after, setting)
            if value in setting.values and (created or _value(subject.before, setting) not in setting.values):
                yield Fact("exposure", setting.text, is_broad=True)


def _value(inputs: Mapping[str, Any], setting: _Setting) -> Any:
    value: Any = unmarked(inputs)
    for key in setting.path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return setting.default if value is None else value


def _rbac(subject: Subject) -> Iterator[Fact]:
    """Rules and subjects that a role or a binding did not have before."""
    if not subject.type.startswith(_RBAC) or subject.step.operation == "delete":
        return
    kind = subject.type.rpartition(":")[2]
    before, after = unmarked(subject.before), unmarked(subject.after)
    if kind in _ROLES:
        held = list(_permissions(before.get("rules")))
        gained: dict[str, list[str]] = {}
        for verb, resource in dict.fromkeys(_permissions(after.get("rules"))):
            if not any(_covers((old_verb, old), (verb, resource)) for old_verb, old in held):
                gained.setdefault(resource, []).append(verb)
        for resource, verbs in gained.items():
            yield Fact(
                "exposure",
                f"allows {', '.join(verbs)} on {resource}",
                is_broad="*" in verbs and resource == "*",
            )
    elif kind in _BINDINGS:
        known = [_subject_name(each) for each in _list(before.get("subjects"))]
        role = after.get("roleRef")
        name = role.get("name") if isinstance(role, Mapping) else ""
        for each in _list(after.get("subjects")):
            who = _subject_name(each)
            if who not in known or subject.changed("roleRef"):
                yield Fact("exposure", f"gives {who} the role {name}", is_broad=name == "cluster-admin")


def _permissions(rules: Any) -> Iterator[tuple[str, str]]:
    """Verb and resource of each combination: `get`, `apps/deployments`."""
    for rule in _list(rules):
        if isinstance(rule, Mapping):
            targets = [
                *(
                    f"{group}/{name}" if group and (group, name) != ("*", "*") else str(name)
                    for group in _list(rule.get("apiGroups")) or [""]
                    for name in _list(rule.get("resources"))
                ),
                *map(str, _list(rule.get("nonResourceURLs"))),
            ]
            names = _list(rule.get("resourceNames"))
            suffix = f" named {', '.join(map(str, names))}" if names else ""
            yield from (
                (str(verb), f"{target}{suffix}") for target in targets for verb in _list(rule.get("verbs"))
            )


def _covers(held: tuple[str, str], other: tuple[str, str]) -> bool:
    (verb, resource), (needed, target) = held, other
    return verb in ("*", needed) and (resource in ("*", target) or target.startswith(f"{resource} named "))


def _subject_name(subject: Any) -> str:
    if not isinstance(subject, Mapping):
        return "a subject known after the deployment"
    parts = (subject.get("kind"), subject.get("namespace"), subject.get("name"))
    return " ".join(part if isinstance(part, str) else "[unknown]" for part in parts if part)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
