"""Cache: Valkey on ElastiCache that is private and encrypted at rest and in transit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Final, Literal

import pulumi
from pulumi_aws import cloudwatch, ec2, elasticache, kms
from pydantic import AfterValidator, Field, Strict

from platform_components.aws.access import Access, ClientOutputs, Egress, GuardedPort, port_name
from platform_components.aws.cache_users import Authentication, CacheUsers, ClientName, DangerousCommand
from platform_components.aws.data_store import DataStore
from platform_components.aws.iam import Statement
from platform_components.aws.instance_classes import NodeType
from platform_components.aws.keys import KmsKeyArn, create_key
from platform_components.aws.log_retention import LogRetentionDays
from platform_components.aws.network import NetworkOutputs
from platform_components.aws.regions import region_problems
from platform_components.aws.snapshots import final_snapshot_name
from platform_components.aws.suffixes import with_suffix_of
from platform_components.aws.valkey import (
    ParameterName,
    ValkeyVersion,
    family_of,
    parameter_problems,
)
from platform_components.aws.windows import DAILY, WEEKLY, daily_window, weekly_window, windows_overlap
from platform_components.base import (
    Component,
    ComponentArgs,
    Context,
    Flag,
    Input,
    InvalidInput,
    Problem,
    sized,
)
from platform_components.base.outputs import IfMissing
from platform_components.base.values import in_schema

PORT: Final = 6379
"""The port of every cache."""

NodeCount = Annotated[int, Strict(), Field(ge=1, le=6)]
"""A primary and up to five replicas."""
SnapshotDays = Annotated[int, Strict(), Field(ge=0, le=35)]
"""Retention of automatic snapshots, in days."""
SnapshotWindow = Annotated[str, AfterValidator(daily_window(at_least=60)), in_schema(DAILY)]
"""A daily time range in UTC such as `02:00-03:00`."""
MaintenanceWindow = Annotated[str, AfterValidator(weekly_window(at_least=60)), in_schema(WEEKLY)]
"""A weekly time range in UTC such as `sun:03:30-sun:04:30`."""
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
            **dict.fromkeys(("auth", "auth_token", "password"), "authentication"),
            "users": "clients",
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
    """Valkey parameters that differ from ElastiCache's defaults. Names and values are checked for
    `engine_version`. All take effect immediately; `databases` can't be changed later."""

    authentication: Authentication = "required"
    """Whether connections must authenticate with the IAM token of a user. `preferred` also allows connections
    without authentication, with all commands: only for migrating the clients of a cache that was deployed
    without users."""

    clients: tuple[ClientName, ...] = ()
    """Further services that use the cache. Each has its own user: `outputs.access(client="reports")`."""

    dangerous_commands: tuple[DangerousCommand, ...] = ()
    """Commands of Valkey's category `dangerous` that clients may use, such as `flushdb` or `keys`. Default:
    none, except `info`. Administrative commands are never allowed."""

    snapshot_retention_days: SnapshotDays = sized("cache.snapshot_retention_days")
    """Retention of daily snapshots in days (0-35). 0 disables snapshots."""

    snapshot_window: SnapshotWindow = "02:00-03:00"
    """Daily time range, in UTC, in which the snapshot starts."""

    maintenance_window: MaintenanceWindow = "sun:03:30-sun:04:30"
    """Weekly time range, in UTC, for updates of the nodes by AWS."""

    final_snapshot: Flag = sized("cache.final_snapshot")
    """Create a final snapshot when the cache is deleted."""

    log_retention_days: LogRetentionDays = sized("cache.log_retention_days")
    """Retention of the slow log and the engine log in CloudWatch Logs, in days."""

    create_kms_key: Flag = sized("encryption.create_kms_key")
    """Create a KMS key, at 1 USD per month, that encrypts nodes, snapshots and logs, unless `kms_key_arn` is
    set. Of a cache that exists, it encrypts only the logs. Disabling it later replaces the cache."""

    kms_key_arn: Input[KmsKeyArn] | None = None
    """KMS key that encrypts nodes and snapshots. Changing it replaces the cache and loses its data.
    Default: see `create_kms_key`; without it, a key that ElastiCache manages, at no cost."""

    log_kms_key_arn: Input[KmsKeyArn] | None = None
    """KMS key that encrypts the logs; its policy must allow CloudWatch Logs to use it. Default: see
    `create_kms_key`; without it, a key that CloudWatch Logs manages, at no cost."""

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
        others = {name: value for name, value in self.parameters.items() if name not in _OWNED_PARAMETERS}
        yield from parameter_problems(self.engine_version, others)
        for field, values in (("clients", self.clients), ("dangerous_commands", self.dangerous_commands)):
            for value in sorted({value for value in values if values.count(value) > 1}):
                yield Problem(field, "is listed twice", "remove one of them", value)


_OWNED_PARAMETERS: Final = {
    "maxmemory-policy": "set eviction",
    "cluster-enabled": "remove it: all nodes of a cache have all the data",
}


