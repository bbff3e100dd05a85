"""Log retention: the retention periods of CloudWatch Logs."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Strict

from platform_components.base.values import InSchema

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""Retention periods that CloudWatch Logs supports, in days."""


def _log_retention(days: int) -> int:
    if days not in LOG_RETENTION_DAYS:
        nearest = min(LOG_RETENTION_DAYS, key=lambda supported: abs(supported - days))
        raise ValueError(f"must be a retention period of CloudWatch Logs; the nearest is {nearest}")
    return days


LogRetentionDays = Annotated[
    int, Strict(), AfterValidator(_log_retention), InSchema({"enum": list(LOG_RETENTION_DAYS)})
]
"""Retention of log events in CloudWatch Logs, in days: one of `LOG_RETENTION_DAYS`."""
