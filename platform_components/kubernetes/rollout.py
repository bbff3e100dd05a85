"""Rollout: how the pods of a workload are replaced, and the deadlines of a rolling update."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.apps import v1 as apps

_MAX_SURGE_PERCENT = 25
POD_SCHEDULING_SECONDS: Final = 120
"""Time for a pod to be scheduled and its image pulled. A new node of EKS Auto Mode is included."""
SHORTEST_DEADLINE_SECONDS: Final = 600
"""Default of `progressDeadlineSeconds`, and of Pulumi's Kubernetes provider."""

STRATEGY: Final[apps.DeploymentStrategyArgsDict] = {
    "type": "RollingUpdate",
    "rolling_update": {"max_unavailable": 0, "max_surge": f"{_MAX_SURGE_PERCENT}%"},
}
"""A pod stops only when its successor is available."""


@dataclass(frozen=True)
class Deadlines:
    """Deadlines of a rolling update, in seconds."""

    progress: int
    """`progressDeadlineSeconds`: time without a pod that becomes available."""
    complete: int
    """`pulumi.com/timeoutSeconds`: time for the complete update, after which the deployment fails."""


def deadlines(*, startup_seconds: int, min_ready_seconds: int, replicas: Iterable[int]) -> Deadlines:
    """Return the deadlines of a workload that can have any of these numbers of replicas.

    A pod takes `POD_SCHEDULING_SECONDS` + `startup_seconds` + `min_ready_seconds` until it is available.
    The pods of a batch start together, and a batch starts when the one before it is available.
    """
    pod_seconds = POD_SCHEDULING_SECONDS + startup_seconds + min_ready_seconds
    most_batches = max(_batches(count) for count in replicas)
    return Deadlines(
        progress=max(SHORTEST_DEADLINE_SECONDS, pod_seconds),
        complete=max(SHORTEST_DEADLINE_SECONDS, most_batches * pod_seconds),
    )


def _batches(replicas: int) -> int:
    surge = _rounded_up(replicas * _MAX_SURGE_PERCENT, 100)  # as Kubernetes rounds maxSurge
    return _rounded_up(replicas, surge)


def _rounded_up(amount: int, by: int) -> int:
    return -(-amount // by)
