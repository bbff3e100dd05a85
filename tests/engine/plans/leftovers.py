"""States that a failed deployment left, or that were edited."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import ec2, sns, sqs
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from tests.engine.plans.pairs import edited


def _queue(resources: list[dict[str, Any]], name: str = "queue") -> dict[str, Any]:
    (found,) = (item for item in resources if item["urn"].endswith(f"::{name}"))
    return found


def _deleted_for_a_replacement(resources: list[dict[str, Any]]) -> None:
    _queue(resources)["pendingReplacement"] = True


@edited(_deleted_for_a_replacement)
def pending_replacement(after: bool) -> None:
    """The old resource is gone, and the new one was not created."""
    queue = sqs.Queue("queue")
    sns.Topic("topic", tags={"Upstream": queue.arn})


@edited(_deleted_for_a_replacement)
def pending_replacement_removed(after: bool) -> None:
    if not after:
        sqs.Queue("queue")


def _replaced_and_not_deleted(resources: list[dict[str, Any]]) -> None:
    queue = _queue(resources)
    resources.append({**queue, "id": f"{queue['id']}-old", "delete": True})


@edited(_replaced_and_not_deleted)
def leftover_of_a_replacement(after: bool) -> None:
    """It is deleted with the next deployment."""
    sqs.Queue("queue")


@edited(_replaced_and_not_deleted)
def leftover_of_a_removed_resource(after: bool) -> None:
    if not after:
        sqs.Queue("queue")


def _protected_leftover(resources: list[dict[str, Any]]) -> None:
    _replaced_and_not_deleted(resources)
    resources[-1]["protect"] = True


@edited(_protected_leftover)
def protected_leftover(after: bool) -> None:
    sqs.Queue("queue")


def _not_ready(resources: list[dict[str, Any]]) -> None:
    _queue(resources)["initErrors"] = ["the queue was not ready in time"]


@edited(_not_ready)
def initialization_failed(after: bool) -> None:
    """The next deployment tries again."""
    queue = sqs.Queue("queue")
    sns.Topic("topic", tags={"Upstream": queue.arn})


def _tainted(resources: list[dict[str, Any]]) -> None:
    _queue(resources)["taint"] = True


@edited(_tainted)
def tainted(after: bool) -> None:
    """`pulumi state taint` marks a resource for replacement."""
    queue = sqs.Queue("queue")
    sns.Topic("topic", tags={"Upstream": queue.arn})
    pulumi.export("arn", queue.arn)


def _protected(resources: list[dict[str, Any]]) -> None:
    _queue(resources)["protect"] = True


@edited(_protected)
def protected_in_the_state_only(after: bool) -> None:
    """`pulumi state protect`: the program decides whether a replacement fails."""
    sqs.Queue("queue", fifo_queue=after or None)


def _without_dependencies(resources: list[dict[str, Any]]) -> None:
    queue = _queue(resources, "dependent")
    queue.pop("dependencies", None)
    queue.pop("propertyDependencies", None)


@edited(_without_dependencies)
def dependencies_missing_in_the_state(after: bool) -> None:
    first = sqs.Queue("first", fifo_queue=after or None, opts=ResourceOptions(delete_before_replace=True))
    sqs.Queue("dependent", tags={"Upstream": first.name})


def _with_a_leftover_subnet(resources: list[dict[str, Any]]) -> None:
    subnet = _queue(resources, "subnet")
    resources.append({**subnet, "id": f"{subnet['id']}-old", "delete": True})


@edited(_with_a_leftover_subnet)
def leftover_of_a_dependent(after: bool) -> None:
    """It is deleted, too, if what it depends on is deleted first."""
    vpc = ec2.Vpc(
        "vpc",
        cidr_block="10.1.0.0/16" if after else "10.0.0.0/16",
        opts=ResourceOptions(delete_before_replace=True),
    )
    ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24")


@edited(_tainted)
def tainted_object_with_a_name(after: bool) -> None:
    """The provider is not asked whether to delete it first, so that the dependent stays."""
    queue = core.ConfigMap("queue", metadata=meta.ObjectMetaArgs(name="m"), data={"a": "1"})
    core.ConfigMap("dependent", data={"name": queue.metadata.name})
