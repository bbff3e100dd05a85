"""Reports: role and security group of a Lambda function, with `Access` to another stack's database."""

from types import MappingProxyType

import pulumi
from pulumi_aws import ec2, iam, lambda_, vpc

from platform_components import (
    Bucket,
    Component,
    ComponentArgs,
    Context,
    DatabaseOutputs,
    FoundationOutputs,
    Image,
    NetworkOutputs,
    Outputs,
    tier_of,
    trust_policy,
)

CERTIFICATES = "/var/task/rds-certificates.pem"
"""The certificates in `access.files`. A function can't mount them, so the image contains them."""


class ReportsArgs(ComponentArgs):
    """Arguments of `Reports`."""

    image: Image
    """Container image of the function, in ECR."""


class ReportsOutputs(Outputs):
    """Outputs of `Reports`."""

    role_arn: pulumi.Output[str]
    """ARN of the function's IAM role."""
    security_group_id: pulumi.Output[str]
    """ID of the function's security group."""


class Reports(Component[ReportsArgs, ReportsOutputs], ReportsOutputs, kind="Reports"):
    """A Lambda function that reads a database and writes reports to a bucket."""

    child_types = MappingProxyType(
        {
            "role": iam.Role,
            "security-group": ec2.SecurityGroup,
            "logs": iam.RolePolicyAttachment,
            "access": iam.RolePolicy,
            "database-ingress": vpc.SecurityGroupIngressRule,
            "database-egress": vpc.SecurityGroupEgressRule,
            "https-egress": vpc.SecurityGroupEgressRule,
            "function": lambda_.Function,
        }
    )

    def __init__(
        self,
        name: str,
        args: ReportsArgs,
        *,
        context: Context,
        network: NetworkOutputs,
        database: DatabaseOutputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args, context, opts)
        args = self.args
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
        logs = iam.RolePolicyAttachment(
            f"{name}-logs",
            role=role.name,
            policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
            opts=self.child(),
        )
        https = vpc.SecurityGroupEgressRule(
            f"{name}-https-egress",
            description="Secrets Manager and S3",
            security_group_id=group.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=self.child(),
        )
        access = database.access() + bucket.access("BUCKET_FILES")
        granted = access.grant(name, role.name, opts=self.child())
        connected = access.connect(name, group.id, description=f"Function {name}", opts=self.child())
        lambda_.Function(
            f"{name}-function",
            package_type="Image",
            image_uri=args.image,
            role=role.arn,
            environment={"variables": {**access.environment, "DATABASE_SSLROOTCERT": CERTIFICATES}},
            vpc_config={"subnet_ids": network.private_subnet_ids, "security_group_ids": [group.id]},
            opts=self.child(depends_on=[logs, https, *connected, *([granted] if granted else [])]),
        )
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
    ReportsArgs(image="111122223333.dkr.ecr.eu-west-1.amazonaws.com/reports:1.4.2"),
    context=context,
    network=FoundationOutputs.imported(foundation).network,
    database=DatabaseOutputs.imported(ledger, "database_"),
)
