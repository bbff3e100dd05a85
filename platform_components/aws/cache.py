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
from platform_components.aws.regions import region_problems
from platform_components.aws.snapshots import final_snapshot_name
from platform_components.aws.windows import DAILY, WEEKLY, daily_window, weekly_window, windows_overlap
from platform_components.base import (
    Component,
    ComponentArgs,
    Context,
    Flag,
    Input,
    Problem,
    sized,
)
from platform_components.base.values import InSchema, in_schema

PORT: Final = 6379
"""The port of every cache."""

VERSIONS: Final = ("7.2", "8.0", "8.1", "8.2", "9.0", "9.1")
"""Valkey versions that ElastiCache supports (source: ElastiCache user guide, engine versions)."""

_PARAMETER = re.compile(r"[a-z][a-z0-9-]*")


def _version(value: str) -> str:
    if value not in VERSIONS:
        raise ValueError(f"must be a Valkey version that ElastiCache supports: {', '.join(VERSIONS)}")
    return value


def _parameter(value: str) -> str:
    if not _PARAMETER.fullmatch(value):
        raise ValueError("must be a Valkey parameter such as timeout or notify-keyspace-events")
    return value


ValkeyVersion = Annotated[str, AfterValidator(_version), InSchema({"enum": list(VERSIONS)})]
"""A version such as `8.0`."""
NodeCount = Annotated[int, Strict(), Field(ge=1, le=6)]
"""A primary and up to five replicas."""
SnapshotDays = Annotated[int, Strict(), Field(ge=0, le=35)]
"""Retention of automatic snapshots, in days."""
SnapshotWindow = Annotated[str, AfterValidator(daily_window(at_least=60)), in_schema(DAILY)]
"""A daily time range in UTC such as `02:00-03:00`."""
MaintenanceWindow = Annotated[str, AfterValidator(weekly_window(at_least=60)), in_schema(WEEKLY)]
"""A weekly time range in UTC such as `sun:03:30-sun:04:30`."""
ParameterName = Annotated[str, AfterValidator(_parameter), in_schema(_PARAMETER)]
"""Name of a Valkey parameter."""
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
"""ElastiCache's default."""


class CacheArgs(ComponentArgs):
    """Arguments of `Cache`. None are required."""

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
    """Valkey version. Automatic minor upgrades are disabled, because the provider would replace the cache
    to undo them; AWS still applies patches. A lower version replaces the cache and loses its data."""

    node_type: NodeType = sized("cache.node_type")
    """Node type of ElastiCache, which determines memory and cost. Changing it does not stop the cache."""

    nodes: NodeCount = sized("cache.nodes")
    """Number of nodes, each with all the data: a primary and up to five replicas, spread across zones.
    With two or more, a replica is promoted when the primary fails."""

    eviction: Eviction = _DEFAULT_EVICTION
    """Keys to evict when memory is full. `volatile-…`: only keys with an expiry; without any, writes
    fail. `allkeys-…`: any key. `noeviction`: none; writes fail."""

    parameters: Mapping[ParameterName, str] = Field(default_factory=dict)
    """Valkey parameters that differ from ElastiCache's defaults."""

    snapshot_retention_days: SnapshotDays = sized("cache.snapshot_retention_days")
    """Retention of daily snapshots in days (0-35). 0 disables snapshots."""

    snapshot_window: SnapshotWindow = "02:00-03:00"
    """Daily time range, in UTC, in which the snapshot starts."""

    maintenance_window: MaintenanceWindow = "sun:03:30-sun:04:30"
    """Weekly time range, in UTC, for updates of the nodes by AWS."""

    final_snapshot: Flag = sized("cache.final_snapshot")
    """Create a final snapshot when the cache is deleted."""

    log_retention_days: LogRetentionDays = 30
    """Retention of the slow log and the engine log in CloudWatch Logs, in days."""

    kms_key_arn: Input[KmsKeyArn] | None = None
    """KMS key that encrypts nodes and snapshots. Changing it replaces the cache and loses its data.
    Default: a key that ElastiCache manages, at no cost."""

    @property
    def keeps_data(self) -> bool:
        """Whether the cache has snapshots, and is therefore protected in the production tier."""
        return self.final_snapshot or self.snapshot_retention_days > 0

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from region_problems(context, kms_key_arn=self.kms_key_arn, node_type=self.node_type)
        if windows_overlap(self.snapshot_window, self.maintenance_window):
            what = f"overlaps maintenance_window, which is {self.maintenance_window}"
            remedy = "ElastiCache rejects overlapping windows; move one of them"
            yield Problem("snapshot_window", what, remedy, self.snapshot_window)
        for name, remedy in _OWNED_PARAMETERS.items():
            if name in self.parameters:
                yield Problem(f"parameters.{name}", "can't be set here", remedy, self.parameters[name])


