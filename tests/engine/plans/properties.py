"""Changes of properties, without options."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_aws import ec2, iam, s3, sqs, ssm

from tests.engine.plans.pairs import pair

TRUST: Any = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ],
}


def _rule(port: int, *cidr_blocks: str) -> ec2.SecurityGroupIngressArgs:
    return ec2.SecurityGroupIngressArgs(
        protocol="tcp", from_port=port, to_port=port, cidr_blocks=list(cidr_blocks)
    )


@pair
def nothing_changed(after: bool) -> None:
    """Generated names, defaults, computed tags and documents that are given as objects."""
    sqs.Queue("queue", tags={"Owner": "payments"})
    s3.Bucket("bucket", force_destroy=True)
    iam.Role("role", assume_role_policy=TRUST, tags={})
    ec2.SecurityGroup("group", ingress=[_rule(443, "10.0.0.0/8", "10.1.0.0/16")])
    pulumi.export("name", "payments")


@pair
def property_updated(after: bool) -> None:
    sqs.Queue("queue", delay_seconds=10 if after else 5, tags={"Owner": "b" if after else "a"})
    sqs.Queue("same")


@pair
def property_added_and_removed(after: bool) -> None:
    sqs.Queue("added", delay_seconds=10 if after else None)
    sqs.Queue("removed", delay_seconds=None if after else 10, tags=None if after else {"Owner": "a"})


@pair
def property_replaces(after: bool) -> None:
    """The name is generated, so that the new queue exists before the old one is deleted."""
    sqs.Queue("queue", fifo_queue=True if after else None, delay_seconds=1 if after else 2)


@pair
def property_replaces_a_named_resource(after: bool) -> None:
    """The new queue would have the name of the old one."""
    sqs.Queue("queue", name="orders", fifo_queue=True if after else None)


@pair
def name_is_given(after: bool) -> None:
    sqs.Queue("queue", name="orders" if after else None)


@pair
def name_is_no_longer_given(after: bool) -> None:
    sqs.Queue("queue", name=None if after else "orders")


@pair
def default_is_stated(after: bool) -> None:
    s3.Bucket("bucket", force_destroy=False if after else None)


@pair
def default_is_overridden(after: bool) -> None:
    s3.Bucket("bucket", force_destroy=True if after else None)


@pair
def document_changed(after: bool) -> None:
    document: Any = {**TRUST, "Id": "trust"} if after else TRUST
    iam.Role("role", assume_role_policy=document)


@pair
def number_is_given_as_text(after: bool) -> None:
    seconds: Any = "10" if after else 10
    tags: Any = {"Level": "1" if after else 1}
    sqs.Queue("queue", delay_seconds=seconds, tags=tags)


@pair
def list_items_moved(after: bool) -> None:
    blocks = ["10.0.0.0/8", "10.1.0.0/16"]
    ec2.SecurityGroup("group", ingress=[_rule(443, *(reversed(blocks) if after else blocks))])


@pair
def list_items_added_and_removed(after: bool) -> None:
    first, second = _rule(80, "10.0.0.0/8"), _rule(443, "10.0.0.0/8")
    ec2.SecurityGroup("more", ingress=[first, second] if after else [first])
    ec2.SecurityGroup("fewer", ingress=[second] if after else [first, second])


@pair
def empty_values_removed(after: bool) -> None:
    sqs.Queue("queue", tags=None if after else {})
    ec2.SecurityGroup("group", ingress=None if after else [])


@pair
def empty_text_removed(after: bool) -> None:
    sqs.Queue("queue", kms_master_key_id=None if after else "")


@pair
def asset_changed(after: bool) -> None:
    bucket = s3.Bucket("bucket")
    content = "after" if after else "before"
    s3.BucketObjectv2("changed", bucket=bucket.bucket, key="a", source=pulumi.StringAsset(content))
    s3.BucketObjectv2("same", bucket=bucket.bucket, key="b", source=pulumi.StringAsset("same"))


@pair
def secret_changed(after: bool) -> None:
    value = "invented-after" if after else "invented-before"
    ssm.Parameter("parameter", type="SecureString", value=pulumi.Output.secret(value))


@pair
def secrets_are_unchanged(after: bool) -> None:
    ssm.Parameter("parameter", type="SecureString", value=pulumi.Output.secret("invented"))
    sqs.Queue("queue", tags={"Owner": pulumi.Output.secret("invented"), "Name": "plain"})
    pulumi.export("secret", pulumi.Output.secret({"a": "invented"}))


@pair
def value_became_secret(after: bool) -> None:
    value = "invented"
    ssm.Parameter("parameter", type="SecureString", value=pulumi.Output.secret(value) if after else value)
    sqs.Queue("queue", tags={"Owner": pulumi.Output.secret("invented") if after else "invented"})


@pair
def secret_became_plain(after: bool) -> None:
    sqs.Queue("queue", tags={"Owner": "invented" if after else pulumi.Output.secret("invented")})


@pair
def stack_outputs_changed(after: bool) -> None:
    queue = sqs.Queue("queue")
    pulumi.export("kept", queue.arn)
    pulumi.export("changed", {"a": [1, 3] if after else [1, 2]})
    pulumi.export("added" if after else "removed", 1)


@pair
def resources_added_and_removed(after: bool) -> None:
    """Deletions start with the dependents."""
    sqs.Queue("kept")
    if after:
        sqs.Queue("added")
        return
    first = sqs.Queue("first")
    second = sqs.Queue("second", tags={"Upstream": first.name})
    sqs.Queue("third", opts=pulumi.ResourceOptions(depends_on=[second]))
    sqs.Queue("alone")
