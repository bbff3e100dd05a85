"""Settings that protect data, and what weakens them.

Defaults are those of the schemas of pulumi-aws 7 and of the Kubernetes API. As of November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.report.subject import Fact, Subject
from platform_components.report.weakening import (
    Setting,
    becomes,
    fewer,
    leaves,
    number,
    removed,
    size,
    turned_off,
    turned_on,
    weaker,
)

_UNPROTECTED: Final = "no longer has deletion protection"
_NO_SNAPSHOT: Final = "a deletion no longer creates a final snapshot"
_WITH_CONTENT: Final = "a deletion no longer fails while it has content, and deletes that too"
_BACKUPS: Final = "keeps automated backups for"
_NO_BACKUPS: Final = "no longer has automated backups"

_DELETION: Final = Setting("deletionProtection", turned_off(_UNPROTECTED))
_FINAL_SNAPSHOT: Final = Setting("skipFinalSnapshot", turned_on(_NO_SNAPSHOT))


def _cluster_backups(days: int) -> Setting:
    return Setting("backupRetentionPeriod", fewer(_BACKUPS, "days", _NO_BACKUPS), default=days)


# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Retaining.html
_DELETED_BACKUPS: Final = Setting(
    "deleteAutomatedBackups", turned_on("a deletion also deletes its automated backups"), default=True
)
_VERSIONING: Final = (
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
    Setting("versioningConfiguration.status", leaves("Enabled", "no longer keeps versions of new objects")),
)
_LOCK: Final = tuple(
    Setting(f"rule.defaultRetention.{unit}", fewer("locks new objects for", unit), default=0)
    for unit in ("days", "years")
)
# https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html
_DISABLED: Final = turned_off("is disabled: what is encrypted with it can't be read")
_KEY: Final = (
    Setting("enableKeyRotation", turned_off("is no longer rotated")),
    Setting("deletionWindowInDays", fewer("a deletion can be canceled for", "days"), default=30),
)

_PROTECTIONS: Final[Mapping[str, tuple[Setting, ...]]] = {
    "aws:backup/vault:Vault": (Setting("forceDestroy", turned_on(_WITH_CONTENT)),),
    "aws:cloudwatch/logGroup:LogGroup": (
        # "0": events never expire, which is the default
        Setting("retentionInDays", fewer("deletes log events after", "days", unlimited=0), default=0),
    ),
    "aws:cognito/userPool:UserPool": (Setting("deletionProtection", leaves("ACTIVE", _UNPROTECTED)),),
    "aws:docdb/cluster:Cluster": (_DELETION, _cluster_backups(1), _FINAL_SNAPSHOT),
    "aws:dynamodb/table:Table": (
        Setting("deletionProtectionEnabled", turned_off(_UNPROTECTED)),
        Setting("pointInTimeRecovery.enabled", turned_off("no longer has point-in-time recovery")),
        Setting("ttl.enabled", turned_on("deletes items whose time to live has expired")),
        Setting("replicas", lambda old, new: "loses replicas" if size(new) < size(old) else ""),
    ),
    "aws:ec2/instance:Instance": (Setting("disableApiTermination", turned_off(_UNPROTECTED)),),
    "aws:ecr/repository:Repository": (
        Setting("forceDelete", turned_on(_WITH_CONTENT)),
        Setting("imageTagMutability", leaves("IMMUTABLE", "tags of images can be overwritten")),
    ),
    "aws:efs/backupPolicy:BackupPolicy": (
        Setting("backupPolicy.status", leaves("ENABLED", "the file system has no automatic backups")),
    ),
    "aws:eks/cluster:Cluster": (_DELETION,),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Setting("snapshotRetentionLimit", fewer("keeps snapshots for", "days", _NO_BACKUPS), default=0),
        Setting("finalSnapshotIdentifier", removed(_NO_SNAPSHOT)),
    ),
    "aws:kinesis/stream:Stream": (
        Setting("retentionPeriod", fewer("keeps records for", "hours"), default=24),
    ),
    "aws:kms/key:Key": (Setting("isEnabled", _DISABLED, default=True), *_KEY),
    "aws:kms/replicaKey:ReplicaKey": (Setting("enabled", _DISABLED, default=True), *_KEY),
    "aws:lb/loadBalancer:LoadBalancer": (Setting("enableDeletionProtection", turned_off(_UNPROTECTED)),),
    "aws:neptune/cluster:Cluster": (_DELETION, _cluster_backups(1), _FINAL_SNAPSHOT),
    "aws:rds/cluster:Cluster": (_DELETION, _cluster_backups(1), _FINAL_SNAPSHOT, _DELETED_BACKUPS),
    "aws:rds/instance:Instance": (_DELETION, _cluster_backups(0), _FINAL_SNAPSHOT, _DELETED_BACKUPS),
    "aws:redshift/cluster:Cluster": (
        Setting(
            "automatedSnapshotRetentionPeriod",
            fewer("keeps automated snapshots for", "days", _NO_BACKUPS),
            default=1,
        ),
        _FINAL_SNAPSHOT,
    ),
    "aws:s3/bucket:Bucket": (
        Setting("forceDestroy", turned_on(_WITH_CONTENT)),
        Setting("versioning.enabled", turned_off("no longer keeps versions of new objects")),
    ),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": _LOCK,
    "aws:s3/bucketVersioning:BucketVersioning": _VERSIONING,
    "aws:secretsmanager/secret:Secret": (
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
        Setting(
            "recoveryWindowInDays",
            fewer("can be restored for", "days", "can't be restored once it is deleted"),
            default=30,
        ),
    ),
    "aws:sqs/queue:Queue": (
        Setting("messageRetentionSeconds", fewer("keeps messages for", "seconds"), default=345_600),
    ),
    # https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming
    "kubernetes:core/v1:PersistentVolume": (
        Setting(
            "spec.persistentVolumeReclaimPolicy",
            becomes("Delete", "its volume is deleted once its claim is deleted"),
        ),
    ),
    "kubernetes:storage.k8s.io/v1:StorageClass": (
        Setting(
            "reclaimPolicy",
            becomes("Delete", "new volumes are deleted once their claim is deleted"),
            default="Delete",
        ),
    ),
    # https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
    "kubernetes:apps/v1:StatefulSet": tuple(
        Setting(
            f"spec.persistentVolumeClaimRetentionPolicy.{when}",
            becomes("Delete", f"volumes of its pods are deleted once it is {what}"),
        )
        for when, what in (("whenDeleted", "deleted"), ("whenScaled", "scaled down"))
    ),
}
"""Protection by type."""

_REMOVED: Final[Mapping[str, str]] = {
    "aws:backup/plan:Plan": "its resources are no longer backed up",
    "aws:backup/selection:Selection": "its resources are no longer backed up",
    "aws:efs/backupPolicy:BackupPolicy": "the file system may have no automatic backups",
    "aws:s3/bucketVersioning:BucketVersioning": "the bucket no longer keeps versions of new objects",
    "aws:secretsmanager/secretRotation:SecretRotation": "the secret is no longer rotated",
}
"""What the deletion of a resource leaves without protection, by type."""

_LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
_EXPIRATIONS: Final = (
    ("expiration", "days", "objects"),
    ("noncurrentVersionExpiration", "noncurrentDays", "noncurrent versions"),
)


def weakened(subject: Subject) -> Iterator[Fact]:
    """Yield the protection of data that a step weakens or removes."""
    step = subject.step
    if step.unprotected:
        yield Fact("loss", "no longer has the option protect, so that a deployment can delete it")
    if step.operation == "delete" and not step.retained and subject.type in _REMOVED:
        yield Fact("loss", _REMOVED[subject.type])
    if step.operation not in ("update", "replace"):
        return
    yield from weaker(subject, _PROTECTIONS.get(subject.type, ()), "loss")
    if subject.type == _LIFECYCLE and subject.changed("rules"):
        yield from _expirations(subject)


def _expirations(subject: Subject) -> Iterator[Fact]:
    """Rules by ID that delete objects earlier, or that are new."""
    before, after = (_rules(inputs.get("rules")) for inputs in (subject.before, subject.after))
    for name, rule in after.items():
        for action, unit, what in _EXPIRATIONS:
            days, former = _days(rule, action, unit), _days(before.get(name), action, unit)
            if days is not None and (former is None or days < former):
                was = f" instead of {former:g}" if former is not None else ""
                yield Fact("loss", f"deletes {what} after {days:g} days{was} (rule {name})", paths=("rules",))


def _rules(rules: Any) -> dict[str, Mapping[str, Any]]:
    found = rules if isinstance(rules, list | tuple) else ()
    return {str(each.get("id")): each for each in found if isinstance(each, Mapping)}


def _days(rule: Mapping[str, Any] | None, action: str, unit: str) -> float | None:
    if rule is None or rule.get("status") != "Enabled":
        return None
    expiration = rule.get(action)
    return number(expiration.get(unit)) if isinstance(expiration, Mapping) else None
