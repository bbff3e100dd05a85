"""Rollout: the deadlines of a rolling update fit the time that its pods take."""

from __future__ import annotations

from math import ceil
from typing import Any

import pytest
from hypothesis import given, strategies as st

from platform_components.kubernetes.rollout import POD_SCHEDULING_SECONDS, deadlines
from tests.kubernetes.workloads import DEPLOYMENT, spec, workload

SECONDS = {"startup_seconds": st.integers(5, 1800), "min_ready_seconds": st.integers(0, 600)}


def simulated(replicas: int, pod_seconds: int) -> tuple[int, int]:
    """Replace pods as the Deployment controller does; return the longest wait and the total, in seconds.

    Each pod takes as long as it may. An old pod is deleted as soon as a new one is available.
    """
    surge = ceil(replicas / 4)
    old, new, clock, waits = replicas, 0, 0, [0]
    while new < replicas:
        batch = min(replicas + surge - old - new, replicas - new)
        clock += pod_seconds
        waits.append(pod_seconds)
        new += batch
        old = max(0, replicas - new)
    return max(waits), clock


@given(least=st.integers(1, 200), more=st.integers(0, 40), seconds=st.fixed_dictionaries(SECONDS))
def test_an_update_in_which_every_pod_becomes_available_in_time_succeeds(
    least: int, more: int, seconds: dict[str, int]
) -> None:
    """For every number of replicas that the autoscaler can set. No deadline is shorter than before."""
    replicas = range(least, least + more + 1)
    found = deadlines(**seconds, replicas=replicas)
    for count in replicas:
        wait, total = simulated(count, POD_SCHEDULING_SECONDS + sum(seconds.values()))
        assert wait <= found.progress
        assert total <= found.complete
    assert 600 <= found.progress <= found.complete
    assert found.progress > seconds["min_ready_seconds"]  # the API server requires it


@pytest.mark.parametrize(
    ("args", "progress", "complete"),
    [
        ({}, 600, 760),  # at 4 replicas, 4 batches of 120 + 60 + 10 seconds
        ({"min_replicas": 1, "max_replicas": 3}, 600, 600),
        ({"startup_seconds": 1800}, 1930, 7720),
        ({"startup_seconds": 1800, "min_replicas": 1, "max_replicas": 1}, 1930, 1930),
        ({"startup_seconds": 600, "min_ready_seconds": 300, "min_replicas": 5}, 1020, 3060),
    ],
)
def test_deadlines_follow_from_startup_replicas_and_readiness(
    args: dict[str, Any], progress: int, complete: int
) -> None:
    """A container with 30 minutes to start is not given up after ten."""
    graph = workload(**args)
    annotations = graph.one(DEPLOYMENT).inputs["metadata"]["annotations"]
    assert spec(graph)["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": 0}
    assert spec(graph)["progressDeadlineSeconds"] == progress
    assert annotations == {"pulumi.com/timeoutSeconds": str(complete)}