_OWNED_PARAMETERS: Final = {
    "maxmemory-policy": "set eviction",
    "cluster-enabled": "remove it: all nodes of a cache have all the data",
}


class CacheOutputs(ClientOutputs):
    """Outputs of `Cache`. Clients connect with TLS, without a password."""

    primary_endpoint: pulumi.Output[str]
    """Host name for reads and writes; after a failover it resolves to the new primary."""
    reader_endpoint: pulumi.Output[str]
    """Host name for reads, distributed across the replicas."""
    port: pulumi.Output[int]
    """Port for clients."""
    security_group_id: pulumi.Output[str]
    """ID of the security group, which allows no inbound traffic until a client adds an ingress rule."""
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
        """Return what a client needs to connect to the primary. Variables: `CACHE_HOST`, `CACHE_PORT` and
        `CACHE_TLS`."""
        prefix = prefix or self.prefix
        return Access(
            environment=self._environment(prefix),
            ports=(GuardedPort(port_name(prefix), self.security_group_id, self.port),),
            egress=(Egress(self.port, in_data_subnets=True),),
        )


class Cache(Component[CacheArgs, CacheOutputs], CacheOutputs, kind="Cache"):
    """A Valkey replication group with its subnet group, security group, parameters and logs.

    In the production tier it has a replica in another zone and daily snapshots, and is protected. Changes
    are applied immediately, while the cache stays available. No client can connect at first: each adds a
    `vpc.SecurityGroupIngressRule` from its own security group to `security_group_id`. That rule is the
    only access control: there is no password, because it would be in the state, and no users yet. Each
    service of a cluster that has a cache can therefore read the caches of the others.
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
    longest_name = 26  # with "-group" and a random suffix of 8, the limit of 40 of a replication group's ID

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
        parts = [
            self.stated(f"valkey {self.args.engine_version}", "group.engine_version", "group.engine"),
            self.stated(self.args.node_type, "group.node_type"),
        ]
        if self.args.nodes > 1:
            nodes, failover = f"{self.args.nodes} nodes", "group.automatic_failover_enabled"
            parts.append(self.stated(f"{nodes}, failover", *_NODE_COUNTS, failover, "group.multi_az_enabled"))
        return " · ".join(filter(None, parts))


_NODE_COUNTS: Final = (
    "group.num_cache_clusters",
    "group.num_node_groups",
    "group.replicas_per_node_group",
    "group.node_group_configurations",
)
"""The arguments that determine the number of nodes."""


def _log_group_name(name: str, sibling: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return the name of the log group, which starts with `/aws/vendedlogs/`.

    Every other name is added to the account's resource policy for log delivery, whose 5,120 characters
    have room for some dozens of log groups. The suffix is that of the physical name of a `sibling`, so
    that the name is unique.
    """
    return sibling.apply(lambda physical: f"/aws/vendedlogs/{name}-{physical.rpartition('-')[2]}")


def _parameters(args: CacheArgs) -> list[elasticache.ParameterGroupParameterArgsDict]:
    parameters = dict(args.parameters)
    # The provider reads only values that differ from the default: every plan would show a change.
    if args.eviction != _DEFAULT_EVICTION:
        parameters["maxmemory-policy"] = args.eviction
    return [{"name": name, "value": value} for name, value in sorted(parameters.items())]


def _delivery(
    log_type: str, logs: cloudwatch.LogGroup
) -> elasticache.ReplicationGroupLogDeliveryConfigurationArgsDict:
    return {
        "log_type": log_type,
        "log_format": "json",
        "destination_type": "cloudwatch-logs",
        "destination": logs.name,
    }
