"""Sizing: production is big and redundant enough, everything else doesn't cost like production.

What production needs is what the sizing table gives it, `platform.yaml`'s own cells included, so that a
component left to its defaults passes in every tier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from platform_components.base.sizing import SIZING as TABLE, Tier
from platform_components.policy import Example, Facts, ResourceView, Rule, Undetermined

Findings = Iterator[str | Undetermined]

LARGEST: Final[Mapping[str, Mapping[Tier, Any]]] = MappingProxyType({
    "database.instance_class": {"staging": "xlarge", "development": "large"},
    "database.storage_gb":     {"staging": 500,      "development": 100},
    "cache.node_type":         {"staging": "large",  "development": "medium"},
    "cache.nodes":             {"staging": 3,        "development": 2},
    "workload.max_replicas":   {"staging": 30,       "development": 10},
    "compute.instance_type":   {"staging": "4xlarge", "development": "xlarge"},
})  # fmt: skip
"""The most that a tier may have; production has no limit. A larger value in the sizing table counts more."""

_SMALL_SIZES = {"nano": 0.25, "micro": 0.5, "small": 1.0, "medium": 2.0, "large": 4.0, "xlarge": 8.0}
_SIZE = re.compile(r"(?:(?:db|cache)\.)?[a-z0-9-]+\.(?P<size>[a-z0-9-]+)")
_MULTIPLE = re.compile(r"(\d+)xlarge|metal(?:-(\d+)xl)?")
_METAL = 192.0  # bare metal without a number is a whole machine: at least 24xlarge


def units(instance: str) -> float | None:
    """How big an instance of any family is, in AWS's normalised units: small 1, large 4, 2xlarge 16.

    Takes a class (`db.t3.small`) or its size alone; None where the size is none of AWS's.
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


def _misfit(name: str, facts: Facts, row: str) -> str:
    """What is wrong with an instance class in this tier, as a phrase; empty when it fits."""
    size = units(name)
    if size is None:
        return "is of no size that AWS has"
    start = facts.size(row) if row in TABLE else ""
    if facts.tier == "production":
        return f"is smaller than {start}, which production starts from" if size < _units(start) else ""
    limit = max(LARGEST[row][facts.tier], start, key=_units)
    return f"is larger than {limit}, the most that {facts.tier} may have" if size > _units(limit) else ""


def _units(instance: str) -> float:
    return units(instance) or 0


def _most(facts: Facts, row: str) -> int | None:
    """The most of a countable thing that the tier may have; None in production."""
    limit = LARGEST[row].get(facts.tier)
    return None if limit is None else max(limit, facts.size(row))


def _database_class(view: ResourceView, facts: Facts) -> Findings:
    name = view.get("instanceClass")
    if not name or name == "db.serverless":  # which its cluster limits
        return
    if misfit := _misfit(name, facts, "database.instance_class"):
        yield f"instanceClass {name} {misfit}"


def _cache_node(view: ResourceView, facts: Facts) -> Findings:
    name = view.get("nodeType")
    if name and (misfit := _misfit(name, facts, "cache.node_type")):
        yield f"nodeType {name} {misfit}"


def _compute(view: ResourceView, facts: Facts) -> Findings:
    names = view.get("instanceTypes") if view.type == _NODE_GROUP else [view.get("instanceType")]
    for name in names or ():
        if name and (misfit := _misfit(name, facts, "compute.instance_type")):
            yield f"instance type {name} {misfit}"


def _storage(view: ResourceView, facts: Facts) -> Findings:
    least = facts.size("database.storage_gb") if facts.tier == "production" else 0
    most = _most(facts, "database.storage_gb")
    if not any(view.has(name) for name in ("allocatedStorage", *_COPIED_FROM)):
        yield "allocatedStorage is not set"
    for name in ("allocatedStorage", "maxAllocatedStorage"):
        gigabytes = view.peek(name)
        if isinstance(gigabytes, Undetermined):
            yield gigabytes
        elif gigabytes:  # a maxAllocatedStorage of 0 turns growth off
            if gigabytes < least:
                yield f"{name} is {gigabytes} GB; production has at least {least} GB"
            if most is not None and gigabytes > most:
                yield f"{name} is {gigabytes} GB; {facts.tier} may have {most} GB at most"


