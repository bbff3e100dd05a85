"""Tags of AWS resources, labels of Kubernetes objects, and the resource types that accept tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, Literal

import pulumi

from platform_components.base.context import Context
from platform_components.base.packaged import packaged_lines

REQUIRED_TAGS: Final = ("Name", "Service", "Environment", "Owner", "ManagedBy")
"""Tags of every AWS resource whose type accepts tags."""

OPTIONAL_TAGS: Final = ("CostCenter", "DataClassification")
"""Tags that are set if the context has a value for them."""

CONTEXT_TAGS: Final = tuple(tag for tag in REQUIRED_TAGS if tag != "Name")
"""Required tags whose values are those of the stack; `Name` is that of the resource."""

CONTEXT_LABELS: Final = (
    *(f"app.kubernetes.io/{label}" for label in ("name", "instance", "component", "part-of", "managed-by")),
    "platform/environment",
    "platform/owner",
)
"""Labels of every Kubernetes object. Selectors match some of them; rules compare others with the stack."""

MANAGED_BY: Final = "platform-team"

TagShape = Literal["map", "list"]


@cache
def taggable_types() -> Mapping[str, TagShape]:
    """Return the AWS resource types that accept `tags`, by type token, with the shape of their `tags`.

    Source: generated from the installed pulumi_aws by scripts/generate_taggable_types.py.
    """
    rows = (line.split() for line in packaged_lines("platform_components.base", "taggable_types.txt"))
    return {token: "list" if shape == "list" else "map" for token, shape in rows}


def tags_of(context: Context, name: str) -> dict[str, str]:
    """Return the tags of the resource `name`: the required ones, then the optional ones that are set."""
    tags = {
        "Name": name,
        "Service": context.service,
        "Environment": context.environment,
        "Owner": context.owner,
        "ManagedBy": MANAGED_BY,
    }
    if context.cost_center:
        tags["CostCenter"] = context.cost_center
    if context.data_classification:
        tags["DataClassification"] = context.data_classification
    return tags


def add_tags(props: dict[str, Any], shape: TagShape, tags: Mapping[str, str]) -> None:
    """Add `tags` to `props` in place. Tags that `props` already has take precedence."""
    merge = _merged_map if shape == "map" else _merged_list
    given = props.get("tags")
    if isinstance(given, pulumi.Output):
        props["tags"] = given.apply(lambda own: merge(tags, own))
    else:
        props["tags"] = merge(tags, given)


def labels_of(context: Context, name: str, component: str) -> dict[str, str]:
    """Return the labels of a Kubernetes object: the recommended labels, then those that match the tags.

    `name` is the name of the service, `component` the object's component in it: `web` or `worker`.
    """
    labels = {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": f"{name}-{context.environment}",
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": context.service,
        "app.kubernetes.io/managed-by": MANAGED_BY,
        "platform/environment": context.environment,
        "platform/owner": context.owner,
    }
    if context.cost_center:
        labels["platform/cost-center"] = context.cost_center
    if context.data_classification:
        labels["platform/data-classification"] = context.data_classification
    return labels


def _merged_map(tags: Mapping[str, str], own: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**tags, **(own or {})}


def _merged_list(tags: Mapping[str, str], own: Sequence[Any] | None) -> list[Any]:
    own = own or []
    taken = {tag["key"] if isinstance(tag, Mapping) else tag.key for tag in own}
    added = [
        {"key": key, "value": value, "propagate_at_launch": True}
        for key, value in tags.items()
        if key not in taken
    ]
    return [*added, *own]
