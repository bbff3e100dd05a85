"""Programs that declare the resources of recorded calls, and the states that these deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pulumi

from platform_components.engine import Graph, evaluate
from platform_components.engine.plan.steps import Plan
from platform_components.engine.state.deployment import Deployment, ResourceState
from platform_components.engine.values import Secret
from platform_components.providers import known_providers
from tests.engine.deployments import state_of
from tests.real_states.facts import Call, recorded

Program = Callable[[], None]


class _Untyped(pulumi.CustomResource):
    """A resource of any type, without the SDK of its provider."""

    def __init__(self, call: Call) -> None:
        super().__init__(call.type, call.name, {key: _marked(value) for key, value in call.given.items()})


def resources() -> tuple[Call, ...]:
    """One recorded call for each type and name."""
    return tuple({(call.type, call.name): call for call in recorded()}.values())


def program(calls: Iterable[Call]) -> Program:
    """A program with the inputs of the calls."""
    declared = tuple(calls)

    def declare() -> None:
        for call in declared:
            _Untyped(call)

    return declare


def state(calls: Iterable[Call]) -> Deployment:
    """The state that the calls left, with the checked inputs."""
    old = {(call.type, call.name): call.old for call in calls}
    deployed = state_of(_evaluated(program(calls))).resources

    def real(resource: ResourceState) -> ResourceState:
        inputs: Mapping[str, Any] = old.get((resource.type, resource.name), resource.inputs)
        return replace(resource, inputs=inputs, outputs=inputs)

    return Deployment(source="recorded", resources=tuple(map(real, deployed)))


def plan(program: Program, deployment: Deployment) -> Plan:
    """The plan from a state to a program, with the models of the providers."""
    found = _evaluated(program, state=deployment, compare=True, providers=known_providers).plan
    assert found is not None
    return found


def _evaluated(program: Program, **settings: Any) -> Graph:
    return evaluate(program, project="shop", stack="dev", **settings)


def _marked(value: Any) -> Any:
    if isinstance(value, Secret):
        return pulumi.Output.secret(_marked(value.value))
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    return [_marked(item) for item in value] if isinstance(value, list) else value
