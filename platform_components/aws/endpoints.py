"""Endpoints: the AWS services that a VPC reaches without a route to the internet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any, Final

from pulumi_aws import ec2, vpc
from pydantic import AfterValidator

from platform_components.aws.endpoint_policies import endpoint_policy
from platform_components.base import Component, did_you_mean

GATEWAYS: Final = ("s3", "dynamodb")
"""Services with a gateway endpoint, which is free."""

WITHOUT_NAT: Final = ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "secretsmanager", "sts")
"""Services that EKS nodes require if the VPC has no NAT gateway."""

BESIDE_NAT: Final = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "sts")
"""Services for images, logs, secrets and tokens, which account for most of the traffic to AWS."""

_ENDPOINTS: Final = frozenset(WITHOUT_NAT) | {
    *("acm-pca", "athena", "autoscaling", "backup", "bedrock-runtime", "cloudformation", "cloudtrail"),
    *("ec2messages", "elasticache", "elasticfilesystem", "elasticloadbalancing", "email-smtp", "events"),
    *("execute-api", "glue", "guardduty-data", "kinesis-firehose", "kinesis-streams", "kms", "lambda"),
    *("monitoring", "rds", "rds-data", "sns", "sqs", "ssm", "ssmmessages", "states", "xray"),
}


def _endpoint_service(service: str) -> str:
    if service not in _ENDPOINTS:
        raise ValueError(f"must be a supported endpoint service; {did_you_mean(service, _ENDPOINTS)}")
    return service


EndpointService = Annotated[str, AfterValidator(_endpoint_service)]
"""An AWS service, as in the name of its VPC endpoint service: `ecr.api`, `secretsmanager`."""


def create_gateway_endpoints(
    component: Component[Any],
    network: ec2.Vpc,
    route_tables: Iterable[ec2.RouteTable],
    organization_id: str | None,
) -> None:
    """Create the gateway endpoints of a component, with routes in the given tables."""
    table_ids = [table.id for table in route_tables]
    for service in GATEWAYS:
        ec2.VpcEndpoint(
            f"{component.name}-endpoint-{service}",
            vpc_id=network.id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{component.context.region}.{service}",
            policy=endpoint_policy(service, network.arn, organization_id),
            route_table_ids=table_ids,
            opts=component.child(),
        )


def create_interface_endpoints(
    component: Component[Any],
    network: ec2.Vpc,
    subnets: Iterable[ec2.Subnet],
    services: Collection[str],
    organization_id: str | None,
) -> None:
    """Create the interface endpoints of a component, which the whole VPC can use. None for no services."""
    if not services:
        return
    name, subnet_ids = component.name, [subnet.id for subnet in subnets]
    group = ec2.SecurityGroup(
        f"{name}-endpoint-security-group",
        description=f"Interface endpoints of {name}",
        vpc_id=network.id,
        opts=component.child(),
    )
    vpc.SecurityGroupIngressRule(
        f"{name}-endpoint-ingress",
        security_group_id=group.id,
        description="HTTPS from within the VPC",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4=network.cidr_block,
        opts=component.child(),
    )
    for service in services:
        ec2.VpcEndpoint(
            f"{name}-endpoint-{service.replace('.', '-')}",
            vpc_id=network.id,
            vpc_endpoint_type="Interface",
            service_name=f"com.amazonaws.{component.context.region}.{service}",
            policy=endpoint_policy(service, network.arn, organization_id),
            private_dns_enabled=True,
            subnet_ids=subnet_ids,
            security_group_ids=[group.id],
            opts=component.child(),
        )
