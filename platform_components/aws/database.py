"""Database: PostgreSQL on RDS that is private, encrypted, backed up and reached through TLS alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

import pulumi
from pulumi_aws import ec2, rds
from pydantic import AfterValidator, Field, Strict

from platform_components.aws.access import Access, ClientOutputs, Egress, GuardedPort, port_name
from platform_components.aws.data_store import DataStore
from platform_components.aws.instance_classes import InstanceClass
from platform_components.aws.keys import KmsKeyArn
from platform_components.aws.network import NetworkOutputs
from platform_components.aws.postgres import (
    DatabaseName,
    ParameterName,
    PostgresVersion,
    Username,
    apply_method,
    database_name_of,
)
from platform_components.aws.snapshots import final_snapshot_name
from platform_components.aws.windows import daily_window, weekly_window, windows_overlap
from platform_components.base import Component, ComponentArgs, Context, Flag, Input, Problem, sized

PORT: Final = 5432
"""The port of every database."""

# Sent even where it is PostgreSQL's own default (15 and later): what is sent can't drift unseen.
_FORCE_TLS: Final = {"rds.force_ssl": "1"}

_INSIGHTS_DAYS: Final = {"standard": 7, "advanced": 465}

StorageGb = Annotated[int, Strict(), Field(ge=20, le=65536)]
"""Storage of a gp3 volume under PostgreSQL, in GiB."""
BackupDays = Annotated[int, Strict(), Field(ge=0, le=35)]
"""Days that RDS keeps automated backups."""
BackupWindow = Annotated[str, AfterValidator(daily_window(at_least=30))]
"""A daily time range in UTC such as `02:00-03:00`."""
MaintenanceWindow = Annotated[str, AfterValidator(weekly_window(at_least=30))]
"""A weekly time range in UTC such as `sun:03:30-sun:04:30`."""


class DatabaseArgs(ComponentArgs):
    """What a database is told. Every field may be left out."""

    also_known_as = MappingProxyType(
        {
            "engine": "",  # it is always PostgreSQL
            "version": "engine_version",
            **dict.fromkeys(("instance_type", "size"), "instance_class"),
            "storage": "storage_gb",
            **dict.fromkeys(("retention", "backup", "backups"), "backup_retention_days"),
            "db_name": "database_name",
            "user": "username",
        }
    )

    engine_version: PostgresVersion = "17"
    """PostgreSQL version. A major such as `17`: AWS moves the minor, in the maintenance window, and no
    plan moves it back. With its minor, such as `17.4`: that one, and nothing moves it but this field."""

    allow_major_upgrade: Flag = False
    """Let a change of the major version through. Takes the database down for minutes, at once and not
    in the maintenance window, together with every other change of the same deployment."""

    instance_class: InstanceClass = sized("database.instance_class")
    """Instance class of RDS, which decides memory, processors and most of the cost. A change restarts
    the database in the maintenance window."""

    storage_gb: StorageGb = sized("database.storage_gb")
    """Storage (gp3) in GiB. It can grow, never shrink."""

    max_storage_gb: StorageGb | None = None
    """Where growth by itself ends, in GiB, for when storage runs low. Left out: it never grows by itself."""

    multi_az: Flag = sized("database.multi_az")
    """Keep a standby in another availability zone, at twice the price, and fail over to it."""

    backup_retention_days: BackupDays = sized("database.backup_retention_days")
    """Days that automated backups reach back, 35 at most, each second of them restorable. 0: no backups."""

    backup_window: BackupWindow = "02:00-03:00"
    """When the daily backup starts, in UTC."""

    maintenance_window: MaintenanceWindow = "sun:03:30-sun:04:30"
    """When AWS updates the database and what was changed takes effect, in UTC."""

    deletion_protection: Flag = sized("database.deletion_protection")
    """Have AWS refuse to delete the database, whoever asks."""

    final_snapshot: Flag = sized("database.final_snapshot")
    """Keep a snapshot, and the automated backups to the end of their retention, of a deleted database."""

    database_name: DatabaseName | None = None
    """The database that exists at the start. A change replaces the instance: its data is lost.
    Left out: the component's name with `_` for `-`."""

    username: Username = "app_admin"
    """The first user, who may do everything. A change replaces the instance: its data is lost."""

    parameters: Mapping[ParameterName, str] = Field(default_factory=dict)
    """PostgreSQL parameters on top of RDS's own. Those that PostgreSQL reads at its start wait for one.
    Leave out what equals RDS's default: every plan would show it as a change."""

    insights: Literal["standard", "advanced"] = "standard"
    """Mode of CloudWatch Database Insights: seven days of load by query at no cost, or 15 months at a
    price per vCPU."""

    iam_authentication: Flag = True
    """Let roles that may `rds-db:connect` log in with a token of 15 minutes in place of a password."""

    kms_key_arn: Input[KmsKeyArn] | None = None
    """KMS key that encrypts storage, backups and insights. A change replaces the instance: its data is
    lost. Left out: the key that AWS holds for RDS in the account, at no cost."""

    def problems(self, context: Context) -> Iterable[Problem]:
        backups, most = self.backup_retention_days, self.max_storage_gb
        if context.production and backups == 0:
            what = "must be at least 1 in the production tier"
            yield Problem("backup_retention_days", what, "remove it to get the tier's default", backups)
        if most is not None and most * 10 < self.storage_gb * 11:
            what = f"must be at least 10% more than storage_gb, which is {self.storage_gb}"
            yield Problem("max_storage_gb", what, "raise it, or remove it for storage that stays", most)
        if windows_overlap(self.backup_window, self.maintenance_window):
            what = f"overlaps maintenance_window, which is {self.maintenance_window}"
            yield Problem("backup_window", what, "AWS refuses that; move one of the two", self.backup_window)
        for name, value in _FORCE_TLS.items():
            if self.parameters.get(name, value) != value:
                what = f'must be "{value}": connections without TLS stay refused'
                yield Problem(f"parameters.{name}", what, "remove it", self.parameters[name])


