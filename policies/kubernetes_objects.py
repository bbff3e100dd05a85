"""Kubernetes objects in a resource: the object itself, the items of a list, or the fields of a patch."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from platform_components.policy import Properties, ResourceView

_GROUPS: Final = frozenset(
    {"apps", "autoscaling", "batch", "core", "extensions", "networking.k8s.io", "policy"}
)
"""API groups of Kubernetes' own kinds. Custom resources can have the same kinds: Service of Knative."""

_POD_TEMPLATE: Final = ("spec", "template", "spec")
_POD_SPECS: Final = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "Deployment": _POD_TEMPLATE,
    "StatefulSet": _POD_TEMPLATE,
    "DaemonSet": _POD_TEMPLATE,
    "ReplicaSet": _POD_TEMPLATE,
    "ReplicationController": _POD_TEMPLATE,
    "Job": _POD_TEMPLATE,
    "CronJob": ("spec", "jobTemplate", *_POD_TEMPLATE),
}
"""The path of the pod's spec, by kind."""
POD_KINDS: Final = tuple(_POD_SPECS)
"""The kinds that contain the spec of a pod."""
_CORE: Final = re.compile(r"v\d+((alpha|beta)\d+)?")
"""The version of the core group, which has no name: `apiVersion: v1`."""
_CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")


@dataclass(frozen=True)
class KubernetesObject:
    """An object that a resource creates or changes."""

    kind: str
    fields: Properties
    partial: bool
    """Whether it is a patch of an existing object: fields that are not set keep their value."""

    def where(self, *keys: str) -> str:
        """The path of a field in the resource: `items[0].spec.replicas`."""
        return ".".join(filter(None, (self.fields.path, *keys)))


@dataclass(frozen=True)
class Container:
    """A container of a pod, with the pod's properties."""

    label: str
    """`container web`, or its path if it has no name."""
    fields: Properties
    pod: Properties
    partial: bool

    def security(self, *keys: str) -> Any:
        """A field of the container's security context, which overrides that of the pod; like `peek`."""
        own = self.fields.peek("securityContext", *keys)
        return self.pod.peek("securityContext", *keys) if own is None else own


def of_kind(*kinds: str, groups: Collection[str] = _GROUPS) -> Callable[[str], bool]:
    """Return a predicate over type tokens: objects of these kinds, in any API version, lists and patches.

    `groups`: the API groups of the kinds. Default: those of Kubernetes itself.
    """
    names = {f"{kind}{form}" for kind in kinds for form in ("", "List", "Patch")}

    def applies(type_: str) -> bool:
        group, kind = _group_and_kind(type_)
        return kind in names and group in groups

    return applies


def spellings(*types: str) -> tuple[str, ...]:
    """Type tokens with those of their lists, and those that `CustomResource` creates for the core group.

    `CustomResource(api_version="v1", kind="Pod")` has the token `kubernetes:v1:Pod`.
    """
    forms = [f"{type_}{form}" for type_ in types for form in ("", "List")]
    custom = [form.replace(":core/", ":", 1) for form in forms]
    return tuple(dict.fromkeys((*forms, *custom)))


def objects(view: ResourceView) -> Iterator[KubernetesObject]:
    """The objects of a resource. Raises Undetermined if the items of a list are unknown."""
    group, kind = _group_and_kind(view.type)
    if kind.endswith("List") and _is_built_in(group):
        for item in view.each("items"):
            yield KubernetesObject(kind.removesuffix("List"), item, partial=False)
    else:
        yield KubernetesObject(kind.removesuffix("Patch"), view, partial=kind.endswith("Patch"))


def pods(view: ResourceView) -> Iterator[tuple[Properties, bool]]:
    """The specs of the pods of a resource, each with whether it is part of a patch. Raises Undetermined."""
    for each in objects(view):
        spec = each.fields.at(*_POD_SPECS[each.kind])
        if spec is not None:
            yield spec, each.partial


def pod_annotations(view: ResourceView) -> Iterator[Mapping[str, Any]]:
    """The annotations of the pods of a resource; unknown values are an Undetermined. Raises Undetermined."""
    for each in objects(view):
        path = (*_POD_SPECS[each.kind][:-1], "metadata", "annotations")
        yield {name: each.fields.peek(*path, name) for name in each.fields.keys(*path)}


def containers(view: ResourceView) -> Iterator[Container]:
    """All containers of the pods of a resource, init and ephemeral ones included. Raises Undetermined."""
    for pod, partial in pods(view):
        for group in _CONTAINERS:
            for fields in pod.each(group):
                name = fields.peek("name")
                label = f"container {name}" if isinstance(name, str) else fields.path
                yield Container(label, fields, pod, partial)


def _is_built_in(group: str) -> bool:
    """Whether Kubernetes defines the group. A custom resource can be named AllowList, and have no items."""
    return "." not in group or group.endswith(".k8s.io")


def _group_and_kind(type_: str) -> tuple[str, str]:
    """`apps` and `Deployment` of `kubernetes:apps/v1:Deployment`; empty for types of other packages.

    The group of `kubernetes:v1:Pod`, a `CustomResource`, is `core`.
    """
    package, _, rest = type_.partition(":")
    version, _, kind = rest.partition(":")
    group = "core" if _CORE.fullmatch(version) else version.partition("/")[0]
    return (group, kind) if package == "kubernetes" else ("", "")