class CacheOutputs(ClientOutputs):
    """Outputs of `Cache`. Clients connect with TLS and the IAM token of a user."""

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
    user_name: Annotated[pulumi.Output[str], IfMissing("")]
    """User of the service that owns the cache; empty for a cache without users."""
    client_user_names: Annotated[pulumi.Output[Mapping[str, str]], IfMissing({})]
    """Users of further services, by their names in `clients`."""

    prefix = "CACHE"
    variables = MappingProxyType(
        {
            "HOST": lambda cache: cache.primary_endpoint,
            "PORT": lambda cache: cache.port.apply(str),
            "TLS": lambda _: "true",
            "NAME": lambda cache: cache.arn.apply(lambda arn: arn.rpartition(":")[2]),
            "USER": lambda cache: cache.user_name,
            "AUTHENTICATION": lambda cache: cache.user_name.apply(lambda user: "iam" if user else "none"),
        }
    )

    def access(self, prefix: str = "", *, client: str = "") -> Access:
        """Return what a client needs to connect to the primary. Variables: `CACHE_HOST`, `_PORT`, `_TLS`,
        `_NAME`, the name of the replication group that tokens are signed for, `_USER` and `_AUTHENTICATION`,
        which is `iam`, or `none` for a cache without users.

        `client` is one of the cache's `clients`. Default: the service that owns the cache.
        """
        prefix = prefix or self.prefix
        user = self.user_name
        if client:
            user = self.client_user_names.apply(lambda users: _user(users, client))
        access = super().access(prefix)
        return replace(
            access,
            environment={**access.environment, f"{prefix}_USER": user},
            statements=(
                Statement(
                    ("elasticache:Connect",),
                    [self.arn, pulumi.Output.all(self.arn, user).apply(lambda known: _user_arn(*known))],
                    sid="ConnectToCache",
                ),
            ),
            ports=(GuardedPort(port_name(prefix), self.security_group_id, self.port),),
            egress=(Egress(self.port, in_data_subnets=True),),
        )


def _user(users: Mapping[str, str], client: str) -> str:
    if client not in users:
        what = "is not a client of the cache"
        remedy = "add it to clients of the cache, and deploy the cache's stack"
        raise InvalidInput("Access", [Problem("client", what, remedy, client)])
    return users[client]


def _user_arn(arn: str, user: str) -> str:
    """Return the ARN of a user, next to the cache's; empty if there is none."""
    return ":".join([*arn.split(":")[:5], "user", user]) if user else ""


class Cache(Component[CacheArgs, CacheOutputs], CacheOutputs, kind="Cache"):
    """A Valkey replication group with its users, subnet group, security group, parameters and logs.

    In the production tier it has a replica in another zone and daily snapshots, and is protected. Changes
    are applied immediately, while the cache stays available. No client can connect at first: each adds a
    `vpc.SecurityGroupIngressRule` from its own security group to `security_group_id`, and authenticates with
    an IAM token as its own user, which `outputs.access()` allows. There are no passwords.
    """

    child_types = MappingProxyType(
        {
            "subnet-group": elasticache.SubnetGroup,
            "security-group": ec2.SecurityGroup,
            "parameters": elasticache.ParameterGroup,
            "user": elasticache.User,
            "client": elasticache.User,
            "user-group": elasticache.UserGroup,
            "key": kms.Key,
            "key-policy": kms.KeyPolicy,
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
            family=family_of(args.engine_version),
            parameters=_parameters(args),
        )
        users = CacheUsers.of(
            self,
            clients=args.clients,
            commands=args.dangerous_commands,
            authentication=args.authentication,
            sibling=store.subnet_group.name,
        )
        own_key = args.create_kms_key and args.kms_key_arn is None
        key_arn = create_key(self, f"Cache {name}") if own_key else None
        logs = cloudwatch.LogGroup(
            f"{name}-logs",
            name=_log_group_name(name, store.subnet_group.name),
            retention_in_days=args.log_retention_days,
            kms_key_id=key_arn if args.log_kms_key_arn is None else args.log_kms_key_arn,
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
            kms_key_id=args.kms_key_arn if key_arn is None else key_arn,
            user_group_ids=[users.group_id],
            snapshot_retention_limit=args.snapshot_retention_days,
            snapshot_window=args.snapshot_window,
            maintenance_window=args.maintenance_window,
            final_snapshot_identifier=final_snapshot,
            log_delivery_configurations=[_delivery("slow-log", logs), _delivery("engine-log", logs)],
            # A cache that was created before the key keeps its own: a change would replace it.
            opts=(self.stateful_child if args.keeps_data else self.child)(
                ignore_changes=["kms_key_id"] if own_key else None
            ),
        )

        self.finish(
            CacheOutputs(
                primary_endpoint=group.primary_endpoint_address,
                reader_endpoint=group.reader_endpoint_address,
                port=group.port.apply(lambda port: port or PORT),
                security_group_id=store.security_group.id,
                arn=group.arn,
                user_name=users.owner,
                client_user_names=users.clients,
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
        if self.args.authentication != "required":
            parts.append("authentication optional")
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
    return with_suffix_of(sibling, f"/aws/vendedlogs/{name}")


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
