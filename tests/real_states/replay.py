"""Programs that declare the resources of recorded calls, and the state that they deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pulumi

from platform_components.engine import Graph, evaluate
from platform_components.engine.plan.steps import Plan
from platform_components.engine.state.deployment import Deployment, ResourceState
from platform_components.engine.values import Secret
from platform_components.providers import known_providers
from tests.engine.deployments import state_of
from tests.real_states.facts import Call

PROJECT, STACK = "shop", "dev"

Program = Callable[[], None]


class _Untyped(pulumi.CustomResource):
    """A resource of any type, without the SDK of its provider."""

    def __init__(self, call: Call) -> None:
        inputs = {key: _marked(value) for key, value in call.given.items()}
        super().__init__(call.type, call.name, inputs)


def program(calls: Iterable[Call]) -> Program:
    """A program with the inputs of the calls."""
    declared = tuple(calls)

    def declare() -> None:
        for call in declared:
            _Untyped(call)

    return declare


def state(calls: Iterable[Call]) -> Deployment:
    """The state that the calls left: with the checked inputs, and the ids that the engine assigned."""
    declared = {(call.type, call.name): call for call in calls}
    graph = _evaluated(program(declared.values()))
    deployed = state_of(graph).resources

    def real(resource: ResourceState) -> ResourceState:
        call = declared.get((resource.type, resource.name))
        return resource if call is None else _with(resource, call.old)

    return Deployment(source="recorded", resources=tuple(map(real, deployed)))


def plan(program: Program, deployment: Deployment) -> Plan:
    """The plan from a state to a program, with the models of the providers."""
    found = _evaluated(program, state=deployment, compare=True, providers=known_providers).plan
    assert found is not None
    return found


def _evaluated(program: Program, **settings: Any) -> Graph:
    return evaluate(program, project=PROJECT, stack=STACK, **settings)


def _with(resource: ResourceState, inputs: Mapping[str, Any]) -> ResourceState:
    from dataclasses import replace

    return replace(resource, inputs=inputs, outputs=inputs)


def _marked(value: Any) -> Any:
    if isinstance(value, Secret):
        return pulumi.Output.secret(_marked(value.value))
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    return [_marked(item) for item in value] if isinstance(value, list) else value
