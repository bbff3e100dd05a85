"""Options of resources."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import ec2, sqs

from tests.engine.cloud_provider import EXISTING
from tests.engine.plans.pairs import pair

EXISTING_ID, OTHER_ID = EXISTING


def _group(port: int, opts: ResourceOptions) -> ec2.SecurityGroup:
    rule = ec2.SecurityGroupIngressArgs(protocol="tcp", from_port=port, to_port=443)
    return ec2.SecurityGroup("group", ingress=[rule], tags={"Port": str(port)}, opts=opts)


@pair
def replace_on_changes(after: bool) -> None:
    sqs.Queue(
        "queue", delay_seconds=2 if after else 1, opts=ResourceOptions(replace_on_changes=["delaySeconds"])
    )


@pair
def replace_on_changes_of_another_property(after: bool) -> None:
    sqs.Queue("queue", delay_seconds=2 if after else 1, opts=ResourceOptions(replace_on_changes=["name"]))


@pair
def replace_on_any_change(after: bool) -> None:
    sqs.Queue("queue", delay_seconds=2 if after else 1, opts=ResourceOptions(replace_on_changes=["*"]))
    sqs.Queue("same", opts=ResourceOptions(replace_on_changes=["*"]))


@pair
def replace_on_nested_changes(after: bool) -> None:
    _group(80 if after else 443, ResourceOptions(replace_on_changes=["ingress[*].fromPort"]))


@pair
def replace_on_changes_added(after: bool) -> None:
    """The option alone changes nothing."""
    sqs.Queue("queue", opts=ResourceOptions(replace_on_changes=["delaySeconds"] if after else None))


def _ignoring(after: bool, ignored: Sequence[str]) -> None:
    rules = [
        ec2.SecurityGroupIngressArgs(protocol="tcp", from_port=port, to_port=443)
        for port in ((80, 81) if after else (443, 444))
    ]
    tags = {"Owner": "b", "Name": "b"} if after else {"Owner": "a", "Name": "a"}
    ec2.SecurityGroup("group", ingress=rules, tags=tags, opts=ResourceOptions(ignore_changes=list(ignored)))


@pair
def ignore_changes(after: bool) -> None:
    _ignoring(after, ["ingress"])


@pair
def ignore_nested_changes(after: bool) -> None:
    _ignoring(after, ["tags.Owner", "tagsAll"])


@pair
def ignore_changes_of_an_item(after: bool) -> None:
    _ignoring(after, ["ingress[0]", "tags", "tagsAll"])


@pair
def ignore_changes_of_all_items(after: bool) -> None:
    _ignoring(after, ["ingress[*].fromPort", "tags", "tagsAll"])


@pair
def ignore_all_changes(after: bool) -> None:
    _ignoring(after, ["*"])


@pair
def ignore_changes_of_a_missing_property(after: bool) -> None:
    """A property that is added or removed keeps its former state."""
    options = ResourceOptions(ignore_changes=["delaySeconds"])
    sqs.Queue("added", delay_seconds=1 if after else None, opts=options)
    sqs.Queue("removed", delay_seconds=None if after else 1, opts=options)


@pair
def ignore_changes_of_a_new_resource(after: bool) -> None:
    if after:
        sqs.Queue("queue", delay_seconds=1, opts=ResourceOptions(ignore_changes=["delaySeconds"]))


@pair
def ignored_change_would_replace(after: bool) -> None:
    sqs.Queue("queue", name="b" if after else "a", opts=ResourceOptions(ignore_changes=["name"]))


@pair
def additional_secret_outputs_added(after: bool) -> None:
    sqs.Queue("queue", opts=ResourceOptions(additional_secret_outputs=["arn"] if after else None))


@pair
def delete_before_replace(after: bool) -> None:
    sqs.Queue("queue", fifo_queue=after or None, opts=ResourceOptions(delete_before_replace=True))


@pair
def delete_before_replace_is_overridden(after: bool) -> None:
    opts = ResourceOptions(delete_before_replace=False)
    sqs.Queue("queue", name="orders", fifo_queue=after or None, opts=opts)


@pair
def retain_on_delete(after: bool) -> None:
    opts = ResourceOptions(retain_on_delete=True)
    sqs.Queue("replaced", fifo_queue=after or None, opts=opts)
    if not after:
        sqs.Queue("removed", opts=opts)


@pair
def deleted_with(after: bool) -> None:
    if not after:
        owner = sqs.Queue("owner")
        sqs.Queue("dependent", opts=ResourceOptions(deleted_with=owner))


@pair
def protected_resource_removed(after: bool) -> None:
    if not after:
        sqs.Queue("queue", opts=ResourceOptions(protect=True))


@pair
def protected_resource_replaced(after: bool) -> None:
    sqs.Queue("queue", fifo_queue=after or None, opts=ResourceOptions(protect=True))


@pair
def protection_removed_and_replaced(after: bool) -> None:
    sqs.Queue("queue", fifo_queue=after or None, opts=ResourceOptions(protect=not after))


@pair
def protection_changed(after: bool) -> None:
    """The option alone changes nothing."""
    sqs.Queue("added", opts=ResourceOptions(protect=after))
    sqs.Queue("removed", opts=ResourceOptions(protect=not after))


@pair
def resource_imported(after: bool) -> None:
    if after:
        opts = ResourceOptions(import_=EXISTING_ID)
        sqs.Queue("queue", name="existing", delay_seconds=5, opts=opts)


@pair
def resource_imported_with_other_inputs(after: bool) -> None:
    """The deployment would fail, but the preview only warns."""
    if after:
        sqs.Queue("queue", name="existing", delay_seconds=9, opts=ResourceOptions(import_=EXISTING_ID))


@pair
def resource_was_imported(after: bool) -> None:
    """The option stays in the program."""
    opts = ResourceOptions(import_=EXISTING_ID)
    sqs.Queue("queue", name="existing", delay_seconds=6 if after else 5, opts=opts)


@pair
def resource_replaced_by_an_imported_one(after: bool) -> None:
    opts = ResourceOptions(import_=EXISTING_ID if after else None)
    sqs.Queue("queue", name="existing", delay_seconds=5, opts=opts)


@pair
def read_added_and_removed(after: bool) -> None:
    sqs.Queue.get("added" if after else "removed", EXISTING_ID)


@pair
def read_of_another_resource(after: bool) -> None:
    queue = sqs.Queue.get("read", OTHER_ID if after else EXISTING_ID)
    sqs.Queue("queue", tags={"Upstream": queue.name})


@pair
def read_became_managed(after: bool) -> None:
    if after:
        sqs.Queue("queue", name="existing", delay_seconds=5)
    else:
        sqs.Queue.get("queue", EXISTING_ID)


@pair
def read_is_unchanged(after: bool) -> None:
    queue = sqs.Queue.get("read", EXISTING_ID)
    sqs.Queue("queue", tags={"Upstream": queue.name})


@pair
def managed_resource_became_read(after: bool) -> None:
    if after:
        sqs.Queue.get("queue", EXISTING_ID)
    else:
        sqs.Queue("queue", name="existing", delay_seconds=5)


@pair
def custom_timeouts_changed(after: bool) -> None:
    timeouts = pulumi.CustomTimeouts(create="20m" if after else "10m")
    sqs.Queue("queue", opts=ResourceOptions(custom_timeouts=timeouts))


@pair
def replacement_trigger(after: bool) -> None:
    for name, before, now in (("changed", 1, 2), ("same", 1, 1), ("added", None, 1), ("removed", 1, None)):
        sqs.Queue(name, opts=ResourceOptions(replacement_trigger=now if after else before))


@pair
def replace_with(after: bool) -> None:
    cause = sqs.Queue("cause", fifo_queue=after or None)
    follower = sqs.Queue("follower", opts=ResourceOptions(replace_with=[cause]))
    sqs.Queue("second", opts=ResourceOptions(replace_with=[follower]))


@pair
def replace_on_changes_of_a_named_resource(after: bool) -> None:
    """The provider did not decide on the replacement, so that it does not demand to delete first."""
    opts = ResourceOptions(replace_on_changes=["delaySeconds"])
    sqs.Queue("queue", name="orders", delay_seconds=2 if after else 1, opts=opts)


@pair
def replacement_trigger_of_a_named_resource(after: bool) -> None:
    """Nor is it asked here, so that the dependent stays."""
    opts = ResourceOptions(replacement_trigger=2 if after else 1)
    queue = sqs.Queue("queue", name="orders", opts=opts)
    ec2.Subnet("dependent", vpc_id=queue.name, cidr_block="10.0.0.0/24")


@pair
def named_resources_are_replaced_with_another(after: bool) -> None:
    cause = sqs.Queue("cause", fifo_queue=after or None)
    sqs.Queue("follower", name="a", opts=ResourceOptions(replace_with=[cause]))
    sqs.Queue("deleted", name="b", opts=ResourceOptions(deleted_with=cause))
    forced = ResourceOptions(replace_with=[cause], delete_before_replace=True)
    sqs.Queue("deletes_first", name="c", opts=forced)


@pair
def ignore_changes_inside_an_added_mapping(after: bool) -> None:
    """Where the state has no mapping, the ignored key is removed from the new one."""
    opts = ResourceOptions(ignore_changes=["tags.Owner", "tagsAll"])
    sqs.Queue("only", tags={"Owner": "a"} if after else None, opts=opts)
    sqs.Queue("more", tags={"Owner": "a", "Name": "b"} if after else None, opts=opts)
    deeper = ResourceOptions(ignore_changes=["tags.Owner.a", "tagsAll"])
    sqs.Queue("deeper", tags={"Owner": "a"} if after else None, opts=deeper)


@pair
def ignore_changes_inside_a_secret(after: bool) -> None:
    options = ResourceOptions(ignore_changes=["tags.a", "tagsAll"])
    for name, before, now in (("same", "1", "1"), ("ignored", "1", "2")):
        tags = pulumi.Output.secret({"a": now if after else before, "b": "1"})
        sqs.Queue(name, tags=tags, opts=options)
    sqs.Queue("changed", tags=pulumi.Output.secret({"a": "1", "b": "2" if after else "1"}), opts=options)
    sqs.Queue(
        "revealed",
        tags={"a": "2", "b": "1"} if after else pulumi.Output.secret({"a": "1", "b": "1"}),
        opts=options,
    )


@pair
def ignore_changes_of_items_inside_a_secret(after: bool) -> None:
    for name, port in (("same", 443), ("ignored", 80 if after else 443)):
        rules = [ec2.SecurityGroupIngressArgs(protocol="tcp", from_port=port, to_port=443)]
        opts = ResourceOptions(ignore_changes=["ingress[*].fromPort"])
        ec2.SecurityGroup(name, ingress=pulumi.Output.secret(rules), opts=opts)


@pair
def imported_resource_is_replaced(after: bool) -> None:
    """The preview warns that the deployment fails."""
    opts = ResourceOptions(import_=EXISTING_ID)
    sqs.Queue("queue", name="existing", fifo_queue=after or None, delay_seconds=5, opts=opts)


@pair
def read_with_followers_became_managed(after: bool) -> None:
    """That creates the resource, and replaces no other one."""
    if after:
        owner = sqs.Queue("owner", name="existing", delay_seconds=5)
    else:
        owner = sqs.Queue.get("owner", EXISTING_ID)
    sqs.Queue("follower", opts=ResourceOptions(replace_with=[owner]))
    sqs.Queue("deleted", opts=ResourceOptions(deleted_with=owner))


@pair
def managed_resource_with_followers_became_read(after: bool) -> None:
    """That replaces the followers, too."""
    owner = sqs.Queue.get("owner", EXISTING_ID) if after else sqs.Queue("owner", name="a")
    sqs.Queue("follower", opts=ResourceOptions(replace_with=[owner]))


@pair
def read_with_the_id_of_a_new_resource(after: bool) -> None:
    owner = sqs.Queue("owner") if after else None
    found = sqs.Queue.get("found", owner.id if owner else EXISTING_ID)
    sqs.Queue("dependent", tags={"Upstream": found.arn})


@pair
def component_replaces_on_changes(after: bool) -> None:
    """Pulumi does not determine which inputs of a component change."""
    opts = ResourceOptions(replace_on_changes=["*"])
    pulumi.ComponentResource("test:index:Group", "group", {"size": 2 if after else 1}, opts)


@pair
def component_ignores_changes(after: bool) -> None:
    opts = ResourceOptions(ignore_changes=["size"])
    pulumi.ComponentResource("test:index:Group", "group", {"size": 2 if after else 1}, opts)


@pair
def input_of_a_component_became_secret(after: bool) -> None:
    """Other than for a resource with a provider, that is a change."""
    for name, before, now in (("hidden", False, True), ("shown", True, False), ("same", True, True)):
        value = pulumi.Output.secret("invented") if (now if after else before) else "invented"
        pulumi.ComponentResource("test:index:Group", name, {"value": value})
