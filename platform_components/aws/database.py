"""Database: PostgreSQL on RDS that is private, encrypted and backed up, and accepts only TLS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Final

import pulumi
from pulumi_aws import cloudwatch, ec2, iam, kms, rds

from platform_components.aws.access import Access, ClientOutputs, Egress, GuardedPort, port_name
from platform_components.aws.data_store import DataStore
from platform_components.aws.database_args import DatabaseArgs
from platform_components.aws.database_roles import OWNER, RUNTIME
from platform_components.aws.iam import Statement
from platform_components.aws.keys import create_key
from platform_components.aws.network import NetworkOutputs
from platform_components.aws.postgres import database_name_of
from platform_components.aws.rds_certificates import rds_certificates
from platform_components.aws.rds_logs import create_log_groups, exports_of
from platform_components.aws.rds_monitoring import create_monitoring_role
from platform_components.aws.rds_parameters import parameter_inputs
from platform_components.aws.rds_versions import (
    lifecycle_support,
    major_of,
)
from platform_components.aws.snapshots import final_snapshot_name
from platform_components.aws.suffixes import with_suffix_of
from platform_components.base import (
    Component,
    Context,
    Input,
)
from platform_components.base.outputs import IfMissing

PORT: Final = 5432
"""The port of every database."""

_INSIGHTS_DAYS: Final = {"standard": 7, "advanced": 465}


class DatabaseOutputs(ClientOutputs):
    """Outputs of `Database`. The password is not an output; it is in the secret."""

    address: pulumi.Output[str]
    """Host name for clients; after a failover it resolves to the new primary."""
    port: pulumi.Output[int]
    """Port for clients."""
    database_name: pulumi.Output[str]
    """Name of the initial database."""
    username: pulumi.Output[str]
    """Name of the master user."""
    secret_arn: pulumi.Output[str]
    """ARN of the secret with `username` and `password` of the master user, managed and rotated by RDS."""
    security_group_id: pulumi.Output[str]
    """ID of the security group, which allows no inbound traffic until a client adds an ingress rule."""
    arn: pulumi.Output[str]
    """ARN of the instance."""
    resource_id: pulumi.Output[str]
    """Resource ID, for `rds-db:connect`: `arn:aws:rds-db:<region>:<account>:dbuser:<resource ID>/<user>`."""

    owner: Annotated[pulumi.Output[str], IfMissing("")]
    """Name of the user that runs migrations and owns the schema. It logs in with an IAM token. The bootstrap
    Job of a `ServiceStack` creates both users."""
    runtime_user: Annotated[pulumi.Output[str], IfMissing("")]
    """Name of the user of the application, which reads and writes what the owner creates. It logs in with an
    IAM token."""

    prefix = "DATABASE"
    variables = MappingProxyType(
        {
            "HOST": lambda database: database.address,
            "PORT": lambda database: database.port.apply(str),
            "NAME": lambda database: database.database_name,
            "USER": lambda database: database.runtime_user,
            "SSLMODE": lambda _: "verify-full",
        }
    )
    files = MappingProxyType(
        {"SSLROOTCERT": lambda database: database.arn.apply(lambda arn: rds_certificates(arn.split(":")[3]))}
    )

    def access(self, prefix: str = "") -> Access:
        """Return what a client needs to log in as the runtime user, with an IAM token as the password.
        Variables: `DATABASE_HOST`, `_PORT`, `_NAME`, `_USER`, `_SSLMODE` (`verify-full`) and `_SSLROOTCERT`,
        the path of the certificates in `files`."""
        return self.login_access(self.runtime_user, prefix)

    def login_access(self, user: Input[str], prefix: str = "") -> Access:
        """As `access()`, for another user: `owner` for migrations, `username` for the administrator."""
        prefix = prefix or self.prefix
        access = super().access(prefix)
        login = Statement(
            "rds-db:connect",
            [user_arn(self.arn, self.resource_id, user)],
            sid=f"{prefix}_LOGIN".title().replace("_", ""),
        )
        return replace(
            access,
            environment={**access.environment, f"{prefix}_USER": user},
            statements=(login,),
            ports=(GuardedPort(port_name(prefix), self.security_group_id, self.port),),
            egress=(Egress(self.port, in_data_subnets=True),),
        )

    def master_access(self, prefix: str = "") -> Access:
        """Return the permission to read the secret of the master user, who administers the database.
        Variable: `DATABASE_SECRET_ARN`. Applications don't need it."""
        variable = f"{prefix or self.prefix}_SECRET_ARN"
        return Access(environment={variable: self.secret_arn}, secrets={variable: self.secret_arn})


