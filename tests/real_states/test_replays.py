"""Plans over a state with all recorded resources: what differs is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from platform_components.engine.plan.steps import Plan
from platform_components.engine.state.deployment import Deployment
from tests.real_states.changed import expected, filled, with_change
from tests.real_states.facts import Call
from tests.real_states.replay import plan, program, resources, state


@pytest.fixture(name="calls", scope="module")
def all_resources() -> tuple[Call, ...]:
    return resources()


@pytest.fixture(name="deployed", scope="module")
def complete_state(calls: tuple[Call, ...]) -> Deployment:
    return state(calls)


def found(planned: Plan) -> dict[tuple[str, str], str]:
    """The operations other than `same`, by type and name."""
    return {(step.type, step.name): step.operation for step in planned.steps if step.operation != "same"}


def test_an_unchanged_program_changes_nothing(calls: tuple[Call, ...], deployed: Deployment) -> None:
    """No resource of a real state is updated because the provider checked its inputs."""
    planned = plan(program(calls), deployed)
    assert found(planned) == {}
    assert planned.counts["same"] == len(calls) > 1000


@pytest.mark.parametrize("index", [0, -1])
def test_a_changed_input_is_found_as_exactly_that(
    calls: tuple[Call, ...], deployed: Deployment, index: int
) -> None:
    """In every second resource another property, in the others none."""
    edits = {
        (call.type, call.name): (call, filled(call)[index])
        for number, call in enumerate(calls)
        if number % 2 and filled(call)
    }
    edited = [
        with_change(*edits[call.type, call.name]) if (call.type, call.name) in edits else call
        for call in calls
    ]
    planned = plan(program(edited), deployed)
    different = {key: step for step in planned.steps if (key := (step.type, step.name)) in edits}
    assert found(planned).keys() == edits.keys()
    for key, (call, property_) in edits.items():
        step = different[key]
        assert step.operation in ("update", "replace")
        assert (key, set(step.changed)) == (key, expected(call, property_))


def test_removed_and_added_resources_are_found_as_exactly_these(
    calls: tuple[Call, ...], deployed: Deployment
) -> None:
    """The others stay the same."""
    removed, added = calls[::50], [replace(call, name=f"{call.name}-2") for call in calls[7::50]]
    planned = plan(program([*(call for call in calls if call not in removed), *added]), deployed)
    assert found(planned) == {
        **{(call.type, call.name): "delete" for call in removed},
        **{(call.type, call.name): "create" for call in added},
    }
