"""Unions: properties of a Kubernetes object that exclude each other, such as the handlers of a probe.

An override that sets one of them replaces the component's: the API server rejects an object with both. The
definitions of the API do not mark unions. Source: Kubernetes, "API Conventions", section "Unions", and the
messages or the reference of the API, cited at each entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

from platform_components.base.customize_shape import Shape, kubernetes_name, value_of
from platform_components.base.sdk_types import Argument, fields_of, is_object

_UNIONS: Final[Mapping[str, Set[str]]] = {
    # "may not specify more than 1 handler type"
    "core.v1.Probe": {"exec", "grpc", "httpGet", "tcpSocket"},
    "core.v1.LifecycleHandler": {"exec", "httpGet", "sleep", "tcpSocket"},
    # "may not be specified when `value` is not empty"
    "core.v1.EnvVar": {"value", "valueFrom"},
    # "may not have more than one field specified at a time"
    "core.v1.EnvVarSource": {"configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"},
    # "You can specify only one of maxUnavailable and minAvailable" ("Specifying a Disruption Budget")
    "policy.v1.PodDisruptionBudgetSpec": {"maxUnavailable", "minAvailable"},
}
_UNIONS_EXCEPT: Final[Mapping[str, Set[str]]] = {
    # "may not specify more than 1 volume type"
    "core.v1.Volume": {"name"},
}
_ONLY_WITH: Final[Mapping[str, tuple[str, str, str]]] = {
    # "may not be specified when strategy `type` is 'Recreate'"
    "apps.v1.DeploymentStrategy": ("rollingUpdate", "type", "RollingUpdate"),
    # "When value is not nil, WhenUnsatisfiable must be DoNotSchedule" (API reference)
    "core.v1.TopologySpreadConstraint": ("minDomains", "whenUnsatisfiable", "DoNotSchedule"),
}
"""A property, and the only value of another one with which it can be set."""


def displaced(shape: Shape, changes: Mapping[str, Any]) -> Iterator[Argument]:
    """Yield the properties of an object that can't stay when an override sets others."""
    for kind in filter(is_object, shape.kinds):
        members = _members(kind)
        stated = {argument for argument in members if value_of(changes, argument) is not None}
        if stated:
            yield from members - stated
        if excluded := _excluded(kind, changes):
            yield excluded


def contradictions(shape: Shape, held: Mapping[str, Any]) -> list[str]:
    """Return the names of properties that exclude each other, and are all set."""
    members = {argument for kind in filter(is_object, shape.kinds) for argument in _members(kind)}
    stated = {key: shape.argument(key) for key, value in held.items() if value is not None}
    names = [key for key, argument in stated.items() if argument in members]
    return names if len({stated[name] for name in names}) > 1 else []


def _members(kind: type) -> set[Argument]:
    """The properties of a type of object of which only one can be set."""
    name, properties = kubernetes_name(kind), set(fields_of(kind).values())
    if name in _UNIONS_EXCEPT:
        return {each for each in properties if each.provider_name not in _UNIONS_EXCEPT[name]}
    return {each for each in properties if each.provider_name in _UNIONS.get(name, ())}


def _excluded(kind: type, changes: Mapping[str, Any]) -> Argument | None:
    """The property that an override excludes with the value of another one."""
    if (rule := _ONLY_WITH.get(kubernetes_name(kind))) is None:
        return None
    name, by, value = rule
    properties = fields_of(kind)
    other = value_of(changes, properties[by])
    excludes = isinstance(other, str) and other != value and value_of(changes, properties[name]) is None
    return properties[name] if excludes else None
