"""The tags that everything carries, the labels that say the same in Kubernetes, and what takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import pulumi

from platform_components.base.context import Context

REQUIRED_TAGS: Final = ("Name", "Service", "Environment", "Owner", "ManagedBy")
"""Tags that every AWS resource carries, when its type can carry any."""

OPTIONAL_TAGS: Final = ("CostCenter", "DataClassification")
"""Tags that are set where the context states them."""

MANAGED_BY: Final = "platform-team"

TagShape = Literal["map", "list"]


@cache
def taggable_types() -> Mapping[str, TagShape]:
    """The AWS resource types that take `tags`, by type token, and the shape in which they take them.

    Source: generated from the installed pulumi_aws by scripts/generate_taggable_types.py.
    """
    text = files("platform_components.base").joinpath("data/taggable_types.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {token: "list" if shape == "list" else "map" for token, shape in rows}


def tags_of(context: Context, name: str) -> dict[str, str]:
    """The tags of a resource of this name: the required ones, then the optional ones that are known."""
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
    """Put `tags` under those that `props` already has: what was written by hand wins."""
    merge = _merged_map if shape == "map" else _merged_list
    given = props.get("tags")
    if isinstance(given, pulumi.Output):
        props["tags"] = given.apply(lambda own: merge(tags, own))
    else:
        props["tags"] = merge(tags, given)


def labels_of(context: Context, name: str, component: str) -> dict[str, str]:
    """The labels of a Kubernetes object: Kubernetes' recommended ones, then the facts of the tags.

    `name` is the service's name, `component` its part in it: `web`, `worker`.
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
