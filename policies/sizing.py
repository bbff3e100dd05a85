"""Sizing: production has enough capacity and redundancy, other tiers don't cost as much as production.

The minimum for production is the sizing table, including the cells that `platform.yaml` overrides, so that a
component with default sizes passes in every tier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from platform_components.base.sizing import SIZING as TABLE, Tier
from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

Findings = Iterator[str | Undetermined]

LARGEST: Final[Mapping[str, Mapping[Tier, Any]]] = MappingProxyType({
    "database.instance_class": {"staging": "xlarge", "development": "large"},
    "database.storage_gb":     {"staging": 500,      "development": 100},
    "cache.node_type":         {"staging": "large",  "development": "medium"},
    "cache.nodes":             {"staging": 3,        "development": 2},
    "workload.max_replicas":   {"staging": 30,       "development": 10},
    "compute.instance_type":   {"staging": "4xlarge", "development": "xlarge"},
})  # fmt: skip
"""The maximum of a tier; production has none. A larger value in the sizing table takes precedence."""

_SMALL_SIZES = {"nano": 0.25, "micro": 0.5, "small": 1.0, "medium": 2.0, "large": 4.0, "xlarge": 8.0}
_SIZE = re.compile(r"(?:(?:db|cache)\.)?[a-z0-9-]+\.(?P<size>[a-z0-9-]+)")
_MULTIPLE = re.compile(r"(\d+)xlarge|metal(?:-(\d+)xl)?")
_METAL = 192.0  # bare metal without a number is a whole host: at least 24xlarge


def units(instance: str) -> float | None:
    """The size of an instance class in AWS's normalization factors: small 1, large 4, 2xlarge 16.

    Takes a class (`db.t3.small`) or a size alone. None for a size that AWS doesn't have.
    """
    named = _SIZE.fullmatch(instance)
    size = named["size"] if named else instance
    if size in _SMALL_SIZES:
        return _SMALL_SIZES[size]
    multiple = _MULTIPLE.fullmatch(size)
    if multiple is None:
        return None
    count = multiple[1] or multiple[2]
    return 8.0 * int(count) if count else _METAL


def _misfit(name: str, context: PolicyContext, row: str) -> str:
    """The violation of an instance class in this tier, as a phrase; empty if there is none."""
    size = units(name)
    if size is None:
        return "has a size that AWS does not offer"
    start = context.size(row) if row in TABLE else ""
    if context.tier == "production":
        return f"is smaller than {start}, the minimum in production" if size < _units(start) else ""
    limit = max(LARGEST[row][context.tier], start, key=_units)
    return f"is larger than {limit}, the maximum in {context.tier}" if size > _units(limit) else ""


def _units(instance: str) -> float:
    return units(instance) or 0


def _most(context: PolicyContext, row: str) -> int | None:
    """The maximum of the tier for a row that counts something; None in production."""
    limit = LARGEST[row].get(context.tier)
    return None if limit is None else max(limit, context.size(row))


def _database_class(view: ResourceView, context: PolicyContext) -> Findings:
    name = view.get("instanceClass")
    if not name or name == "db.serverless":  # limited by its cluster
        return
    if misfit := _misfit(name, context, "database.instance_class"):
        yield f"instanceClass {name} {misfit}"


def _cache_node(view: ResourceView, context: PolicyContext) -> Findings:
    name = view.get("nodeType")
    if name and (misfit := _misfit(name, context, "cache.node_type")):
        yield f"nodeType {name} {misfit}"


def _compute(view: ResourceView, context: PolicyContext) -> Findings:
    names = view.get("instanceTypes") if view.type == _NODE_GROUP else [view.get("instanceType")]
    for name in names or ():
        if name and (misfit := _misfit(name, context, "compute.instance_type")):
            yield f"instance type {name} {misfit}"


def _storage(view: ResourceView, context: PolicyContext) -> Findings:
    least = context.size("database.storage_gb") if context.tier == "production" else 0
    most = _most(context, "database.storage_gb")
    if not any(view.has(name) for name in ("allocatedStorage", *_COPIED_FROM)):
        yield "allocatedStorage is not set"
    for name in ("allocatedStorage", "maxAllocatedStorage"):
        gigabytes = view.peek(name)
        if isinstance(gigabytes, Undetermined):
            yield gigabytes
        elif gigabytes:  # a maxAllocatedStorage of 0 disables autoscaling
            if gigabytes < least:
                yield f"{name} is {gigabytes} GB; the minimum in production is {least} GB"
            if most is not None and gigabytes > most:
                yield f"{name} is {gigabytes} GB; the maximum in {context.tier} is {most} GB"


def _backups(view: ResourceView, context: PolicyContext) -> Findings:
    if view.type == _DB and view.has("replicateSourceDb"):
        return  # a replica: its source has backups
    days, least = view.get("backupRetentionPeriod"), context.size("database.backup_retention_days")
    if days is None:
        yield f"backupRetentionPeriod is not set; the minimum in {context.tier} is {least} days"
    elif days < least:
        yield f"backupRetentionPeriod is {days} days; the minimum in {context.tier} is {least}"


def _multi_az(view: ResourceView, context: PolicyContext) -> Findings:
    if (
        context.size("database.multi_az")
        and not view.has("replicateSourceDb")
        and view.get("multiAz") is not True
    ):
        yield f"multiAz is not on in {context.tier}"


def _deletion_protection(view: ResourceView, context: PolicyContext) -> Findings:
    row = "cluster.deletion_protection" if view.type == _EKS else "database.deletion_protection"
    if context.size(row) and view.get("deletionProtection") is not True:
        yield f"deletionProtection is not on in {context.tier}"


def _cache_nodes(view: ResourceView, context: PolicyContext) -> Findings:
    nodes = view.get("numCacheClusters")
    if nodes is None:
        nodes = (view.get("replicasPerNodeGroup") or 0) + 1
    least, most = context.size("cache.nodes"), _most(context, "cache.nodes")
    if context.tier == "production" and nodes < least:
        yield f"has {nodes} node{'' if nodes == 1 else 's'}; the minimum in production is {least}"
    if most is not None and nodes > most:
        yield f"has {nodes} nodes; the maximum in {context.tier} is {most}"
    if context.tier == "production" and least > 1 and view.get("automaticFailoverEnabled") is not True:
        yield "automaticFailoverEnabled is not on: a failed primary is not replaced automatically"


def _cache_backups(view: ResourceView, context: PolicyContext) -> Findings:
    days, least = view.get("snapshotRetentionLimit") or 0, context.size("cache.snapshot_retention_days")
    if days < least:
        yield f"snapshotRetentionLimit is {days} days; the minimum in {context.tier} is {least}"


def _replicas(view: ResourceView, context: PolicyContext) -> Findings:
    """A Deployment without `replicas` leaves them to its autoscaler, which is checked itself."""
    least, most = context.size("workload.min_replicas"), _most(context, "workload.max_replicas")
    autoscaler = view.type in _AUTOSCALERS
    low = "minReplicas" if autoscaler else "replicas"
    replicas = view.get("spec", low)
    if replicas is None and autoscaler:
        replicas = 1  # Kubernetes' default
    if context.tier == "production" and replicas is not None and replicas < least:
        yield f"spec.{low} is {replicas}; the minimum in production is {least}"
    high = "maxReplicas" if autoscaler else "replicas"
    replicas = view.get("spec", high)
    if most is not None and replicas is not None and replicas > most:
        yield f"spec.{high} is {replicas}; the maximum in {context.tier} is {most}"


_COPIED_FROM = ("replicateSourceDb", "snapshotIdentifier", "restoreToPointInTime", "s3Import")
_DB = "aws:rds/instance:Instance"
_AURORA = "aws:rds/cluster:Cluster"
_AURORA_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
_CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
_CACHE_CLUSTER = "aws:elasticache/cluster:Cluster"
_EKS = "aws:eks/cluster:Cluster"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_EC2 = "aws:ec2/instance:Instance"
_LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_DEPLOYMENT = "kubernetes:apps/v1:Deployment"
_AUTOSCALERS = (
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    "kubernetes:autoscaling/v1:HorizontalPodAutoscaler",
)
_HPA = _AUTOSCALERS[0]

SIZING: Final = (
    Rule(
        id="database-instance-class",
        title="The instance class of a database suits the tier",
        why="Too small a class fails under production load; a large one in development is wasted cost.",
        remedy="use a Database with the tier's default, or change that in platform.yaml",
        severity="medium",
        types=(_DB, _AURORA_INSTANCE),
        check=_database_class,
        passing=(
            Example(_DB, {"instanceClass": "db.t3.small"}),
            Example(_DB, {"instanceClass": "db.r7g.4xlarge"}, "prod"),
            Example(_AURORA_INSTANCE, {"instanceClass": "db.serverless"}),
        ),
        failing=(
            Example(_DB, {"instanceClass": "db.r6g.4xlarge"}, says="larger than large, the maximum in dev"),
            Example(_DB, {"instanceClass": "db.r6g.2xlarge"}, "staging", says="the maximum in staging"),
            Example(_DB, {"instanceClass": "db.t3.micro"}, "prod", says="smaller than db.t3.medium"),
            Example(_DB, {"instanceClass": "db.r6g.huge"}, says="has a size that AWS does not offer"),
        ),
    ),
    Rule(
        id="database-storage",
        title="The storage of a database suits the tier",
        why="Storage can't be reduced: unused storage costs money until the database is replaced.",
        remedy="use a Database with the tier's default, or change that in platform.yaml",
        severity="medium",
        types=(_DB,),
        check=_storage,
        passing=(
            Example(_DB, {"allocatedStorage": 20, "maxAllocatedStorage": 100}),
            Example(_DB, {"allocatedStorage": 2000}, "prod"),
            Example(_DB, {"snapshotIdentifier": "orders-2026"}),
        ),
        failing=(
            Example(_DB, {}, says="allocatedStorage is not set"),
            Example(_DB, {"allocatedStorage": 20}, "prod", says="the minimum in production is 100 GB"),
            Example(_DB, {"allocatedStorage": 20, "maxAllocatedStorage": 900}, says="maxAllocatedStorage is"),
        ),
    ),
    Rule(
        id="database-backups",
        title="The backup retention of a database is at least the tier's",
        why="Corruption that is noticed late can only be repaired from a backup that still exists.",
        remedy="use a Database with the tier's default",
        severity="high",
        controls=("AWS FSBP RDS.11", "NIST 800-53 CP-9"),
        types=(_DB, _AURORA),
        check=_backups,
        passing=(
            Example(_DB, {"backupRetentionPeriod": 7}),
            Example(_DB, {"backupRetentionPeriod": 30}, "prod"),
            Example(_DB, {"replicateSourceDb": "orders"}, "prod"),
        ),
        failing=(
            Example(_DB, {}, says="backupRetentionPeriod is not set"),
            Example(_DB, {"backupRetentionPeriod": 7}, "prod", says="the minimum in production is 30"),
            Example(_AURORA, {"backupRetentionPeriod": 0}, says="is 0 days"),
        ),
    ),
    Rule(
        id="database-multi-az",
        title="A production database has a standby in another Availability Zone",
        why="Without one, the failure of a zone is an outage until a backup is restored.",
        remedy="use a Database with the tier's default",
        severity="high",
        controls=("AWS FSBP RDS.5", "NIST 800-53 CP-10"),
        types=(_DB,),
        check=_multi_az,
        passing=(Example(_DB, {}), Example(_DB, {"multiAz": True}, "prod")),
        failing=(
            Example(_DB, {}, "prod", says="multiAz is not on"),
            Example(_DB, {"multiAz": False}, "prod-eu"),
        ),
    ),
    Rule(
        id="deletion-protection",
        title="Production databases and clusters have deletion protection",
        why="One wrong command, in the console or in a script, deletes the data.",
        remedy="use the component with the tier's default",
        severity="high",
        controls=("AWS FSBP RDS.7", "AWS FSBP RDS.8", "NIST 800-53 CP-9"),
        types=(_DB, _AURORA, _EKS),
        check=_deletion_protection,
        passing=(Example(_DB, {}), Example(_EKS, {"deletionProtection": True}, "prod")),
        failing=(
            Example(_DB, {}, "prod", says="deletionProtection is not on in production"),
            Example(_EKS, {"deletionProtection": False}, "prod"),
        ),
    ),
    Rule(
        id="cache-node-type",
        title="The node type of a cache suits the tier",
        why="A cache is paid by its memory: production needs enough, other tiers need less.",
        remedy="use a Cache with the tier's default, or change that in platform.yaml",
        severity="medium",
        types=(_CACHE, _CACHE_CLUSTER),
        check=_cache_node,
        passing=(
            Example(_CACHE, {"nodeType": "cache.t3.micro"}),
            Example(_CACHE, {"nodeType": "cache.r7g.xlarge"}, "prod"),
        ),
        failing=(
            Example(_CACHE, {"nodeType": "cache.r7g.large"}, says="larger than medium"),
            Example(_CACHE_CLUSTER, {"nodeType": "cache.r7g.xlarge"}, "staging", says="larger than large"),
            Example(_CACHE, {"nodeType": "cache.t3.tiny"}, says="has a size that AWS does not offer"),
        ),
    ),
    Rule(
        id="cache-nodes",
        title="A production cache has replicas and automatic failover; other tiers have few nodes",
        why="A cache with one node is empty after a failure, and the database gets the whole load.",
        remedy="use a Cache with the tier's default",
        severity="medium",
        controls=("AWS FSBP ElastiCache.3", "NIST 800-53 CP-10"),
        types=(_CACHE,),
        check=_cache_nodes,
        passing=(
            Example(_CACHE, {"numCacheClusters": 1}),
            Example(_CACHE, {"numCacheClusters": 2, "automaticFailoverEnabled": True}, "prod"),
            Example(_CACHE, {"replicasPerNodeGroup": 1, "automaticFailoverEnabled": True}, "prod"),
        ),
        failing=(
            Example(
                _CACHE, {"numCacheClusters": 1}, "prod", says="has 1 node; the minimum in production is 2"
            ),
            Example(_CACHE, {"numCacheClusters": 2}, "prod", says="automaticFailoverEnabled is not on"),
            Example(_CACHE, {"numCacheClusters": 6}, says="the maximum in development is 2"),
        ),
    ),
    Rule(
        id="cache-backups",
        title="The snapshot retention of a cache is at least the tier's",
        why="Sessions and queues in a cache are lost with it unless there is a snapshot.",
        remedy="use a Cache with the tier's default",
        severity="medium",
        controls=("AWS FSBP ElastiCache.1", "NIST 800-53 CP-9"),
        types=(_CACHE,),
        check=_cache_backups,
        passing=(Example(_CACHE, {}), Example(_CACHE, {"snapshotRetentionLimit": 7}, "prod")),
        failing=(
            Example(_CACHE, {}, "prod", says="snapshotRetentionLimit is 0 days"),
            Example(_CACHE, {"snapshotRetentionLimit": 0}, "staging"),
        ),
    ),
    Rule(
        id="workload-replicas",
        title="The number of replicas suits the tier",
        why="Fewer than three replicas can't spread over three zones; many in development are wasted cost.",
        remedy="use a Workload with the tier's default",
        severity="medium",
        controls=("NIST 800-53 CP-10",),
        types=(_DEPLOYMENT, *_AUTOSCALERS),
        check=_replicas,
        passing=(
            Example(_DEPLOYMENT, {"spec": {}}, "prod"),
            Example(_DEPLOYMENT, {"spec": {"replicas": 1}}),
            Example(_DEPLOYMENT, {"spec": {"replicas": 3}}, "prod"),
            Example(_DEPLOYMENT, {"spec": {"replicas": 10}}),
            Example(_HPA, {"spec": {"minReplicas": 3, "maxReplicas": 9}}, "prod"),
            Example(_HPA, {"spec": {"maxReplicas": 10}}),
        ),
        failing=(
            Example(_DEPLOYMENT, {"spec": {"replicas": 1}}, "prod", says="the minimum in production is 3"),
            Example(_DEPLOYMENT, {"spec": {"replicas": 2}}, "prod", says="spec.replicas is 2"),
            Example(_DEPLOYMENT, {"spec": {"replicas": 11}}, says="the maximum in development is 10"),
            Example(_HPA, {"spec": {"maxReplicas": 9}}, "prod", says="spec.minReplicas is 1"),
            Example(_HPA, {"spec": {"minReplicas": 2}}, "prod", says="spec.minReplicas is 2"),
            Example(_HPA, {"spec": {"maxReplicas": 11}}, says="spec.maxReplicas is 11"),
            Example(
                _HPA,
                {"spec": {"minReplicas": 3, "maxReplicas": 100}},
                says="the maximum in development is 10",
            ),
        ),
    ),
    Rule(
        id="compute-instance-type",
        title="Outside production, instances and nodes have a limited size",
        why="One large instance that nobody stops costs more than the rest of development.",
        remedy="choose a smaller instance type",
        severity="medium",
        types=(_EC2, _LAUNCH_TEMPLATE, _NODE_GROUP),
        check=_compute,
        passing=(
            Example(_EC2, {"instanceType": "t3.large"}),
            Example(_NODE_GROUP, {"instanceTypes": ["m7g.16xlarge"]}, "prod"),
        ),
        failing=(
            Example(_EC2, {"instanceType": "m7i.metal-24xl"}, says="larger than xlarge"),
            Example(_NODE_GROUP, {"instanceTypes": ["t3.large", "m7g.8xlarge"]}, says="m7g.8xlarge"),
        ),
    ),
)
