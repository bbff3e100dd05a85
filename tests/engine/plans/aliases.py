"""Renames, moves and refactorings, with and without aliases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi import Alias, ResourceOptions
from pulumi_aws import s3, sns, sqs

from tests.engine.cloud_provider import EXISTING
from tests.engine.plans.pairs import pair

EXISTING_ID = next(iter(EXISTING))


class Group(pulumi.ComponentResource):
    """A component with a queue that can exist outside it, too."""

    def __init__(
        self,
        name: str,
        opts: ResourceOptions | None = None,
        *,
        kind: str = "Group",
        queue: str = "",
        aliases: Sequence[Alias | str] = (),
        **arguments: Any,
    ) -> None:
        super().__init__(f"test:index:{kind}", name, None, opts)
        options = ResourceOptions(parent=self, aliases=list(aliases))
        self.queue = sqs.Queue(queue or f"{name}-queue", **arguments, opts=options)
        self.register_outputs({"queue": self.queue.arn})


@pair
def renamed(after: bool) -> None:
    sqs.Queue("after" if after else "before")


@pair
def renamed_with_alias(after: bool) -> None:
    sqs.Queue("after" if after else "before", opts=ResourceOptions(aliases=[Alias(name="before")]))


@pair
def renamed_and_updated(after: bool) -> None:
    opts = ResourceOptions(aliases=[Alias(name="before")])
    sqs.Queue("after" if after else "before", delay_seconds=2 if after else 1, opts=opts)


@pair
def renamed_and_replaced(after: bool) -> None:
    opts = ResourceOptions(aliases=[Alias(name="before")])
    sqs.Queue("after" if after else "before", fifo_queue=after or None, opts=opts)


@pair
def former_urn(after: bool) -> None:
    urn = "urn:pulumi:former_urn::plans::aws:sqs/queue:Queue::before"
    sqs.Queue("after" if after else "before", opts=ResourceOptions(aliases=[urn]))


@pair
def type_changed_with_alias(after: bool) -> None:
    """`Bucket` took the place of `BucketV2` in pulumi-aws 7, with such an alias in the SDK."""
    (s3.Bucket if after else s3.BucketV2)("bucket")


@pair
def type_of_component_changed(after: bool) -> None:
    opts = ResourceOptions(aliases=[Alias(type_="test:index:Group")])
    Group("orders", opts, kind="Queues" if after else "Group")


@pair
def component_renamed(after: bool) -> None:
    """The children of a renamed component are renamed with it, their names, too."""
    opts = ResourceOptions(aliases=[Alias(name="orders")])
    Group("purchases" if after else "orders", opts)


@pair
def component_renamed_without_alias(after: bool) -> None:
    Group("purchases" if after else "orders")


@pair
def moved_into_component(after: bool) -> None:
    if after:
        Group("orders", queue="queue", aliases=[Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
    else:
        sqs.Queue("queue")


@pair
def moved_into_component_from_no_parent(after: bool) -> None:
    if after:
        Group("orders", queue="queue", aliases=[Alias(parent=None)])
    else:
        sqs.Queue("queue")


@pair
def child_and_component_renamed(after: bool) -> None:
    opts = ResourceOptions(aliases=[Alias(name="orders")])
    name = "purchases" if after else "orders"
    Group(name, opts, queue=f"{name}-q" if after else "", aliases=[Alias(name=f"{name}-queue")])


@pair
def moved_into_component_without_alias(after: bool) -> None:
    if after:
        Group("orders", queue="queue")
    else:
        sqs.Queue("queue")


@pair
def moved_out_of_component(after: bool) -> None:
    if after:
        parent = "urn:pulumi:moved_out_of_component::plans::test:index:Group::orders"
        sqs.Queue("orders-queue", opts=ResourceOptions(aliases=[Alias(parent=parent)]))
    else:
        Group("orders")


@pair
def moved_to_another_component(after: bool) -> None:
    first, second = Group("first"), Group("second")
    opts = ResourceOptions(parent=second if after else first, aliases=[Alias(parent=first)])
    sns.Topic("topic", opts=opts)


@pair
def component_removed(after: bool) -> None:
    sqs.Queue("kept")
    if not after:
        Group("orders")


@pair
def names_swapped(after: bool) -> None:
    """Each resource takes the state of the other, and none is replaced."""
    first, second = ("b", "a") if after else ("a", "b")
    sqs.Queue(first, delay_seconds=1, opts=ResourceOptions(aliases=[Alias(name=second)] if after else None))
    sqs.Queue(second, delay_seconds=2, opts=ResourceOptions(aliases=[Alias(name=first)] if after else None))


@pair
def alias_of_a_resource_that_stays(after: bool) -> None:
    """Both have the alias of a resource of the program."""
    sqs.Queue("first")
    if after:
        sqs.Queue("second", opts=ResourceOptions(aliases=[Alias(name="first")]))


@pair
def parent_replaced(after: bool) -> None:
    """A child is not replaced together with its parent."""
    parent = sqs.Queue("parent", fifo_queue=after or None)
    sqs.Queue("child", opts=ResourceOptions(parent=parent))


@pair
def component_with_a_read_child_renamed(after: bool) -> None:
    """A resource that is read inherits the aliases of its parent."""
    name = "b" if after else "a"
    group = pulumi.ComponentResource(
        "test:index:Group", name, None, ResourceOptions(aliases=[Alias(name="a")])
    )
    sqs.Queue.get(f"{name}-q", EXISTING_ID, opts=ResourceOptions(parent=group))


@pair
def renamed_and_deleted_first(after: bool) -> None:
    """What is deleted with a resource that has a new name keeps its former name in the state."""
    opts = ResourceOptions(aliases=[Alias(name="before")], delete_before_replace=True)
    owner = sqs.Queue("after" if after else "before", fifo_queue=after or None, opts=opts)
    sqs.Queue("dependent", opts=ResourceOptions(deleted_with=owner))
    sqs.Queue("follower", opts=ResourceOptions(replace_with=[owner]))
