"""Protection: production's stateful resources are not deleted by accident, and not without a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.base.losses import DATA_TYPES
from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .flags import is_on

_BUCKET = "aws:s3/bucket:Bucket"
_CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
_CLUSTER = "aws:eks/cluster:Cluster"
_DB = "aws:rds/instance:Instance"
_DB_CLUSTER = "aws:rds/cluster:Cluster"
_SERVERLESS_CACHE = "aws:elasticache/serverlessCache:ServerlessCache"


def _protected(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
    if context.tier != "production" or view.options.protect or _is_retained(view):
        return
    if _holds_data(view):
        yield "the option protect is not on in production"


def _is_retained(view: ResourceView) -> bool:
    """Whether `destroy` leaves it in the cloud. Pulumi's CLI doesn't pass that option: False then."""
    try:
        return view.options.retain_on_delete
    except Undetermined:
        return False


def _holds_data(view: ResourceView) -> bool:
    """A replica of a database can be created again, and so can a cache without snapshots."""
    if view.type == _DB:
        return not view.has("replicateSourceDb")
    if view.type == _SERVERLESS_CACHE:
        return bool(view.get("snapshotRetentionLimit"))
    if view.type == _CACHE:
        return view.has("finalSnapshotIdentifier") or bool(view.get("snapshotRetentionLimit"))
    return True


def _deletion_protection(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
    row = "cluster.deletion_protection" if view.type == _CLUSTER else "database.deletion_protection"
    if context.size(row) and not is_on(view.get("deletionProtection")):
        yield f"deletionProtection is not on in {context.tier}"


def _final_snapshot(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
    if view.type == _CACHE:
        if context.size("cache.final_snapshot") and not view.has("finalSnapshotIdentifier"):
            yield "finalSnapshotIdentifier is not set"
        return
    if not context.size("database.final_snapshot") or (view.type == _DB and view.has("replicateSourceDb")):
        return
    if is_on(view.get("skipFinalSnapshot")):
        yield "skipFinalSnapshot is on"
    elif not view.has("finalSnapshotIdentifier"):
        yield "finalSnapshotIdentifier is not set, without which the deletion fails"


_SNAPSHOT = {"skipFinalSnapshot": False, "finalSnapshotIdentifier": "orders-final"}


PROTECTION: Final = (
    Rule(
        id="stateful-protected",
        title="Production's stateful resources have the option protect",
        why="A renamed resource or a wrong `pulumi destroy` deletes unprotected resources and their data.",
        remedy="use the component, or pass opts=ResourceOptions(protect=True) or retain_on_delete=True",
        severity="high",
        enforcement="advisory",
        types=(*DATA_TYPES, _CLUSTER),
        general=True,
        check=_protected,
        passing=(
            Example(_BUCKET),
            Example(_BUCKET, environment="prod", options={"protect": True}),
            Example(_BUCKET, environment="prod", options={"retain_on_delete": True}),
            Example(_DB, {"replicateSourceDb": "orders"}, "prod"),
            Example(_CACHE, {"snapshotRetentionLimit": 0}, "prod"),
            Example(_SERVERLESS_CACHE, {}, "prod"),
        ),
        failing=(
            Example(_BUCKET, environment="prod", says="the option protect is not on"),
            Example("aws:s3/bucketV2:BucketV2", environment="prod"),
            Example("aws:secretsmanager/secret:Secret", environment="prod"),
            Example("kubernetes:core/v1:PersistentVolumeClaim", environment="prod"),
            Example("kubernetes:v1:PersistentVolumeClaim", environment="prod"),
            Example(_CLUSTER, {}, "prod-eu"),
            Example(_DB, {}, "prod"),
            Example(_CACHE, {"snapshotRetentionLimit": 7}, "prod"),
            Example(_SERVERLESS_CACHE, {"snapshotRetentionLimit": 7}, "prod"),
        ),
    ),
    Rule(
        id="deletion-protection",
        title="Production databases and clusters have deletion protection",
        why="One wrong command, in the console or in a script, deletes the data.",
        remedy="use the component with the tier's default",
        severity="high",
        controls=("AWS FSBP RDS.7", "AWS FSBP RDS.8", "NIST 800-53 CP-9"),
        types=(_DB, _DB_CLUSTER, _CLUSTER),
        check=_deletion_protection,
        passing=(Example(_DB, {}), Example(_CLUSTER, {"deletionProtection": True}, "prod")),
        failing=(
            Example(_DB, {}, "prod", says="deletionProtection is not on in production"),
            Example(_CLUSTER, {"deletionProtection": False}, "prod"),
        ),
    ),
    Rule(
        id="final-snapshot",
        title="Production's databases and caches are deleted only with a final snapshot",
        why="Automated backups can be deleted with a database: then nothing is left to restore.",
        remedy="use the component with the tier's default, or set final_snapshot_identifier "
        "and skip_final_snapshot=False",
        severity="high",
        controls=("NIST 800-53 CP-9",),
        types=(
            *(_CACHE, _DB, _DB_CLUSTER),
            *("aws:docdb/cluster:Cluster", "aws:neptune/cluster:Cluster", "aws:redshift/cluster:Cluster"),
        ),
        general=True,
        check=_final_snapshot,
        passing=(
            Example(_DB, {"skipFinalSnapshot": True}),
            Example(_DB, _SNAPSHOT, "prod"),
            Example(_DB, {"replicateSourceDb": "orders", "skipFinalSnapshot": True}, "prod"),
            Example(_CACHE, {}),
            Example(_CACHE, {"finalSnapshotIdentifier": "orders-final"}, "prod"),
        ),
        failing=(
            Example(_DB, _SNAPSHOT | {"skipFinalSnapshot": True}, "prod", says="skipFinalSnapshot is on"),
            Example(_DB, {}, "prod", says="finalSnapshotIdentifier is not set, without which"),
            Example(_DB_CLUSTER, {"skipFinalSnapshot": "true"}, "prod", says="skipFinalSnapshot is on"),
            Example(_CACHE, {}, "prod", says="finalSnapshotIdentifier is not set"),
        ),
    ),
)