class DatabaseOutputs(ClientOutputs):
    """Outputs of a database. The password is not among them: it is in the secret."""

    address: pulumi.Output[str]
    """Host name that clients connect to; it follows a failover."""
    port: pulumi.Output[int]
    """Port that clients connect to."""
    database_name: pulumi.Output[str]
    """The database that exists from the start."""
    username: pulumi.Output[str]
    """The first user."""
    secret_arn: pulumi.Output[str]
    """ARN of the secret, kept and rotated by RDS, with the first user's `username` and `password`."""
    security_group_id: pulumi.Output[str]
    """Security group that lets nobody in until a client adds a rule for itself."""
    arn: pulumi.Output[str]
    """ARN of the instance."""
    resource_id: pulumi.Output[str]
    """The instance in ARNs of `rds-db:connect`: `arn:aws:rds-db:<region>:<account>:dbuser:<it>/<user>`."""

    prefix = "DATABASE"
    variables = MappingProxyType(
        {
            "HOST": lambda database: database.address,
            "PORT": lambda database: database.port.apply(str),
            "NAME": lambda database: database.database_name,
            "SECRET_ARN": lambda database: database.secret_arn,
            # Not verify-full: images don't carry the certificates of RDS.
            "SSLMODE": lambda _: "require",
        }
    )

    def access(self, prefix: str = "") -> Access:
        """Connecting with the user and password of the secret. Variables: `DATABASE_HOST`, `_PORT`,
        `_NAME`, `_SECRET_ARN` and `_SSLMODE`."""
        prefix = prefix or self.prefix
        return Access(
            environment=self._environment(prefix),
            secrets={f"{prefix}_SECRET_ARN": self.secret_arn},
            ports=(GuardedPort(port_name(prefix), self.security_group_id, self.port),),
            egress=(Egress(self.port),),
        )


