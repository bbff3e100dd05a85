"""What is lost, and what no longer protects data."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.base.losses import DATA_TYPES, LOSSES, RECREATED
from platform_components.engine.values import UNKNOWN, Secret
from platform_components.report.losses import losses
from platform_components.report.subject import Subject
from tests.report.plans import changed, setting_changed, subject

INSTANCE = "aws:rds/instance:Instance"
TABLE = "aws:dynamodb/table:Table"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
VOLUME = "kubernetes:core/v1:PersistentVolume"


def texts(step: Subject) -> list[str]:
    return [fact.text for fact in losses(step)]


def setting(type_: str, path: str, old: Any, new: Any) -> list[str]:
    return texts(setting_changed(type_, path, old, new))


@pytest.mark.parametrize(
    "type_",
    [
        "aws:sqs/queue:Queue",
        "aws:elasticache/cluster:Cluster",
        "aws:rds/snapshot:Snapshot",
        "aws:ec2/instance:Instance",
        "aws:kms/externalKey:ExternalKey",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:rds/globalCluster:GlobalCluster",
        "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
        "kubernetes:core/v1:PersistentVolume",
        "kubernetes:helm.sh/v3:Release",
        "random:index/randomPassword:RandomPassword",
    ],
)
def test_a_deletion_loses_what_a_deployment_can_not_create_again(type_: str) -> None:
    """Data, an identity, or traffic."""
    assert texts(subject("delete", type_)) == [f"is deleted, which loses {LOSSES[type_]}"]


def test_a_type_is_in_one_of_the_lists() -> None:
    """What is lost with a type, or nothing; the policy protects only types that lose data."""
    assert not RECREATED & LOSSES.keys()
    assert set(DATA_TYPES) < LOSSES.keys()
    assert "aws:rds/clusterInstance:ClusterInstance" in RECREATED
    assert "aws:sqs/queue:Queue" not in DATA_TYPES


@pytest.mark.parametrize(("policy", "lost"), [("Delete", True), ("Retain", False)])
def test_a_stateful_set_can_delete_the_volumes_of_its_pods(policy: str, lost: bool) -> None:
    """The retention policy in the state decides."""
    spec = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": policy}}
    step = subject("delete", "kubernetes:apps/v1:StatefulSet", former={"spec": spec})
    assert bool(texts(step)) is lost


@pytest.mark.parametrize(
    ("type_", "path", "old", "new", "text"),
    [
        (INSTANCE, "deletionProtection", True, False, "no longer has deletion protection"),
        (INSTANCE, "deletionProtection", True, None, "no longer has deletion protection"),
        (INSTANCE, "backupRetentionPeriod", 30, 1, "keeps automated backups for 1 days instead of 30"),
        (INSTANCE, "backupRetentionPeriod", 30, None, "no longer has automated backups"),
        (INSTANCE, "skipFinalSnapshot", False, True, "a deletion no longer creates a final snapshot"),
        (INSTANCE, "deleteAutomatedBackups", False, None, "a deletion also deletes its automated backups"),
        (
            "aws:kms/key:Key",
            "isEnabled",
            True,
            False,
            "is disabled: what is encrypted with it can't be read",
        ),
        (
            "aws:kms/key:Key",
            "deletionWindowInDays",
            None,
            7,
            "a deletion can be canceled for 7 days instead of 30",
        ),
        (
            "aws:cloudwatch/logGroup:LogGroup",
            "retentionInDays",
            0,
            30,
            "deletes log events after 30 days instead of without a limit",
        ),
        (
            "aws:s3/bucketVersioning:BucketVersioning",
            "versioningConfiguration.status",
            "Enabled",
            "Suspended",
            "no longer keeps versions of new objects",
        ),
        (TABLE, "pointInTimeRecovery.enabled", True, False, "no longer has point-in-time recovery"),
        (TABLE, "ttl.enabled", None, True, "deletes items whose time to live has expired"),
        (
            "aws:secretsmanager/secret:Secret",
            "recoveryWindowInDays",
            None,
            0,
            "can't be restored once it is deleted",
        ),
        (
            VOLUME,
            "spec.persistentVolumeReclaimPolicy",
            "Retain",
            "Delete",
            "its volume is deleted once its claim is deleted",
        ),
        (
            "kubernetes:storage.k8s.io/v1:StorageClass",
            "reclaimPolicy",
            "Retain",
            None,
            "new volumes are deleted once their claim is deleted",
        ),
    ],
)
def test_a_weaker_protection_is_a_loss(type_: str, path: str, old: Any, new: Any, text: str) -> None:
    """Also if a setting is removed and its default is weaker."""
    assert setting(type_, path, old, new) == [f"{text} ({path})"]


@pytest.mark.parametrize(
    ("type_", "path", "old", "new"),
    [
        (INSTANCE, "deletionProtection", False, True),
        (INSTANCE, "deletionProtection", False, None),
        (INSTANCE, "backupRetentionPeriod", 7, 30),
        (INSTANCE, "skipFinalSnapshot", True, False),
        ("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", 30, None),
        ("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", 30, 90),
        (VOLUME, "spec.persistentVolumeReclaimPolicy", "Delete", "Retain"),
    ],
)
def test_a_stronger_protection_is_not(type_: str, path: str, old: Any, new: Any) -> None:
    """Nor a default that is set explicitly."""
    assert setting(type_, path, old, new) == []


@pytest.mark.parametrize("value", [UNKNOWN, Secret("[secret]")])
def test_a_protection_that_the_preview_does_not_know_is_reported(value: object) -> None:
    """It can be weaker, also if the value that contains it is unknown."""
    text = "changes a setting whose new value the preview does not know"
    assert setting(INSTANCE, "deletionProtection", True, value) == [f"{text} (deletionProtection)"]
    recovery = changed("pointInTimeRecovery", {"enabled": True}, UNKNOWN)
    step = subject("update", TABLE, {"pointInTimeRecovery": UNKNOWN}, recovery)
    assert texts(step) == [f"{text} (pointInTimeRecovery.enabled)"]


def test_what_the_provider_keeps_is_not_lost() -> None:
    """`skipDestroy` of a log group: it is only removed from the state."""
    group = "aws:cloudwatch/logGroup:LogGroup"
    assert texts(subject("delete", group, former={"skipDestroy": True})) == []
    assert texts(subject("delete", group, former={"skipDestroy": False})) != []


def test_objects_that_expire_earlier_are_a_loss() -> None:
    """Rules are compared by ID; only enabled ones delete."""

    def rule(days: int, status: str = "Enabled") -> dict[str, Any]:
        return {"id": "logs", "status": status, "expiration": {"days": days}}

    def change(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
        return texts(subject("update", LIFECYCLE, {"rules": [new]}, changed("rules[0]", old, new)))

    assert change(rule(90), rule(30)) == ["deletes objects after 30 days instead of 90 (rule logs)"]
    assert change(rule(30, "Disabled"), rule(30)) == ["deletes objects after 30 days (rule logs)"]
    assert change(rule(30), rule(90)) == []
    assert change(rule(90), rule(30, "Disabled")) == []


def test_a_deleted_resource_can_be_a_protection() -> None:
    """Without the versioning of a bucket, its objects are overwritten for good."""
    assert texts(subject("delete", "aws:s3/bucketVersioning:BucketVersioning")) == [
        "the bucket no longer keeps versions of new objects"
    ]


def test_the_option_protect_is_a_protection() -> None:
    """The engine refuses to delete what has it."""
    assert texts(subject("same", INSTANCE, unprotected=True)) == [
        "no longer has the option protect, so that a deployment can delete it"
    ]