class Database(Component[DatabaseArgs, DatabaseOutputs], DatabaseOutputs, kind="Database"):
    """A PostgreSQL instance with its subnet group, security group and parameters.

    In the production tier it is Multi-AZ and protected, with deletion protection and a final snapshot.
    No client can connect at first: each adds a `vpc.SecurityGroupIngressRule` from its own security
    group to `security_group_id`. Logs are in CloudWatch Logs under `/aws/rds/instance/<identifier>/`, the
    metrics of Enhanced Monitoring in the log group `RDSOSMetrics` of the account and region.
    """

    child_types = MappingProxyType(
        {
            "subnet-group": rds.SubnetGroup,
            "security-group": ec2.SecurityGroup,
            "parameters": rds.ParameterGroup,
            "key": kms.Key,
            "key-policy": kms.KeyPolicy,
            "log-group": cloudwatch.LogGroup,
            "monitoring-role": iam.Role,
            "monitoring-policy": iam.RolePolicyAttachment,
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
        major = major_of(args.engine_version)

        store = DataStore.of(
            self,
            "database",
            network,
            subnet_group=rds.SubnetGroup,
            parameter_group=rds.ParameterGroup,
            family=f"postgres{major}",
            parameters=parameter_inputs(args.parameters, major),
        )
        key = args.kms_key_arn
        if key is None and args.create_kms_key:
            key = create_key(self, f"Database {name}")
        subnet_group = store.subnet_group
        identifier = pulumi.Output.from_input(args.identifier or with_suffix_of(subnet_group.name, name))
        exports = exports_of(args.iam_authentication)
        logs = create_log_groups(
            self,
            identifier,
            exports,
            keep_names=args.identifier is None,
            retention_days=args.log_retention_days,
            kms_key_arn=key,
        )
        monitoring_role = None
        if args.monitoring_interval:
            # The default pattern also matches the identifier of an instance from an earlier release.
            monitoring_role = create_monitoring_role(self, subnet_group.arn, args.identifier or f"{name}-*")
        final_snapshot = final_snapshot_name(name, subnet_group.name) if args.final_snapshot else None
        instance = rds.Instance(
            f"{name}-instance",
            identifier=identifier,
            engine="postgres",
            engine_version=args.engine_version,
            engine_lifecycle_support=lifecycle_support(args.extended_support),
            auto_minor_version_upgrade=args.engine_version == major,
            allow_major_version_upgrade=args.allow_major_upgrade,
            # A major upgrade that waits for the maintenance window would keep the old parameter group in use.
            apply_immediately=args.allow_major_upgrade,
            instance_class=args.instance_class,
            multi_az=args.multi_az,
            storage_type="gp3",
            allocated_storage=args.storage_gb,
            max_allocated_storage=args.storage_limit_gb,
            storage_encrypted=True,
            kms_key_id=key,
            db_name=args.database_name or database_name_of(name),
            port=PORT,
            username=args.username,
            manage_master_user_password=True,
            iam_database_authentication_enabled=args.iam_authentication,
            db_subnet_group_name=subnet_group.name,
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
            enabled_cloudwatch_logs_exports=list(exports),
            database_insights_mode=args.insights,
            performance_insights_enabled=True,
            performance_insights_retention_period=_INSIGHTS_DAYS[args.insights],
            performance_insights_kms_key_id=key,
            monitoring_interval=args.monitoring_interval or None,
            monitoring_role_arn=monitoring_role,
            opts=self.stateful_child(depends_on=logs, ignore_changes=_kept(args)),
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
                owner=pulumi.Output.from_input(OWNER),
                runtime_user=pulumi.Output.from_input(RUNTIME),
            )
        )

    @property
    def summary(self) -> str:
        args = self.args
        limit = f"-{args.storage_limit_gb}" if args.storage_limit_gb else ""
        storage = ("instance.allocated_storage", "instance.max_allocated_storage")
        parts = [
            self.stated(f"postgres {args.engine_version}", "instance.engine_version", "instance.engine"),
            self.stated(args.instance_class, "instance.instance_class"),
            self.stated(f"{args.storage_gb}{limit} GB", *storage),
            self.stated(_days_of_backups(args.backup_retention_days), "instance.backup_retention_period"),
        ]
        if args.multi_az:
            parts.append(self.stated("Multi-AZ", "instance.multi_az"))
        return " · ".join(filter(None, parts))


def user_arn(instance_arn: Input[str], resource_id: Input[str], user: Input[str]) -> pulumi.Output[str]:
    """Return the ARN of a database user for `rds-db:connect`; empty if the user is.

    Source: Service Authorization Reference, Amazon RDS IAM Authentication, resource type `db-user`.
    """

    def arn(known: Sequence[str]) -> str:
        instance, resource, name = known
        _, partition, _, region, account, _ = instance.split(":", 5)
        return f"arn:{partition}:rds-db:{region}:{account}:dbuser:{resource}/{name}" if name else ""

    return pulumi.Output.all(instance_arn, resource_id, user).apply(arn)


def _kept(args: DatabaseArgs) -> list[str]:
    """Arguments that apply to a new instance only, so that one from an earlier release keeps its values.

    Another identifier would rename it, a key replace it. The provider does not send another
    engine_lifecycle_support to RDS, so that every plan would show it (terraform-provider-aws, issue 40870).
    """
    kept = ["engine_lifecycle_support"]
    if args.identifier is None:
        kept.append("identifier")
    if args.kms_key_arn is None and args.create_kms_key:
        kept += ["kms_key_id", "performance_insights_kms_key_id"]
    return kept


def _days_of_backups(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'} of backups" if days else "no backups"
