"""What a step makes unavailable, or less available: by deletion, replacement, or a setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.engine.plan.steps import Step
from platform_components.report.subject import Fact, Subject
from platform_components.report.weakening import Setting, fewer, number, turned_off, weaker

_STOPPED: Final[Mapping[str, str]] = {
    "aws:ec2/instance:Instance": "is terminated",
    "aws:ecs/service:Service": "stops its tasks",
    # https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html
    "aws:eks/nodeGroup:NodeGroup": "drains and terminates its nodes",
    "kubernetes:apps/v1:DaemonSet": "stops all of its pods",
    "kubernetes:apps/v1:Deployment": "stops all of its pods",
    "kubernetes:apps/v1:StatefulSet": "stops all of its pods",
    "kubernetes:batch/v1:Job": "stops its pods",
    "kubernetes:core/v1:Pod": "is stopped",
}
"""What a deletion or replacement stops, by type."""

_ENDPOINTS: Final = frozenset(
    {
        "aws:docdb/cluster:Cluster",
        "aws:docdb/clusterInstance:ClusterInstance",
        "aws:eks/cluster:Cluster",
        "aws:elasticache/cluster:Cluster",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:elasticache/serverlessCache:ServerlessCache",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:lb/targetGroup:TargetGroup",
        "aws:memorydb/cluster:Cluster",
        "aws:mq/broker:Broker",
        "aws:msk/cluster:Cluster",
        "aws:neptune/cluster:Cluster",
        "aws:neptune/clusterInstance:ClusterInstance",
        "aws:opensearch/domain:Domain",
        "aws:rds/cluster:Cluster",
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:rds/instance:Instance",
        "aws:redshift/cluster:Cluster",
    }
)
"""Types that serve clients."""

_UNLIMITED: Final = "a drain of nodes can stop all of its pods together"
_STANDBY: Final = "no longer has a standby in another zone"
_FEWER_NODES: Final = fewer("runs", "nodes")

_SETTINGS: Final[Mapping[str, tuple[Setting, ...]]] = {
    # "An outage occurs if you change the backup retention period of a DB instance from 0 to a nonzero value":
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html
    "aws:rds/instance:Instance": (
        Setting("multiAz", turned_off(_STANDBY)),
        Setting(
            "backupRetentionPeriod",
            lambda old, new: "has an outage" if (number(old) == 0) != (number(new) == 0) else "",
            default=0,
        ),
    ),
    "aws:ecs/service:Service": (Setting("desiredCount", fewer("runs", "tasks")),),
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Setting("automaticFailoverEnabled", turned_off("no longer fails over to a replica")),
        Setting("multiAzEnabled", turned_off(_STANDBY)),
        Setting("numCacheClusters", _FEWER_NODES),
        Setting("replicasPerNodeGroup", fewer("runs", "replicas per shard")),
    ),
    "kubernetes:apps/v1:Deployment": (
        Setting("spec.replicas", lambda old, new: "stops all of its pods" if number(new) == 0 else ""),
    ),
    "kubernetes:apps/v1:StatefulSet": (
        Setting("spec.replicas", lambda old, new: "stops all of its pods" if number(new) == 0 else ""),
    ),
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": (
        Setting("spec.maxReplicas", fewer("scales to at most", "replicas")),
    ),
    # https://kubernetes.io/docs/tasks/run-application/configure-pdb/
    "kubernetes:policy/v1:PodDisruptionBudget": (
        Setting(
            "spec.minAvailable",
            lambda old, new: _UNLIMITED if old != new and new in (0, "0", "0%") else "",
        ),
        Setting("spec.maxUnavailable", lambda old, new: _UNLIMITED if old != new and new == "100%" else ""),
    ),
}
"""Settings whose change interrupts a resource or makes it less available, by type."""


_BUDGET: Final = "kubernetes:policy/v1:PodDisruptionBudget"

_DATABASES: Final = ("aws:rds/cluster:Cluster", "aws:rds/instance:Instance")


def outages(subject: Subject) -> Iterator[Fact]:
    """Yield what the step stops, interrupts or makes less available."""
    step = subject.step
    if step.operation in ("delete", "replace") and not step.retained:
        text = _stopped(step)
        if text:
            yield Fact("restart", text)
    if step.operation == "update":
        yield from weaker(subject, _SETTINGS.get(subject.type, ()), "restart")
        yield from _upgrades(subject)


def _stopped(step: Step) -> str:
    replaced = step.operation == "replace"
    if step.type in _STOPPED:
        new = (
            ", and a new one is created"
            if step.type == "aws:ec2/instance:Instance"
            else " and creates new ones"
        )
        return _STOPPED[step.type] + (new if replaced and step.type != "kubernetes:core/v1:Pod" else "")
    if step.type == _BUDGET and not replaced:
        return _UNLIMITED
    if step.type not in _ENDPOINTS:
        return ""
    if not replaced:
        return "is no longer available"
    if step.order == "delete first":
        return "is unavailable until the new one is available"
    return "clients that use the old one must connect to the new one"


def _upgrades(subject: Subject) -> Iterator[Fact]:
    """Upgrades that can't be undone.

    Sources: https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html and
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html
    """
    if subject.type == "aws:eks/cluster:Cluster" and subject.changed("version"):
        old, new = subject.former("version"), subject.value("version")
        if isinstance(old, str) and isinstance(new, str):
            yield _upgrade(f"Kubernetes {old}", new, "version")
    if subject.type in _DATABASES and subject.changed("engineVersion"):
        engine = subject.value("engine")
        old, new = (
            _major(engine, each) for each in (subject.former("engineVersion"), subject.value("engineVersion"))
        )
        if old and new and old != new:
            yield _upgrade(f"major version {old}", new, "engineVersion")


def _upgrade(old: str, new: str, path: str) -> Fact:
    return Fact("restart", f"is upgraded from {old} to {new}, which can't be undone ({path})", paths=(path,))


def _major(engine: Any, version: Any) -> str:
    """The major version: `17` of PostgreSQL 17.4, `8.0` of MySQL 8.0.36; empty if it is unknown."""
    if not isinstance(version, str) or not isinstance(engine, str):
        return ""
    parts = 2 if "mysql" in engine or "mariadb" in engine else 1
    return ".".join(version.split(".")[:parts])