def _backups(view: ResourceView, facts: Facts) -> Findings:
    if view.has("replicateSourceDb"):
        return  # what it replicates is backed up
    days, least = view.get("backupRetentionPeriod"), facts.size("database.backup_retention_days")
    if days is None:
        yield f"backupRetentionPeriod is not set; {facts.tier} keeps backups for {least} days"
    elif days < least:
        yield f"backupRetentionPeriod is {days} days; {facts.tier} keeps backups for at least {least}"


def _multi_az(view: ResourceView, facts: Facts) -> Findings:
    if (
        facts.size("database.multi_az")
        and not view.has("replicateSourceDb")
        and view.get("multiAz") is not True
    ):
        yield f"multiAz is not on; {facts.tier} survives the loss of a zone"


def _deletion_protection(view: ResourceView, facts: Facts) -> Findings:
    row = "cluster.deletion_protection" if view.type == _EKS else "database.deletion_protection"
    if facts.size(row) and view.get("deletionProtection") is not True:
        yield f"deletionProtection is not on in {facts.tier}"


def _cache_nodes(view: ResourceView, facts: Facts) -> Findings:
    nodes = view.get("numCacheClusters")
    if nodes is None:
        nodes = (view.get("replicasPerNodeGroup") or 0) + 1
    least, most = facts.size("cache.nodes"), _most(facts, "cache.nodes")
    if facts.tier == "production" and nodes < least:
        yield f"has {nodes} node{'' if nodes == 1 else 's'}; production has at least {least}"
    if most is not None and nodes > most:
        yield f"has {nodes} nodes; {facts.tier} may have {most} at most"
    if facts.tier == "production" and least > 1 and view.get("automaticFailoverEnabled") is not True:
        yield "automaticFailoverEnabled is not on: a lost node stays lost until someone acts"


def _cache_backups(view: ResourceView, facts: Facts) -> Findings:
    days, least = view.get("snapshotRetentionLimit") or 0, facts.size("cache.snapshot_retention_days")
    if days < least:
        yield f"snapshotRetentionLimit is {days} days; {facts.tier} keeps snapshots for at least {least}"


