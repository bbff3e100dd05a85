"""Small programs, and their later versions, that hypothesis generates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import pulumi
from hypothesis import strategies as st
from pulumi import Alias, ResourceOptions
from pulumi_aws import ec2, sns, sqs

Kind = Literal["queue", "topic", "vpc", "component"]


@dataclass(frozen=True, kw_only=True)
class Node:
    """A resource, with the options that decide its part of the plan."""

    number: int
    kind: Kind
    name: str
    former: str = ""
    """Name that an alias states."""
    value: int = 1
    """Of a property that is updated in place."""
    generation: int = 1
    """Of a property that replaces the resource."""
    named: bool = False
    """Whether the program sets the physical name."""
    upstream: tuple[int, ...] = ()
    """The numbers of other resources: outputs of the first are in its tags, it depends on the others."""
    parent: int | None = None
    options: frozenset[str] = frozenset()


Edit = Literal["keep", "value", "generation", "remove", "rename", "rename with alias", "upstream", "option"]

_OPTIONS = (
    "delete_before_replace",
    "retain_on_delete",
    "replace_on_changes",
    "ignore_changes",
    "deleted_with",
)


@st.composite
def nodes(draw: st.DrawFn) -> list[Node]:
    """Six to ten resources, each of which can only refer to earlier ones."""
    return [_node(draw, number) for number in range(draw(st.integers(6, 10)))]


@st.composite
def edited(draw: st.DrawFn, before: Sequence[Node]) -> list[Node]:
    """A later version: some resources changed, some removed, one added."""
    after = []
    for node in before:
        edit = draw(st.sampled_from(get_args(Edit)))
        if edit != "remove":
            after.append(_changed(draw, node, edit))
    if draw(st.booleans()):
        after.append(_node(draw, len(before)))
    return after


def declare(nodes: Sequence[Node]) -> None:
    """Create the resources. References to resources that do not exist are omitted."""
    created: dict[int, Any] = {}
    for node in nodes:
        upstream = [created[number] for number in node.upstream if number in created]
        parent = created.get(node.parent) if node.parent is not None else None
        created[node.number] = _resource(node, upstream, parent)


def _node(draw: st.DrawFn, number: int) -> Node:
    earlier = range(number)
    return Node(
        number=number,
        kind=draw(st.sampled_from(("queue", "queue", "topic", "vpc", "component"))),
        name=f"r{number}",
        named=draw(st.booleans()),
        upstream=tuple(draw(st.permutations(earlier))[: draw(st.integers(0, 2))]),
        parent=draw(st.sampled_from((None, *earlier))),
        options=draw(st.frozensets(st.sampled_from(_OPTIONS), max_size=2)),
    )


def _changed(draw: st.DrawFn, node: Node, edit: Edit) -> Node:
    match edit:
        case "value":
            return replace(node, value=2)
        case "generation":
            return replace(node, generation=2)
        case "rename":
            return replace(node, name=f"{node.name}-new")
        case "rename with alias":
            return replace(node, name=f"{node.name}-new", former=node.name)
        case "upstream":
            return replace(node, upstream=node.upstream[1:])
        case "option":
            return replace(node, options=node.options ^ {draw(st.sampled_from(_OPTIONS))})
        case _:
            return node


def _resource(node: Node, upstream: Sequence[Any], parent: Any) -> Any:
    custom = [each for each in upstream if isinstance(each, pulumi.CustomResource)]
    options = ResourceOptions(
        parent=parent,
        depends_on=list(upstream[1:]),
        aliases=[Alias(name=node.former)] if node.former else None,
        delete_before_replace=True if "delete_before_replace" in node.options else None,
        retain_on_delete=True if "retain_on_delete" in node.options else None,
        replace_on_changes=["tags.Value"] if "replace_on_changes" in node.options else None,
        ignore_changes=["tags.Value", "tagsAll.Value"] if "ignore_changes" in node.options else None,
        deleted_with=custom[-1] if custom and "deleted_with" in node.options else None,
    )
    tags: dict[str, Any] = {"Value": str(node.value)}
    if upstream and isinstance(upstream[0], pulumi.CustomResource):
        tags["Upstream"] = upstream[0].id
    name = f"physical-{node.number}" if node.named else None
    match node.kind:
        case "component":
            return pulumi.ComponentResource("test:index:Group", node.name, None, options)
        case "queue":
            return sqs.Queue(
                node.name, name=name, fifo_queue=node.generation > 1 or None, tags=tags, opts=options
            )
        case "topic":
            return sns.Topic(
                node.name, name=name, fifo_topic=node.generation > 1 or None, tags=tags, opts=options
            )
        case "vpc":
            return ec2.Vpc(node.name, cidr_block=f"10.{node.generation}.0.0/16", tags=tags, opts=options)
