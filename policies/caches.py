"""Caches: production has replicas, failover and snapshots; other tiers have few, small nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .flags import is_on
from .sizing import misfit, most

Findings = Iterator[str | Undetermined]

_CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
_CACHE_CLUSTER = "aws:elasticache/cluster:Cluster"
"""Memcached nodes, or a Redis or Valkey node: alone, or a member of a replication group."""


def _node_type(view: ResourceView, context: PolicyContext) -> Findings:
    name = view.get("nodeType")
    if name and (problem := misfit(name, context, "cache.node_type")):
        yield f"nodeType {name} {problem}"


def _nodes(view: ResourceView, context: PolicyContext) -> Findings:
    least, limit = context.size("cache.nodes"), most(context, "cache.nodes")
    if view.type == _CACHE_CLUSTER:
        if view.has("replicationGroupId"):  # counted as a member of that group
            return
        shards = [view.get("numCacheNodes") or 1]
    else:
        shards = _nodes_by_shard(view)
    fewest, total = min(shards), sum(shards)
    if context.tier == "production" and fewest < least:
        each = " in a shard" if len(shards) > 1 else ""
        yield f"has {fewest} node{'' if fewest == 1 else 's'}{each}; the minimum in production is {least}"
    if limit is not None and total > limit:
        yield f"has {total} nodes; the maximum in {context.tier} is {limit}"
    needs_failover = view.type == _CACHE and context.tier == "production" and least > 1
    if needs_failover and not is_on(view.get("automaticFailoverEnabled")):
        yield "automaticFailoverEnabled is not on: a failed primary is not replaced automatically"


def _nodes_by_shard(group: ResourceView) -> list[int]:
    """The number of nodes of each shard. Only a group with cluster mode has several."""
    configured = [shard.get("replicaCount") for shard in group.each("nodeGroupConfigurations")]
    if configured:
        default = group.get("replicasPerNodeGroup") or 0
        return [(default if replicas is None else replicas) + 1 for replicas in configured]
    nodes = group.get("numCacheClusters")
    if nodes is not None:
        return [nodes]
    replicas = group.get("replicasPerNodeGroup") or 0
    return [replicas + 1] * max(1, group.get("numNodeGroups") or 1)


def _backups(view: ResourceView, context: PolicyContext) -> Findings:
    if view.type == _CACHE_CLUSTER and (view.has("replicationGroupId") or view.get("engine") == "memcached"):
        return  # its group has the snapshots; Memcached has none
    days, least = view.get("snapshotRetentionLimit") or 0, context.size("cache.snapshot_retention_days")
    if days < least:
        yield f"snapshotRetentionLimit is {days} days; the minimum in {context.tier} is {least}"


CACHES: Final = (
    Rule(
        id="cache-node-type",
        title="The node type of a cache suits the tier",
        why="A cache is paid by its memory: production needs enough, other tiers need less.",
        remedy="use a Cache with the tier's default, or change that in platform.yaml",
        severity="medium",
        types=(_CACHE, _CACHE_CLUSTER),
        check=_node_type,
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
        types=(_CACHE, _CACHE_CLUSTER),
        check=_nodes,
        passing=(
            Example(_CACHE_CLUSTER, {"engine": "valkey"}),
            Example(_CACHE_CLUSTER, {"engine": "memcached", "numCacheNodes": 3}, "prod"),
            Example(_CACHE_CLUSTER, {"replicationGroupId": "orders"}, "prod"),
            Example(
                _CACHE,
                {"numNodeGroups": 3, "replicasPerNodeGroup": 1, "automaticFailoverEnabled": True},
                "prod",
            ),
            Example(_CACHE, {"numCacheClusters": 1}),
            Example(_CACHE, {"numCacheClusters": 2}),
            Example(_CACHE, {"numCacheClusters": 2, "automaticFailoverEnabled": True}, "prod"),
            Example(_CACHE, {"replicasPerNodeGroup": 1, "automaticFailoverEnabled": True}, "prod"),
        ),
        failing=(
            Example(_CACHE_CLUSTER, {}, "prod", says="has 1 node; the minimum"),
            Example(_CACHE_CLUSTER, {"engine": "memcached", "numCacheNodes": 40}, says="has 40 nodes"),
            Example(_CACHE, {"numNodeGroups": 50}, says="has 50 nodes; the maximum in development is 2"),
            Example(_CACHE, {"numNodeGroups": 2, "replicasPerNodeGroup": 1}, "staging", says="has 4 nodes"),
            Example(
                _CACHE,
                {"numNodeGroups": 2, "automaticFailoverEnabled": True},
                "prod",
                says="has 1 node in a shard",
            ),
            Example(
                _CACHE,
                {"nodeGroupConfigurations": [{"replicaCount": 2}, {"replicaCount": 0}]},
                "prod",
                says="has 1 node in a shard",
            ),
            Example(_CACHE, {"nodeGroupConfigurations": [{"nodeGroupId": "0001"}] * 3}, says="has 3 nodes"),
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
        types=(_CACHE, _CACHE_CLUSTER),
        check=_backups,
        passing=(
            Example(_CACHE, {}),
            Example(_CACHE, {"snapshotRetentionLimit": 7}, "prod"),
            Example(_CACHE_CLUSTER, {"engine": "memcached"}, "prod"),
            Example(_CACHE_CLUSTER, {"replicationGroupId": "orders"}, "prod"),
        ),
        failing=(
            Example(_CACHE, {}, "prod", says="snapshotRetentionLimit is 0 days"),
            Example(_CACHE, {"snapshotRetentionLimit": 0}, "staging"),
            Example(_CACHE_CLUSTER, {"engine": "redis"}, "prod"),
        ),
    ),
)
