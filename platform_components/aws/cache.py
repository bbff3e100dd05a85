"""Cache: Valkey on ElastiCache that is private and encrypted at rest and in transit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

import pulumi
from pulumi_aws import cloudwatch, ec2, elasticache
from pydantic import AfterValidator, Field, Strict

from platform_components.aws.access import Access, ClientOutputs, Egress, GuardedPort, port_name
from platform_components.aws.data_store import DataStore
from platform_components.aws.instance_classes import NodeType
from platform_components.aws.keys import KmsKeyArn
from platform_components.aws.log_retention import LogRetentionDays
from platform_components.aws.network import NetworkOutputs
from platform_components.aws.snapshots import final_snapshot_name
from platform_components.aws.windows import daily_window, weekly_window, windows_overlap
from platform_components.base import (
    Component,
    ComponentArgs,
    Context,
    Flag,
    Input,
    Problem,
    sized,
)

PORT: Final = 6379
"""The port of every cache."""

VERSIONS: Final = ("7.2", "8.0", "8.1", "8.2", "9.0", "9.1")
"""Valkey versions that ElastiCache runs (source: its user guide, engine versions)."""


def _version(value: str) -> str:
    if value not in VERSIONS:
        raise ValueError(f"must be a Valkey version that ElastiCache runs: {', '.join(VERSIONS)}")
    return value


def _parameter(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", value):
        raise ValueError("must be a Valkey parameter such as timeout or notify-keyspace-events")
    return value


ValkeyVersion = Annotated[str, AfterValidator(_version)]
"""A version such as `8.0`."""
NodeCount = Annotated[int, Strict(), Field(ge=1, le=6)]
"""A primary and up to five replicas."""
SnapshotDays = Annotated[int, Strict(), Field(ge=0, le=35)]
"""Days that ElastiCache keeps a snapshot."""
SnapshotWindow = Annotated[str, AfterValidator(daily_window(at_least=60))]
"""A daily time range in UTC such as `02:00-03:00`."""
MaintenanceWindow = Annotated[str, AfterValidator(weekly_window(at_least=60))]
"""A weekly time range in UTC such as `sun:03:30-sun:04:30`."""
ParameterName = Annotated[str, AfterValidator(_parameter)]
"""Name of a parameter of Valkey."""
Eviction = Literal[
    "volatile-lru",
    "volatile-lfu",
    "volatile-ttl",
    "volatile-random",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
]


_DEFAULT_EVICTION: Final = "volatile-lru"
"""ElastiCache's own, as long as nothing else is asked for."""


class CacheArgs(ComponentArgs):
    """What a cache is told. Every field may be left out."""

    also_known_as = MappingProxyType(
        {
            "engine": "",  # it is always Valkey
            "version": "engine_version",
            **dict.fromkeys(("instance_class", "instance_type", "size"), "node_type"),
            "replicas": "nodes",
            "retention": "snapshot_retention_days",
        }
    )

    engine_version: ValkeyVersion = "8.0"
    """Valkey version, which nothing but this field moves: the provider would replace the cache to go
    back to it. AWS applies patches by itself. A lower version replaces the cache: its data is lost."""

    node_type: NodeType = sized("cache.node_type")
    """Node type of ElastiCache, which decides memory and cost. A change is made online."""

    nodes: NodeCount = sized("cache.nodes")
    """Nodes, each with all the data: a primary and up to five replicas, in different zones as far as
    these go. From two on, a replica takes over when the primary fails."""

    eviction: Eviction = _DEFAULT_EVICTION
    """What goes when memory is full. `volatile-…`: only keys with an expiry, and when there are none
    writes fail; `allkeys-…`: any key; `noeviction`: writes fail."""

    parameters: Mapping[ParameterName, str] = Field(default_factory=dict)
    """Valkey parameters on top of ElastiCache's own."""

    snapshot_retention_days: SnapshotDays = sized("cache.snapshot_retention_days")
    """Days that daily snapshots are kept, 35 at most. 0: none are made."""

    snapshot_window: SnapshotWindow = "02:00-03:00"
    """When the daily snapshot starts, in UTC."""

    maintenance_window: MaintenanceWindow = "sun:03:30-sun:04:30"
    """When AWS updates the nodes, in UTC."""

    final_snapshot: Flag = sized("cache.final_snapshot")
    """Keep a snapshot of a deleted cache."""

    log_retention_days: LogRetentionDays = 30
    """Days that CloudWatch keeps the slow log and the engine's log."""

    kms_key_arn: Input[KmsKeyArn] | None = None
    """KMS key that encrypts nodes and snapshots. A change replaces the cache: its data is lost.
    Left out: a key that ElastiCache manages, at no cost."""

    @property
    def keeps_data(self) -> bool:
        """Whether what is in the cache is worth a snapshot, and so worth a protection."""
        return self.final_snapshot or self.snapshot_retention_days > 0

    def problems(self, context: Context) -> Iterable[Problem]:
        if windows_overlap(self.snapshot_window, self.maintenance_window):
            what = f"overlaps maintenance_window, which is {self.maintenance_window}"
            remedy = "AWS refuses that; move one of the two"
            yield Problem("snapshot_window", what, remedy, self.snapshot_window)
        for name, remedy in _OWNED_PARAMETERS.items():
            if name in self.parameters:
                yield Problem(f"parameters.{name}", "can't be set here", remedy, self.parameters[name])


_OWNED_PARAMETERS: Final = {
    "maxmemory-policy": "set eviction",
    "cluster-enabled": "remove it: all nodes of a cache have all the data",
}


