"""Places of Kubernetes objects: the cluster and the namespace that objects of a stack share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from platform_components.policy import Properties, ResourceView, StackView, Undetermined

from .kubernetes_objects import objects, spellings

Place = tuple[str, str] | Undetermined
"""The provider, which is the cluster, and the namespace: its name, or the URN of one with unknown name."""

_NAMESPACES: Final = spellings("kubernetes:core/v1:Namespace")


@dataclass(frozen=True)
class Placed:
    """A Kubernetes object, also one of a list, with its place."""

    view: ResourceView
    fields: Properties
    place: Place
    key: tuple[str, str]
    """The URN of its resource, and its path in it."""


def placed(stack: StackView, *types: str) -> list[Placed]:
    """The objects of these types, and those of their lists."""
    return [
        Placed(view, each.fields, _place(stack, view, each.fields), (view.urn, each.fields.path))
        for view in stack.of_type(*spellings(*types))
        for each in objects(view)
    ]


def same(place: Place, other: Place) -> bool | Undetermined:
    """Whether two places are equal; Undetermined if one is."""
    for each in (place, other):
        if isinstance(each, Undetermined):
            return each
    return place == other


def _place(stack: StackView, view: ResourceView, fields: Properties) -> Place:
    provider = view.provider
    cluster = provider.urn if provider else ""
    name = fields.peek("metadata", "namespace")
    if isinstance(name, Undetermined):
        urns = [other.urn for other in stack.references(view, "metadata") if other.type in _NAMESPACES]
        return (cluster, urns[0]) if len(urns) == 1 else name
    return cluster, name or "default"
