"""States of programs that were evaluated, as a deployment by a provider that echoes inputs leaves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from platform_components.engine import Graph, Resource, evaluate
from platform_components.engine.plan.providers import Checked, Effect
from platform_components.engine.plan.steps import Plan, Step
from platform_components.engine.state.deployment import Deployment, ResourceState
from platform_components.engine.values import UNKNOWN, Secret
from platform_components.engine.wire import UNKNOWN_TEXT

Program = Callable[[], object]


def deployed(program: Program, **settings: Any) -> Deployment:
    """The state after the deployment of a program: ids are names, unknown outputs are `known`."""
    first = state_of(evaluate(program, project="shop", stack="dev", **settings))
    # Outputs of the first deployment are inputs of others.
    return state_of(evaluate(program, project="shop", stack="dev", state=first, **settings))


def state_of(graph: Graph) -> Deployment:
    """The state after the deployment of a graph."""
    return Deployment(source="state.json", resources=tuple(map(_state, graph.resources)), time="2026-11-01")


def planned(program: Program, state: Deployment | None, **settings: Any) -> Plan:
    """The plan from a state to a program."""
    plan = evaluate(program, project="shop", stack="dev", state=state, compare=True, **settings).plan
    assert plan is not None
    return plan


def edited(state: Deployment, name: str, **changes: Any) -> Deployment:
    """The state with other fields of the resource of this name."""
    resources = tuple(replace(each, **changes) if each.name == name else each for each in state.resources)
    return replace(state, resources=resources)


def operations(plan: Plan) -> dict[str, str]:
    """The operations other than `same`, by name, without providers."""
    return {
        step.name: step.operation
        for step in plan.steps
        if step.operation != "same" and not step.type.startswith("pulumi:providers:")
    }


def step_of(plan: Plan, name: str) -> Step:
    """The only step of a resource with this name."""
    (found,) = [step for step in plan.steps if step.name == name]
    return found


class Model:
    """A provider that replaces for some properties, and echoes inputs."""

    def __init__(self, *replacing: str, deletes_first: bool = False) -> None:
        self._replacing = replacing
        self._deletes_first = deletes_first

    def __call__(self, type_: str) -> Model:
        return self

    def check(self, type_: str, given: Mapping[str, Any], old: ResourceState | None) -> Checked:
        return Checked(given)

    def effect(self, type_: str, path: str, old: Any, new: Any) -> Effect:
        return "replace" if path in self._replacing else "update"

    def deletes_first(self, type_: str, old: ResourceState, new: Mapping[str, Any]) -> bool:
        return self._deletes_first


class Opened:
    """A secret of a state with a key."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def equals(self, value: Any) -> bool | None:
        return bool(self._value == value)

    def reveal(self) -> Any:
        return self._value


def _state(resource: Resource) -> ResourceState:
    inputs = _known(resource.inputs)
    id_ = resource.id or (f"id-{resource.name}" if resource.custom else "")
    return ResourceState(
        urn=resource.urn,
        type=resource.type,
        custom=resource.custom,
        id=id_,
        parent=resource.parent,
        provider=_provider(resource.provider),
        inputs=inputs,
        outputs=_known(resource.outputs) | ({"arn": f"arn:{resource.name}"} if resource.custom else {}),
        dependencies=resource.dependencies,
        property_dependencies=resource.property_dependencies,
        protect=resource.protect,
        external=resource.external,
        retain_on_delete=resource.retain_on_delete,
        deleted_with=resource.deleted_with,
        replace_with=resource.replace_with,
        replacement_trigger=resource.replacement_trigger,
        import_id=resource.import_id,
    )


def _provider(reference: str) -> str:
    urn, separator, id_ = reference.rpartition("::")
    return f"{urn}{separator}{f'id-{urn.rpartition(chr(58) * 2)[2]}' if id_ == UNKNOWN_TEXT else id_}"


def _known(value: Any) -> Any:
    if value is UNKNOWN:
        return "known"
    if isinstance(value, Secret):
        return Secret(_known(value.value))
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_known(item) for item in value]
    return value
