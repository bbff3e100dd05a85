"""RDS monitoring: the role with which RDS writes the metrics of Enhanced Monitoring."""

from __future__ import annotations

from typing import Annotated, Any, Final

import pulumi
from pulumi_aws import iam
from pydantic import AfterValidator, Strict

from platform_components.aws.iam import trust_policy
from platform_components.aws.partitions import partition_of
from platform_components.base import Component
from platform_components.base.values import InSchema

INTERVALS: Final = (0, 1, 5, 10, 15, 30, 60)
"""Intervals of Enhanced Monitoring in seconds (source: `CreateDBInstance` in the RDS API reference)."""


def _interval(seconds: int) -> int:
    if seconds not in INTERVALS:
        raise ValueError(f"must be one of: {', '.join(map(str, INTERVALS))}")
    return seconds


MonitoringInterval = Annotated[int, Strict(), AfterValidator(_interval), InSchema({"enum": list(INTERVALS)})]
"""Seconds between two measurements of Enhanced Monitoring. 0 disables it."""


def create_monitoring_role(
    component: Component[Any], subnet_group_arn: pulumi.Output[str], identifiers: str
) -> pulumi.Output[str]:
    """Create the children `monitoring-role` and `monitoring-policy`, and return the role's ARN.

    Only RDS can assume the role, for instances whose identifier matches `identifiers`, a pattern with `*`
    (source: RDS user guide, "Setting up and enabling Enhanced Monitoring"). The ARN of the subnet group
    has the account and the region.
    """
    name = component.name
    role = iam.Role(
        f"{name}-monitoring-role",
        assume_role_policy=trust_policy(
            "monitoring.rds.amazonaws.com",
            condition={
                "StringEquals": {"aws:SourceAccount": subnet_group_arn.apply(lambda arn: arn.split(":")[4])},
                "ArnLike": {
                    "aws:SourceArn": subnet_group_arn.apply(
                        lambda arn: ":".join([*arn.split(":")[:5], "db", identifiers])
                    )
                },
            },
        ),
        opts=component.child(),
    )
    partition = partition_of(component.context.region).name
    policy = iam.RolePolicyAttachment(
        f"{name}-monitoring-policy",
        role=role.name,
        policy_arn=f"arn:{partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        opts=component.child(),
    )
    # The instance waits for the policy: RDS rejects a role without these permissions.
    return pulumi.Output.all(role.arn, policy.id).apply(lambda created: str(created[0]))