class Database(Component[DatabaseArgs, DatabaseOutputs], DatabaseOutputs, kind="Database"):
    """A PostgreSQL instance with its subnet group, security group and parameters.

    In the production tier it has a standby, is protected, refuses deletion and leaves a final snapshot.
    Nobody reaches it at first: a client adds a `vpc.SecurityGroupIngressRule` from its own security
    group to `security_group_id`. Logs go to CloudWatch under `/aws/rds/instance/<identifier>/`, which
    RDS creates without an end of retention.
    """

    child_types = MappingProxyType(
        {
            "subnet-group": rds.SubnetGroup,
            "security-group": ec2.SecurityGroup,
            "parameters": rds.ParameterGroup,
            "instance": rds.Instance,
        }
    )

    def __init__(
        self,
        name: str,
        args: DatabaseArgs | None = None,
        *,
        context: Context,
        network: NetworkOutputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args or DatabaseArgs(), context, opts)
        args = self.args
        major, _, minor = args.engine_version.partition(".")

        store = DataStore.of(
            self,
            "database",
            network,
            subnet_group=rds.SubnetGroup,
            parameter_group=rds.ParameterGroup,
            family=f"postgres{major}",
            parameters=_parameters(args),
        )
        final_snapshot = final_snapshot_name(name, store.subnet_group.name) if args.final_snapshot else None
        instance = rds.Instance(
            f"{name}-instance",
            engine="postgres",
            engine_version=args.engine_version,
            auto_minor_version_upgrade=not minor,
            allow_major_version_upgrade=args.allow_major_upgrade,
            # A major upgrade that waited for its window would keep the old parameter group in use.
            apply_immediately=args.allow_major_upgrade,
            instance_class=args.instance_class,
            multi_az=args.multi_az,
            storage_type="gp3",
            allocated_storage=args.storage_gb,
            max_allocated_storage=args.max_storage_gb or 0,
            storage_encrypted=True,
            kms_key_id=args.kms_key_arn,
            db_name=args.database_name or database_name_of(name),
            port=PORT,
            username=args.username,
            manage_master_user_password=True,
            iam_database_authentication_enabled=args.iam_authentication,
            db_subnet_group_name=store.subnet_group.name,
            vpc_security_group_ids=[store.security_group.id],
            publicly_accessible=False,
            parameter_group_name=store.parameter_group.name,
            backup_retention_period=args.backup_retention_days,
            backup_window=args.backup_window,
            maintenance_window=args.maintenance_window,
            copy_tags_to_snapshot=True,
            deletion_protection=args.deletion_protection,
            skip_final_snapshot=not args.final_snapshot,
            final_snapshot_identifier=final_snapshot,
            delete_automated_backups=not args.final_snapshot,
            enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
            database_insights_mode=args.insights,
            performance_insights_enabled=True,
            performance_insights_retention_period=_INSIGHTS_DAYS[args.insights],
            performance_insights_kms_key_id=args.kms_key_arn,
            opts=self.stateful_child(),
        )

        self.finish(
            DatabaseOutputs(
                address=instance.address,
                port=instance.port,
                database_name=instance.db_name,
                username=instance.username,
                secret_arn=instance.master_user_secrets[0].secret_arn,
                security_group_id=store.security_group.id,
                arn=instance.arn,
                resource_id=instance.resource_id,
            )
        )

    @property
    def summary(self) -> str:
        args = self.args
        facts = [f"postgres {args.engine_version}", args.instance_class, f"{args.storage_gb} GB"]
        facts.append(_days_of_backups(args.backup_retention_days))
        if args.multi_az:
            facts.append("Multi-AZ")
        return " · ".join(facts)


def _parameters(args: DatabaseArgs) -> list[rds.ParameterGroupParameterArgsDict]:
    methods = {name: apply_method(name) for name in args.parameters}
    # RDS answers so for a parameter at its default, whatever it was told: a plan would never be empty.
    methods |= dict.fromkeys(_FORCE_TLS, "pending-reboot")
    return [
        {"name": name, "value": value, "apply_method": methods[name]}
        for name, value in sorted({**args.parameters, **_FORCE_TLS}.items())
    ]


def _days_of_backups(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'} of backups" if days else "no backups"
