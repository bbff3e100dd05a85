"""Flow log: the traffic of a VPC, recorded in CloudWatch Logs."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_aws import cloudwatch, ec2, iam

from platform_components.aws.iam import Statement, policy_document, trust_policy
from platform_components.base import Component, Input


def create_flow_log(
    component: Component[Any], network: ec2.Vpc, retention_days: int, kms_key_arn: Input[str] | None
) -> None:
    """Create the children of a component that record accepted and rejected traffic of a VPC."""
    name = component.name
    group = cloudwatch.LogGroup(
        f"{name}-flow-log-group",
        retention_in_days=retention_days,
        kms_key_id=kms_key_arn,
        opts=component.stateful_child(),
    )
    role = iam.Role(f"{name}-flow-log-role", assume_role_policy=_trust(network.arn), opts=component.child())
    policy = iam.RolePolicy(
        f"{name}-flow-log-policy", role=role.name, policy=_permissions(group.arn), opts=component.child()
    )
    ec2.FlowLog(
        f"{name}-flow-log",
        vpc_id=network.id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        max_aggregation_interval=600,
        opts=component.child(depends_on=[policy]),
    )


def _trust(vpc_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """Trust policy that allows only flow logs of the VPC's account and region."""
    account = vpc_arn.apply(lambda arn: arn.split(":")[4])
    flow_logs = vpc_arn.apply(lambda arn: f"{arn.rpartition(':')[0]}:vpc-flow-log/*")
    return trust_policy(
        "vpc-flow-logs.amazonaws.com",
        condition={
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": flow_logs},
        },
    )


def _permissions(group_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """Permissions policy to write to the log group, and to find it."""
    streams = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
    return policy_document(
        [
            Statement(streams, [pulumi.Output.concat(group_arn, ":*")], sid="WriteEvents"),
            # It has no resource types (service authorization reference, "Actions defined by Amazon CloudWatch
            # Logs"): with the ARN of a log group, IAM would deny it.
            Statement("logs:DescribeLogGroups", ["*"], sid="FindGroup"),
        ]
    )
