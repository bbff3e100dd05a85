"""Reports: role and security group of a Lambda function, with `Access` to another stack's database."""

from types import MappingProxyType

import pulumi
from pulumi_aws import ec2, iam, vpc

from platform_components import (
    Bucket,
    Component,
    ComponentArgs,
    Context,
    DatabaseOutputs,
    FoundationOutputs,
    NetworkOutputs,
    Outputs,
    tier_of,
    trust_policy,
)


class ReportsArgs(ComponentArgs):
    """Arguments of `Reports`: only `customize`."""


class ReportsOutputs(Outputs):
    """Outputs of `Reports`."""

    role_arn: pulumi.Output[str]
    """ARN of the function's IAM role."""
    security_group_id: pulumi.Output[str]
    """ID of the function's security group."""


class Reports(Component[ReportsArgs, ReportsOutputs], ReportsOutputs, kind="Reports"):
    """Role, security group and bucket of a function that reads a database and writes reports."""

    child_types = MappingProxyType(
        {
            "role": iam.Role,
            "security-group": ec2.SecurityGroup,
            "access": iam.RolePolicy,
            "database-ingress": vpc.SecurityGroupIngressRule,
        }
    )

    def __init__(
        self,
        name: str,
        args: ReportsArgs | None = None,
        *,
        context: Context,
        network: NetworkOutputs,
        database: DatabaseOutputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args or ReportsArgs(), context, opts)
        bucket = Bucket(f"{name}-files", context=context, opts=self.child())
        role = iam.Role(
            f"{name}-role", assume_role_policy=trust_policy("lambda.amazonaws.com"), opts=self.child()
        )
        group = ec2.SecurityGroup(
            f"{name}-security-group",
            description=f"Function {name}",
            vpc_id=network.vpc_id,
            opts=self.child(),
        )
        access = database.access() + bucket.access("BUCKET_FILES")
        access.grant(name, role.name, opts=self.child())
        access.connect(name, group.id, description=f"Function {name}", opts=self.child())
        self.finish(ReportsOutputs(role_arn=role.arn, security_group_id=group.id))


environment = pulumi.get_stack()
context = Context(
    environment=environment,
    tier=tier_of(environment),
    region=pulumi.Config("aws").require("region"),
    service="reports",
    owner="reports-team",
)
foundation = pulumi.StackReference(f"organization/platform/foundation.{environment}")
ledger = pulumi.StackReference(f"organization/ledger/{environment}")  # exports the outputs of its database
Reports(
    "reports",
    context=context,
    network=FoundationOutputs.imported(foundation).network,
    database=DatabaseOutputs.imported(ledger, "database_"),
)
