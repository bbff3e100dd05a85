"""All differences between a recorded stack and its current program, without a CLI.

python -m tests.estate.compare          # show them
python -m tests.estate.compare --write  # accept them as expected: see docs/upgrading.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from platform_components.engine import Graph, Project, Resource, evaluate_stack, wire
from platform_components.engine.monitor import ResourceMonitor
from platform_components.engine.stack_references import STACK_REFERENCE
from platform_components.engine.urn import PROVIDER_TYPE, STACK_TYPE, name_of
from tests.deployed import answering
from tests.estate.changes import ABSENT, AWS_PROVIDER, IRREPLACEABLE, changes, planned, replaces, shown
from tests.estate.states import STACKS, State, read_state

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).with_name("expected.json")


AWS_SETTINGS = (
    "allowedAccountIds",
    "assumeRole",  # of pulumi-aws 6
    "assumeRoleWithWebIdentity",
    "assumeRoles",
    "defaultTags",
    "region",
)
"""What decides where an AWS provider manages resources and how it tags them; not how it connects."""

Operation = Literal["create", "update", "replace", "delete", "protect", "unprotect", "output"]


@dataclass(frozen=True)
class Difference:
    """One line of the comparison."""

    stack: str
    operation: Operation
    urn: str
    """The recorded URN; for a new resource, the new one."""
    path: str = ""
    old: Any = ABSENT
    new: Any = ABSENT
    loses: bool = False
    """Whether it replaces, deletes or unprotects something that must stay."""

    def __str__(self) -> str:
        line = f"{self.operation} {self.urn}"
        return f"{line}  {self.path}: {shown(self.old)} -> {shown(self.new)}" if self.path else line


def compare(state: State) -> list[Difference]:
    """Every difference between a recorded state and the current program, in a stable order.

    A resource that exists answers with its recorded outputs, as in a preview of the real engine; one that
    is new or replaced leaves them unknown. So an unknown input always stands for a change upstream.
    """
    graph = _previewed(state)
    found = [*_resource_differences(state, graph), *_output_differences(state, graph)]
    return sorted(found, key=str)


def _resource_differences(state: State, graph: Graph) -> Iterator[Difference]:
    left = dict(state.resources)
    for resource in graph.resources:
        recorded = _recorded(state, resource)
        if recorded is not None:
            yield from differences(state.stack, recorded, resource)
        if _is_default_provider(resource):
            continue
        if recorded is not None:
            left.pop(recorded["urn"])
        elif resource.type != STACK_REFERENCE:  # Pulumi reads one, and creates nothing
            yield Difference(state.stack, "create", resource.urn)
    for urn, recorded in left.items():
        yield Difference(state.stack, "delete", urn, loses=_must_stay(recorded))


def _output_differences(state: State, graph: Graph) -> Iterator[Difference]:
    """Other stacks read the outputs: one that is gone or another fails or changes them."""
    for change in changes(STACK_TYPE, state.outputs, graph.outputs):
        yield Difference(state.stack, "output", "", change.path, change.old, change.new)


def _recorded(state: State, resource: Resource) -> Mapping[str, Any] | None:
    """What the state has of a resource, under its own URN or an alias; of a default provider, by its type."""
    if _is_default_provider(resource):
        return state.default_providers.get(resource.type)
    names = (resource.urn, *resource.aliases)
    return next((state.resources[urn] for urn in names if urn in state.resources), None)


def _is_default_provider(resource: Resource) -> bool:
    return resource.is_provider and not resource.parent


def _must_stay(recorded: Mapping[str, Any]) -> bool:
    return recorded["type"] in IRREPLACEABLE or bool(recorded.get("protect"))


def differences(stack: str, recorded: Mapping[str, Any], resource: Resource) -> Iterator[Difference]:
    """All that differs of one resource."""
    urn, must_stay = recorded["urn"], _must_stay(recorded)
    protected = bool(recorded.get("protect"))
    if protected != resource.protect:
        operation: Operation = "unprotect" if protected else "protect"
        yield Difference(stack, operation, urn, loses=protected)
    if _has_another_provider(recorded, resource):
        old, new = recorded["provider"], resource.provider
        yield Difference(stack, "replace", urn, "provider", old, new, must_stay)
    if not resource.custom or resource.is_stack:
        return
    before = _compared(resource.type, recorded.get("inputs", {}))
    after = _compared(resource.type, resource.inputs)
    for change in changes(resource.type, before, after):
        if any(_is_below(change.path, ignored) for ignored in resource.ignore_changes):
            continue
        forced = any(_is_below(change.path, path) for path in resource.replace_on_changes)
        replaced = forced or replaces(resource.type, change)
        yield Difference(
            stack,
            "replace" if replaced else "update",
            urn,
            change.path,
            change.old,
            change.new,
            loses=replaced and must_stay,
        )


def _compared(type_: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inputs that count: of a provider, not the version of its plugin, which follows the SDK."""
    if type_ == AWS_PROVIDER:
        return {key: value for key, value in inputs.items() if key in AWS_SETTINGS}
    if type_.startswith(PROVIDER_TYPE):
        return {key: value for key, value in inputs.items() if key != "version"}
    return inputs


def _has_another_provider(recorded: Mapping[str, Any], resource: Resource) -> bool:
    """Pulumi replaces a resource whose provider changes, unless both are default providers."""
    old, new = recorded.get("provider", ""), resource.provider
    names = [name_of(reference.rpartition("::")[0]) for reference in (old, new) if reference]
    return old != new and not all(name.startswith("default") for name in names)


def _is_below(path: str, ancestor: str) -> bool:
    return path == ancestor or path.startswith((f"{ancestor}.", f"{ancestor}["))


def _previewed(state: State) -> Graph:
    """The current graph of a stack whose resources exist."""

    def answer(monitor: ResourceMonitor, request: Any, response: Any) -> None:
        resource = next(each for each in monitor.resources if each.urn == response.urn)
        recorded = _recorded(state, resource)
        if recorded is None or not resource.custom:
            return
        if any(item.operation == "replace" for item in differences(state.stack, recorded, resource)):
            return
        inputs = {
            key: value for key, value in resource.inputs.items() if key in request.object.fields
        }  # without what the engine adds to a provider's
        old = _compared(resource.type, recorded.get("inputs", {}))
        response.id = recorded["id"]
        response.object.CopyFrom(wire.write(planned(resource.type, recorded.get("outputs", {}), old, inputs)))

    with answering(answer):
        return evaluate_stack(Project.load(ROOT), state.stack, references=references(state.stack))


def references(stack: str) -> dict[str, Mapping[str, Any]]:
    """The recorded outputs of the stacks that a stack reads."""
    layer, _, environment = stack.partition(".")
    if layer == "foundation":
        return {}
    foundation = f"foundation.{environment}"
    return {f"organization/platform/{foundation}": read_state(foundation).outputs}


def expected() -> dict[str, list[str]]:
    """The differences that docs/upgrading.md explains, by stack."""
    lines: dict[str, list[str]] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return lines


def main(*arguments: str) -> None:
    found = {stack: [str(item) for item in compare(read_state(stack))] for stack in STACKS}
    text = json.dumps(found, indent=2) + "\n"
    sys.stdout.write(text)
    if arguments == ("--write",):
        EXPECTED.write_text(text, encoding="utf-8")
    elif arguments:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