def _replicas(view: ResourceView, facts: Facts) -> Findings:
    """A Deployment that names no number leaves it to its autoscaler, which is judged itself."""
    least, most = facts.size("workload.min_replicas"), _most(facts, "workload.max_replicas")
    autoscaler = view.type in _AUTOSCALERS
    low = "minReplicas" if autoscaler else "replicas"
    replicas = view.get("spec", low)
    if replicas is None and autoscaler:
        replicas = 1  # as Kubernetes has it
    if facts.tier == "production" and replicas is not None and replicas < least:
        yield f"spec.{low} is {replicas}; production runs at least {least}"
    high = "maxReplicas" if autoscaler else "replicas"
    replicas = view.get("spec", high)
    if most is not None and replicas is not None and replicas > most:
        yield f"spec.{high} is {replicas}; {facts.tier} may run {most} at most"


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
        title="A database's instance class fits the tier",
        why="Too small a class fails under production's load; a giant in development only costs.",
        remedy="let a Database take the tier's, or raise that in platform.yaml",
        severity="medium",
        types=(_DB, _AURORA_INSTANCE),
        check=_database_class,
        passing=(
            Example(_DB, {"instanceClass": "db.t3.small"}),
            Example(_DB, {"instanceClass": "db.r7g.4xlarge"}, "prod"),
            Example(_AURORA_INSTANCE, {"instanceClass": "db.serverless"}),
        ),
        failing=(
            Example(_DB, {"instanceClass": "db.r6g.4xlarge"}, says="larger than large, the most that dev"),
            Example(_DB, {"instanceClass": "db.r6g.2xlarge"}, "staging", says="staging may have"),
            Example(_DB, {"instanceClass": "db.t3.micro"}, "prod", says="smaller than db.t3.medium"),
            Example(_DB, {"instanceClass": "db.r6g.huge"}, says="of no size that AWS has"),
        ),
    ),
    Rule(
        id="database-storage",
        title="A database's storage fits the tier",
        why="Storage can't be shrunk: too much of it is paid for until the database is replaced.",
        remedy="let a Database take the tier's, or raise that in platform.yaml",
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
            Example(_DB, {"allocatedStorage": 20}, "prod", says="production has at least 100 GB"),
            Example(_DB, {"allocatedStorage": 20, "maxAllocatedStorage": 900}, says="maxAllocatedStorage is"),
        ),
    ),
    Rule(
        id="database-backups",
        title="A database's backups are kept as long as the tier asks for",
        why="Damage that is noticed late can only be undone from a backup that is still there.",
        remedy="let a Database take the tier's",
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
            Example(_DB, {"backupRetentionPeriod": 7}, "prod", says="at least 30"),
            Example(_AURORA, {"backupRetentionPeriod": 0}, says="is 0 days"),
        ),
    ),
    Rule(
        id="database-multi-az",
        title="A production database has a standby in another zone",
        why="Without one, the loss of a zone takes the service down until a backup is restored.",
        remedy="let a Database take the tier's",
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
        title="Production's databases and clusters refuse to be deleted",
        why="One wrong command, in a console or a script, would take the data with it.",
        remedy="let the component take the tier's",
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
        title="A cache's node type fits the tier",
        why="Memory is what a cache costs: production needs enough of it, nothing else needs as much.",
        remedy="let a Cache take the tier's, or raise that in platform.yaml",
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
            Example(_CACHE, {"nodeType": "cache.t3.tiny"}, says="of no size that AWS has"),
        ),
    ),
    Rule(
        id="cache-nodes",
        title="A production cache fails over by itself; no other cache has nodes to spare",
        why="A cache with one node is empty after every failure, and its database takes all the load.",
        remedy="let a Cache take the tier's",
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
            Example(_CACHE, {"numCacheClusters": 1}, "prod", says="has 1 node; production has at least 2"),
            Example(_CACHE, {"numCacheClusters": 2}, "prod", says="automaticFailoverEnabled is not on"),
            Example(_CACHE, {"numCacheClusters": 6}, says="development may have 2 at most"),
        ),
    ),
    Rule(
        id="cache-backups",
        title="A cache's snapshots are kept as long as the tier asks for",
        why="Sessions and queues that live in a cache are gone with it unless a snapshot is there.",
        remedy="let a Cache take the tier's",
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
        title="Autoscalers, and Deployments that state a number, run as many replicas as fit the tier",
        why="Fewer than three replicas can't spread over three zones; a hundred in development cost.",
        remedy="let a Workload take the tier's",
        severity="medium",
        controls=("NIST 800-53 CP-10",),
        types=(_DEPLOYMENT, *_AUTOSCALERS),
        check=_replicas,
        passing=(
            Example(_DEPLOYMENT, {"spec": {}}, "prod"),
            Example(_DEPLOYMENT, {"spec": {"replicas": 1}}),
            Example(_HPA, {"spec": {"minReplicas": 3, "maxReplicas": 9}}, "prod"),
        ),
        failing=(
            Example(_DEPLOYMENT, {"spec": {"replicas": 1}}, "prod", says="production runs at least 3"),
            Example(_HPA, {"spec": {"maxReplicas": 9}}, "prod", says="spec.minReplicas is 1"),
            Example(_HPA, {"spec": {"minReplicas": 3, "maxReplicas": 100}}, says="may run 10 at most"),
        ),
    ),
    Rule(
        id="compute-instance-type",
        title="Outside production, instances and nodes are of modest size",
        why="One large machine that nobody stops costs more than all of development.",
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
