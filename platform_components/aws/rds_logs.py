"""RDS logs: the log groups to which RDS exports the logs of an instance."""

from __future__ import annotations

from typing import Any, Final

import pulumi
from pulumi_aws import cloudwatch

from platform_components.aws.keys import KmsKeyArn
from platform_components.base import Component, Input

EXPORTS: Final = ("postgresql", "upgrade")
"""The logs of PostgreSQL that RDS can export, each to a log group."""


def create_log_groups(
    component: Component[Any],
    identifier: pulumi.Output[str],
    *,
    retention_days: int,
    kms_key_arn: Input[KmsKeyArn] | None,
) -> list[cloudwatch.LogGroup]:
    """Create the children `log-group-<log>` of a component for the instance `identifier`.

    They must exist before the instance: RDS creates missing groups, with unlimited retention, and CloudWatch
    Logs then rejects creating them. The names are those that RDS uses (source: RDS user guide,
    "Publishing PostgreSQL logs to Amazon CloudWatch Logs").
    """
    return [
        cloudwatch.LogGroup(
            f"{component.name}-log-group-{log}",
            name=pulumi.Output.concat("/aws/rds/instance/", identifier, "/", log),
            retention_in_days=retention_days,
            kms_key_id=kms_key_arn,
            opts=component.stateful_child(),
        )
        for log in EXPORTS
    ]
