"""The memory of an evaluation."""

from __future__ import annotations

import gc
import tracemalloc

from pulumi_aws import sqs

from platform_components.testing import render


def peak(size: int) -> int:
    """Return the bytes that Python objects take at most while so many queues are evaluated."""

    def program() -> None:
        for index in range(size):
            sqs.Queue(f"queue-{index}", delay_seconds=5, tags={"Owner": "team"})

    gc.collect()
    tracemalloc.start(1)
    try:
        render(program)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_resource_takes_less_than_60_kb() -> None:
    """Without garbage collection, as in the command. With the SDK's own outputs it takes 90 KB."""
    peak(1)  # imports
    gc.disable()
    try:
        assert (peak(250) - peak(50)) / 200 < 60_000
    finally:
        gc.enable()