class CacheOutputs(ClientOutputs):
    """Outputs of a cache. Clients connect with TLS, without a password."""

    primary_endpoint: pulumi.Output[str]
    """Host name for reads and writes; it follows a failover."""
    reader_endpoint: pulumi.Output[str]
    """Host name for reads, spread over the replicas."""
    port: pulumi.Output[int]
    """Port that clients connect to."""
    security_group_id: pulumi.Output[str]
    """Security group that lets nobody in until a client adds a rule for itself."""
    arn: pulumi.Output[str]
    """ARN of the replication group."""

    prefix = "CACHE"
    variables = MappingProxyType(
        {
            "HOST": lambda cache: cache.primary_endpoint,
            "PORT": lambda cache: cache.port.apply(str),
            "TLS": lambda _: "true",
        }
    )

    def access(self, prefix: str = "") -> Access:
        """Connecting to the primary. Variables: `CACHE_HOST`, `CACHE_PORT` and `CACHE_TLS`."""
        prefix = prefix or self.prefix
        return Access(
            environment=self._environment(prefix),
            ports=(GuardedPort(port_name(prefix), self.security_group_id, self.port),),
            egress=(Egress(self.port),),
        )


class Cache(Component[CacheArgs, CacheOutputs], CacheOutputs, kind="Cache"):
    """A Valkey replication group with its subnet group, security group, parameters and logs.

    In the production tier it has a replica in another zone, takes snapshots and is protected. Changes
    take effect at once: ElastiCache makes them online. Nobody reaches the cache at first: a client adds
    a `vpc.SecurityGroupIngressRule` from its own security group to `security_group_id`. That rule is the
    whole of the access control: there is no password, which would lie in the state, and no users yet.
    So every service of a cluster that has a cache can read the others'.
    """

    child_types = MappingProxyType(
        {
            "subnet-group": elasticache.SubnetGroup,
            "security-group": ec2.SecurityGroup,
            "parameters": elasticache.ParameterGroup,
            "logs": cloudwatch.LogGroup,
            "group": elasticache.ReplicationGroup,
        }
    )
    longest_name = 26  # with "-group" and a suffix of 8 the 40 characters of a replication group's id

    def __init__(
        self,
        name: str,
        args: CacheArgs | None = None,
        *,
        context: Context,
        network: NetworkOutputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args or CacheArgs(), context, opts)
        args = self.args
        replicated = args.nodes > 1

        store = DataStore.of(
            self,
            "cache",
            network,
            subnet_group=elasticache.SubnetGroup,
            parameter_group=elasticache.ParameterGroup,
            family=f"valkey{args.engine_version.partition('.')[0]}",
            parameters=_parameters(args),
        )
        logs = cloudwatch.LogGroup(
            f"{name}-logs",
            name=_log_group_name(name, store.subnet_group.name),
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        final_snapshot = final_snapshot_name(name, store.subnet_group.name) if args.final_snapshot else None
        group = elasticache.ReplicationGroup(
            f"{name}-group",
            description=f"Cache {name}",
            engine="valkey",
            engine_version=args.engine_version,
            auto_minor_version_upgrade=False,
            apply_immediately=True,
            node_type=args.node_type,
            num_cache_clusters=args.nodes,
            automatic_failover_enabled=replicated,
            multi_az_enabled=replicated,
            port=PORT,
            subnet_group_name=store.subnet_group.name,
            security_group_ids=[store.security_group.id],
            parameter_group_name=store.parameter_group.name,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            kms_key_id=args.kms_key_arn,
            snapshot_retention_limit=args.snapshot_retention_days,
            snapshot_window=args.snapshot_window,
            maintenance_window=args.maintenance_window,
            final_snapshot_identifier=final_snapshot,
            log_delivery_configurations=[_delivery("slow-log", logs), _delivery("engine-log", logs)],
            opts=self.stateful_child() if args.keeps_data else self.child(),
        )

        self.finish(
            CacheOutputs(
                primary_endpoint=group.primary_endpoint_address,
                reader_endpoint=group.reader_endpoint_address,
                port=group.port.apply(lambda port: port or PORT),
                security_group_id=store.security_group.id,
                arn=group.arn,
            )
        )

    @property
    def summary(self) -> str:
        facts = [f"valkey {self.args.engine_version}", self.args.node_type]
        if self.args.nodes > 1:
            facts.append(f"{self.args.nodes} nodes, failover")
        return " · ".join(facts)


def _log_group_name(name: str, sibling: pulumi.Output[str]) -> pulumi.Output[str]:
    """A name that needs no room in the one resource policy that lets AWS write logs in an account.

    That policy takes 5,120 characters, and so some dozens of groups, unless their names start as this
    one does. It ends as the physical name of a `sibling` does, so that it is free.
    """
    return sibling.apply(lambda physical: f"/aws/vendedlogs/{name}-{physical.rpartition('-')[2]}")


def _parameters(args: CacheArgs) -> list[elasticache.ParameterGroupParameterArgsDict]:
    wanted = dict(args.parameters)
    # The provider reads back only what differs from the default: a plan would never be empty.
    if args.eviction != _DEFAULT_EVICTION:
        wanted["maxmemory-policy"] = args.eviction
    return [{"name": name, "value": value} for name, value in sorted(wanted.items())]


def _delivery(
    log_type: str, logs: cloudwatch.LogGroup
) -> elasticache.ReplicationGroupLogDeliveryConfigurationArgsDict:
    return {
        "log_type": log_type,
        "log_format": "json",
        "destination_type": "cloudwatch-logs",
        "destination": logs.name,
    }
