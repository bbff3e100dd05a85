"""RDS logs: the log groups to which RDS exports the logs of an instance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pulumi
from pulumi_aws import cloudwatch

from platform_components.aws.keys import KmsKeyArn
from platform_components.base import Component, Input

_POSTGRESQL: Final = ("postgresql", "upgrade")
_IAM: Final = ("iam-db-auth-error",)


def exports_of(iam_authentication: bool) -> tuple[str, ...]:
    """Return the logs of PostgreSQL that RDS can export, each to a log group.

    Source: `CreateDBInstance` in the RDS API reference. The log of IAM authentication has the reason of each
    rejected token (RDS user guide, "Troubleshooting for IAM DB authentication").
    """
    return _POSTGRESQL + (_IAM if iam_authentication else ())


def create_log_groups(
    component: Component[Any],
    identifier: pulumi.Output[str],
    exports: Sequence[str],
    *,
    keep_names: bool,
    retention_days: int,
    kms_key_arn: Input[KmsKeyArn] | None,
) -> list[cloudwatch.LogGroup]:
    """Create the children `log-group-<log>` of a component for the instance `identifier`.

    With `keep_names`, existing groups keep their names: the instance keeps its identifier, too.

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
            opts=component.stateful_child(ignore_changes=["name"] if keep_names else None),
        )
        for log in exports
    ]
