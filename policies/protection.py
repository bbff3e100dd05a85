"""Protection: resources with data in production are protected against deletion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

_BUCKET = "aws:s3/bucket:Bucket"
_CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
_CLUSTER = "aws:eks/cluster:Cluster"
_DB = "aws:rds/instance:Instance"
_STATEFUL = (
    _DB,
    _CACHE,
    _BUCKET,
    _CLUSTER,
    "aws:dynamodb/table:Table",
    "aws:efs/fileSystem:FileSystem",
    "aws:kms/key:Key",
    "aws:rds/cluster:Cluster",
)


def _protected(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
    if context.tier == "production" and _holds_data(view) and not view.options.protect:
        yield "the option protect is not on in production"


def _holds_data(view: ResourceView) -> bool:
    """A replica of a database can be created again, and so can a cache without snapshots."""
    if view.type == _DB:
        return not view.has("replicateSourceDb")
    if view.type == _CACHE:
        return view.has("finalSnapshotIdentifier") or bool(view.get("snapshotRetentionLimit"))
    return True


PROTECTION: Final = (
    Rule(
        id="stateful-protected",
        title="Production's stateful resources have the option protect",
        why="A renamed resource or a wrong `pulumi destroy` deletes what is not protected, and its data.",
        remedy="use the component, or pass opts=ResourceOptions(protect=True)",
        severity="high",
        enforcement="advisory",
        types=_STATEFUL,
        check=_protected,
        passing=(
            Example(_BUCKET),
            Example(_BUCKET, environment="prod", options={"protect": True}),
            Example(_DB, {"replicateSourceDb": "orders"}, "prod"),
            Example(_CACHE, {"snapshotRetentionLimit": 0}, "prod"),
        ),
        failing=(
            Example(_BUCKET, environment="prod", says="the option protect is not on"),
            Example(_CLUSTER, {}, "prod-eu"),
            Example(_DB, {}, "prod"),
            Example(_CACHE, {"snapshotRetentionLimit": 7}, "prod"),
        ),
    ),
)
