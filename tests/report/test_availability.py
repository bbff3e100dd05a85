"""What a step stops, interrupts or makes less available."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.report.availability import outages
from platform_components.report.subject import Subject
from tests.report.plans import changed, setting_changed, subject

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CLUSTER = "aws:eks/cluster:Cluster"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
INSTANCE = "aws:rds/instance:Instance"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"


def texts(step: Subject) -> list[str]:
    return [fact.text for fact in outages(step)]


def setting(type_: str, path: str, old: Any, new: Any) -> list[str]:
    return texts(setting_changed(type_, path, old, new))


@pytest.mark.parametrize(
    ("type_", "deleted", "replaced"),
    [
        (DEPLOYMENT, "stops all of its pods", "stops all of its pods and creates new ones"),
        ("kubernetes:core/v1:Pod", "is stopped", "is stopped"),
        ("kubernetes:batch/v1:Job", "stops its pods", "stops its pods and creates new ones"),
        (
            "aws:eks/nodeGroup:NodeGroup",
            "drains and terminates its nodes",
            "drains and terminates its nodes and creates new ones",
        ),
        ("aws:ec2/instance:Instance", "is terminated", "is terminated, and a new one is created"),
        (
            INSTANCE,
            "is no longer available",
            "is unavailable until the new one is available",
        ),
    ],
)
def test_what_is_deleted_or_replaced_stops(type_: str, deleted: str, replaced: str) -> None:
    """Pods, nodes, and servers with clients."""
    assert texts(subject("delete", type_)) == [deleted]
    assert texts(subject("replace", type_, order="delete first")) == [replaced]
    assert texts(subject("delete", type_, retained=True)) == []


def test_a_replacement_that_exists_first_has_another_address() -> None:
    """Nothing is down, but clients must follow."""
    assert texts(subject("replace", "aws:rds/clusterInstance:ClusterInstance", order="create first")) == [
        "clients that use the old one must connect to the new one"
    ]


@pytest.mark.parametrize(
    ("type_", "path", "old", "new", "text"),
    [
        (DEPLOYMENT, "spec.replicas", 3, 0, "stops all of its pods"),
        (BUDGET, "spec.minAvailable", 1, 0, "a drain of nodes can stop all of its pods together"),
        (
            "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
            "spec.maxReplicas",
            10,
            5,
            "scales to at most 5 replicas instead of 10",
        ),
        (INSTANCE, "multiAz", True, False, "no longer has a standby in another zone"),
        (INSTANCE, "backupRetentionPeriod", 7, None, "has an outage"),
        (INSTANCE, "backupRetentionPeriod", 0, 7, "has an outage"),
        (CACHE, "numCacheClusters", 3, 2, "runs 2 nodes instead of 3"),
        (CACHE, "multiAzEnabled", True, None, "no longer has a standby in another zone"),
        (
            CLUSTER,
            "version",
            "1.33",
            "1.34",
            "is upgraded from Kubernetes 1.33 to 1.34, which can't be undone",
        ),
    ],
)
def test_settings_that_reduce_availability(type_: str, path: str, old: Any, new: Any, text: str) -> None:
    """Also if their default does."""
    assert setting(type_, path, old, new) == [f"{text} ({path})"]


@pytest.mark.parametrize(
    ("type_", "path", "old", "new"),
    [
        (DEPLOYMENT, "spec.replicas", 3, 2),
        (BUDGET, "spec.minAvailable", 2, 1),
        (INSTANCE, "backupRetentionPeriod", 7, 30),
        (CACHE, "numCacheClusters", 2, 3),
        (INSTANCE, "multiAz", False, True),
    ],
)
def test_settings_that_do_not(type_: str, path: str, old: Any, new: Any) -> None:
    """More nodes, or fewer pods that still run."""
    assert setting(type_, path, old, new) == []


def test_without_its_budget_a_drain_can_stop_all_pods() -> None:
    """A budget that is replaced exists again."""
    assert texts(subject("delete", BUDGET)) == ["a drain of nodes can stop all of its pods together"]
    assert texts(subject("replace", BUDGET)) == []


@pytest.mark.parametrize(
    ("engine", "old", "new", "upgrade"),
    [
        ("postgres", "16.4", "17", "16 to 17"),
        ("postgres", "17.2", "17.4", ""),
        ("mysql", "8.0.36", "8.4.3", "8.0 to 8.4"),
        ("mariadb", "10.6", "10.11", "10.6 to 10.11"),
        ("mysql", "8.0.35", "8.0.36", ""),
    ],
)
def test_a_major_upgrade_can_not_be_undone(engine: str, old: str, new: str, upgrade: str) -> None:
    """A minor one can't either, but applications rarely depend on it."""
    inputs = {"engine": engine, "engineVersion": new}
    found = texts(subject("update", INSTANCE, inputs, changed("engineVersion", old, new)))
    expected = f"is upgraded from major version {upgrade}, which can't be undone (engineVersion)"
    assert found == ([expected] if upgrade else [])
