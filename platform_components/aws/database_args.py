"""Arguments of `Database`, and the errors in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from platform_components.aws.instance_classes import InstanceClass
from platform_components.aws.keys import KmsKeyArn
from platform_components.aws.log_retention import LogRetentionDays
from platform_components.aws.postgres import DatabaseName, ParameterName, Username
from platform_components.aws.rds_identifier import InstanceIdentifier
from platform_components.aws.rds_monitoring import MonitoringInterval
from platform_components.aws.rds_parameters import parameter_problems
from platform_components.aws.rds_storage import StorageFactor, StorageGb, limit_gb, limit_problems
from platform_components.aws.rds_versions import (
    PostgresVersion,
    major_of,
    support_problems,
)
from platform_components.aws.regions import region_problems
from platform_components.aws.windows import DAILY, WEEKLY, daily_window, weekly_window, windows_overlap
from platform_components.base import (
    ComponentArgs,
    Context,
    Flag,
    Input,
    Problem,
    sized,
)
from platform_components.base.values import in_schema

BackupDays = Annotated[int, Strict(), Field(ge=0, le=35)]
"""Retention of automated backups, in days."""
BackupWindow = Annotated[str, AfterValidator(daily_window(at_least=30)), in_schema(DAILY)]
"""A daily time range in UTC such as `02:00-03:00`."""
MaintenanceWindow = Annotated[str, AfterValidator(weekly_window(at_least=30)), in_schema(WEEKLY)]
"""A weekly time range in UTC such as `sun:03:30-sun:04:30`."""


class DatabaseArgs(ComponentArgs):
    """Arguments of `Database`. None are required."""

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
    """PostgreSQL version. With a major version (`17`), RDS applies minor upgrades in the maintenance
    window and plans ignore them. `17.4` pins the minor version."""

    extended_support: Flag = False
    """Use RDS Extended Support, at additional cost, after the end of standard support of the major version.
    Otherwise RDS upgrades the major version then. Takes effect when the database is created; change it later
    with `aws rds modify-db-instance`."""

    allow_major_upgrade: Flag = False
    """Allow changing the major version. The upgrade takes the database down for minutes. It and all other
    changes of the same deployment are applied immediately, not in the maintenance window."""

    instance_class: InstanceClass = sized("database.instance_class")
    """Instance class of RDS, which determines memory, vCPUs and most of the cost. Changing it restarts the
    database in the maintenance window."""

    storage_gb: StorageGb = sized("database.storage_gb")
    """Storage (gp3) in GiB. It can be increased, not decreased."""

    max_storage_gb: StorageGb | None = None
    """Upper limit of storage autoscaling, in GiB. Default: `max_storage_factor` times `storage_gb`."""

    max_storage_factor: StorageFactor = sized("database.max_storage_factor")
    """Upper limit of storage autoscaling as a multiple of `storage_gb`, unless `max_storage_gb` is set. 1
    disables storage autoscaling. Storage does not shrink."""

    multi_az: Flag = sized("database.multi_az")
    """Run a standby in another availability zone for automatic failover, at twice the price."""

    backup_retention_days: BackupDays = sized("database.backup_retention_days")
    """Backup retention in days (0-35), with point-in-time recovery. 0 disables backups."""

    backup_window: BackupWindow = "02:00-03:00"
    """Daily time range, in UTC, in which the automated backup starts."""

    maintenance_window: MaintenanceWindow = "sun:03:30-sun:04:30"
    """Weekly time range, in UTC, for updates by AWS and for changes that are not applied immediately."""

    deletion_protection: Flag = sized("database.deletion_protection")
    """RDS deletion protection: while it is enabled, RDS rejects every request to delete the database."""

    final_snapshot: Flag = sized("database.final_snapshot")
    """Create a final snapshot when the database is deleted, and retain its automated backups until their
    retention period ends."""

    identifier: InstanceIdentifier | None = None
    """Identifier of the DB instance, the first label of its host name. Default: the component's name and a
    random suffix, for a new instance. Changing it renames the instance, which restarts and gets another host
    name, and replaces its log groups. Keep it for the life of the instance; while it is omitted, an existing
    instance and its log groups keep their names."""

    database_name: DatabaseName | None = None
    """Name of the initial database. Changing it replaces the instance and loses its data. Default: the
    component's name with `_` for `-`."""

    username: Username = "app_admin"
    """Name of the master user, the administrator. Changing it replaces the instance and loses its data."""

    parameters: Mapping[ParameterName, str] = Field(default_factory=dict)
    """PostgreSQL parameters that differ from RDS's defaults, numbers in the parameter's unit (`work_mem` in
    kB) or as formulas of RDS (`{DBInstanceClassMemory/32768}`), booleans as `0` and `1`. Static parameters
    take effect at server start. Omit a parameter that equals RDS's default: every plan would show it as a
    change."""

    log_retention_days: LogRetentionDays = sized("database.log_retention_days")
    """Retention of the logs in CloudWatch Logs, in days."""

    monitoring_interval: MonitoringInterval = sized("database.monitoring_interval")
    """Interval of Enhanced Monitoring (metrics of the operating system) in seconds: 1, 5, 10, 15, 30 or 60. 0
    disables it. The metrics are billed as logs."""

    insights: Literal["standard", "advanced"] = "standard"
    """Mode of CloudWatch Database Insights. `standard` keeps 7 days of database load per query at no
    cost, `advanced` 15 months at a price per vCPU."""

    iam_authentication: Flag = True
    """IAM database authentication: allow roles with `rds-db:connect` to log in with a token, valid for 15
    minutes, instead of a password."""

    kms_key_arn: Input[KmsKeyArn] | None = None
    """KMS key that encrypts storage, backups, insights and logs. Its policy must allow CloudWatch Logs to use
    it. Changing it replaces the instance and loses its data. Default: see `create_kms_key`."""

    create_kms_key: Flag = sized("encryption.create_kms_key")
    """Create a customer managed KMS key, at 1 USD per month, unless `kms_key_arn` is set. Otherwise the
    account's AWS managed key for RDS encrypts. An existing instance keeps the key it was created with; do
    not disable this later, because its key would be deleted."""

    @property
    def storage_limit_gb(self) -> int:
        """Upper limit of storage autoscaling, in GiB. 0 without autoscaling."""
        return self.max_storage_gb or limit_gb(self.storage_gb, self.max_storage_factor)

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from region_problems(context, kms_key_arn=self.kms_key_arn, instance_class=self.instance_class)
        backups = self.backup_retention_days
        if context.production and backups == 0:
            what = "must be at least 1 in the production tier"
            yield Problem("backup_retention_days", what, "remove it to use the tier's default", backups)
        if windows_overlap(self.backup_window, self.maintenance_window):
            what = f"overlaps maintenance_window, which is {self.maintenance_window}"
            remedy = "RDS rejects overlapping windows; move one of them"
            yield Problem("backup_window", what, remedy, self.backup_window)
        yield from support_problems(self.engine_version, self.extended_support)
        yield from limit_problems(self.storage_gb, self.max_storage_gb)
        yield from parameter_problems(self.parameters, major_of(self.engine_version))
