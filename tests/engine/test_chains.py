"""Long chains of dependencies: no recursion, and time in proportion to their length."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import resource_cycle_breaker
from pulumi_aws import sqs

from platform_components.engine import UNKNOWN
from platform_components.engine.journal import Journal
from platform_components.engine.sdk.adapted import adapted_sdk
from platform_components.engine.source import Locator
from platform_components.testing import Graph, render
from tests.growth import LINEAR, growth

declare: Any = resource_cycle_breaker.declare_dependency


class Node:
    """What the SDK keeps dependencies on."""


def chain(size: int) -> Graph:
    def program() -> None:
        last = sqs.Queue("queue-0")
        for index in range(1, size):
            last = sqs.Queue(f"queue-{index}", name=last.arn)

    return render(program)


def assert_chained(graph: Graph) -> None:
    queues = graph.of_type("aws:sqs/queue:Queue")
    assert [queue.inputs for queue in queues[1:]] == [{"name": UNKNOWN}] * (len(queues) - 1)
    for before, after in pairwise(queues):
        assert after.dependencies == (before.urn,)


def test_a_chain_of_1000_dependents_is_evaluated() -> None:
    """Each depends on the previous one. The SDK alone fails at about 980 with a RecursionError."""
    assert_chained(chain(1_000))


@pytest.mark.slow
def test_a_chain_of_3000_dependents_is_evaluated() -> None:
    """The length of a chain is not limited by the recursion limit."""
    assert_chained(chain(3_000))


@pytest.mark.parametrize("order", [list, lambda pairs: list(reversed(list(pairs)))], ids=["forward", "back"])
def test_declaring_a_chain_takes_time_in_proportion(order: Callable[..., list[tuple[int, int]]]) -> None:
    """For each dependency, the SDK alone walks all that are declared already."""

    def declaring(size: int) -> Callable[[], object]:
        resources = [Node() for _ in range(size)]
        pairs = order(zip(range(1, size), range(size - 1), strict=True))

        def declare_all() -> None:
            for one, other in pairs:
                declare(resources[one], resources[other])

        return declare_all

    with adapted_sdk(Journal("dev", Locator(Path()), config_file="Pulumi.dev.yaml")):
        assert growth(declaring, 400) < LINEAR


def test_a_cycle_is_still_found() -> None:
    """A dependency that closes a circle is rejected, one that is repeated is not."""
    first, second, third = (Node() for _ in range(3))
    with adapted_sdk(Journal("dev", Locator(Path()), config_file="Pulumi.dev.yaml")):
        declared = [declare(*pair) for pair in ((first, second), (second, third), (first, second))]
        closing = [declare(*pair) for pair in ((third, first), (second, first), (first, first))]
    assert (declared, closing) == ([True, True, True], [False, False, False])


def test_a_dependency_that_is_reached_on_several_paths_is_visited_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In 10 layers of 2 resources, each of which depends on both of the next one, there are 1,024 paths."""
    layers = [(Node(), Node()) for _ in range(10)]
    first, last = Node(), Node()
    visited = []
    dependencies = resource_cycle_breaker._deps

    def counted(resource: Any) -> Any:
        visited.append(resource)
        return dependencies(resource)

    with adapted_sdk(Journal("dev", Locator(Path()), config_file="Pulumi.dev.yaml")):
        for upper, lower in pairwise(layers):
            for one, other in product(upper, lower):
                assert declare(one, other)
        assert declare(last, first)  # else nothing is walked
        monkeypatch.setattr(resource_cycle_breaker, "_deps", counted)
        assert declare(first, layers[0][0])
    assert len(visited) < 50
