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
from unittest.mock import patch

from platform_components.engine import Graph, Project, Resource, evaluate_stack, wire
from platform_components.engine.monitor import ResourceMonitor
from platform_components.engine.urn import PROVIDER_TYPE, name_of
from tests.estate.changes import ABSENT, STATEFUL, changes, planned, replaces, shown
from tests.estate.states import STACKS, State, read_state

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).with_name("expected.json")

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
    """Whether it replaces, deletes or unprotects something stateful."""

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
        if resource.is_provider and not resource.parent:
            continue
        recorded = _recorded(state, resource)
        if recorded is None:
            yield Difference(state.stack, "create", resource.urn)
            continue
        left.pop(recorded["urn"])
        yield from differences(state.stack, recorded, resource)
    for urn, recorded in left.items():
        yield Difference(state.stack, "delete", urn, loses=_is_stateful(recorded))


def _output_differences(state: State, graph: Graph) -> Iterator[Difference]:
    """Other stacks reference the outputs, so removed and changed ones affect them."""
    for change in changes(state.outputs, graph.outputs):
        yield Difference(state.stack, "output", "", change.path, change.old, change.new)


def _recorded(state: State, resource: Resource) -> Mapping[str, Any] | None:
    """The recorded resource with this URN or one of its aliases."""
    names = (resource.urn, *resource.aliases)
    return next((state.resources[urn] for urn in names if urn in state.resources), None)


def _is_stateful(recorded: Mapping[str, Any]) -> bool:
    return recorded["type"] in STATEFUL or bool(recorded.get("protect"))


def differences(stack: str, recorded: Mapping[str, Any], resource: Resource) -> Iterator[Difference]:
    """All differences of one resource."""
    urn, stateful = recorded["urn"], _is_stateful(recorded)
    protected = bool(recorded.get("protect"))
    if protected != resource.protect:
        operation: Operation = "unprotect" if protected else "protect"
        yield Difference(stack, operation, urn, loses=protected)
    if _has_another_provider(recorded, resource):
        old, new = recorded["provider"], resource.provider
        yield Difference(stack, "replace", urn, "provider", old, new, stateful)
    if not resource.custom or resource.is_stack:
        return
    for change in changes(_inputs(recorded), _inputs_of(resource)):
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
            loses=replaced and stateful,
        )


def _inputs(recorded: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs: Mapping[str, Any] = recorded.get("inputs", {})
    return _without_version(inputs) if recorded["type"].startswith(PROVIDER_TYPE) else inputs


def _inputs_of(resource: Resource) -> Mapping[str, Any]:
    return _without_version(resource.inputs) if resource.is_provider else resource.inputs


def _without_version(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """A provider's inputs without the version of its plugin, which is that of the installed SDK."""
    return {key: value for key, value in inputs.items() if key != "version"}


def _has_another_provider(recorded: Mapping[str, Any], resource: Resource) -> bool:
    """Pulumi replaces a resource whose provider changes, unless both are default providers."""
    old, new = recorded.get("provider", ""), resource.provider
    names = [name_of(reference.rpartition("::")[0]) for reference in (old, new) if reference]
    return old != new and not all(name.startswith("default") for name in names)


def _is_below(path: str, ancestor: str) -> bool:
    return path == ancestor or path.startswith((f"{ancestor}.", f"{ancestor}["))


def _previewed(state: State) -> Graph:
    """The current graph of a stack whose resources exist."""

    async def register(self: ResourceMonitor, request: Any) -> Any:
        response = await original(self, request)
        resource = next(each for each in self.resources if each.urn == response.urn)
        recorded = _recorded(state, resource)
        if recorded is None or not resource.custom:
            return response
        if any(item.operation == "replace" for item in differences(state.stack, recorded, resource)):
            return response
        inputs = {
            key: value for key, value in resource.inputs.items() if key in request.object.fields
        }  # without what the engine adds to a provider's
        outputs = planned(recorded.get("outputs", {}), _inputs(recorded), inputs)
        response.id = recorded["id"]
        response.object.CopyFrom(wire.write(outputs))
        return response

    layer, _, environment = state.stack.partition(".")
    foundation = f"foundation.{environment}"
    references = {}
    if layer != "foundation":
        references[f"organization/platform/{foundation}"] = read_state(foundation).outputs
    original = ResourceMonitor.RegisterResource
    with patch.object(ResourceMonitor, "RegisterResource", register):
        return evaluate_stack(Project.load(ROOT), state.stack, references=references)


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
