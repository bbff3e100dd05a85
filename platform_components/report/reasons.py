"""Why a resource changes, as phrases: a property that differs, or a resource or stack that it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from platform_components.engine.graph import Graph
from platform_components.engine.plan.steps import ChangeKind, Plan, PropertyChange, Reason, Step
from platform_components.engine.plan.verdict import INIT_ERROR, top
from platform_components.engine.stack_references import STACK_REFERENCE
from platform_components.engine.urn import name_of, type_of
from platform_components.report.names import listed, short_type

_VERBS: Final[Mapping[ChangeKind, str]] = {"add": "is added", "update": "changes", "delete": "is removed"}
_PASSIVE: Final[Mapping[str, str]] = {
    "create": "is created",
    "update": "is updated",
    "replace": "is replaced",
    "delete": "is deleted",
    "import": "is imported",
}
OPEN: Final[Mapping[Reason | None, str]] = {
    "secret": "a secret that can't be compared without its key",
    "provider": "only the provider decides whether this is a change",
    "unknown": "known only after the deployment, so it may change",
    None: "can't be compared",
}
"""Why it is open whether a value changes."""


@dataclass(frozen=True)
class Reasons:
    """The reasons of the changes of one stack."""

    steps: Mapping[str, Step]
    """The steps of the stack by URN."""
    upstream: Mapping[str, tuple[str, tuple[str, ...]]]
    """By URN of a StackReference: the stack, and the outputs of it that change and that this stack reads."""

    @classmethod
    def of(cls, graph: Graph, plan: Plan, plans: Mapping[str, Plan]) -> Reasons:
        """`plans` are those of the referenced stacks, by `organization/project/stack`."""
        reads = {read.stack: read.outputs for read in graph.reads}
        upstream = {}
        for resource in graph.resources:
            if resource.type != STACK_REFERENCE:
                continue
            name = resource.inputs.get("name")
            stack = name if isinstance(name, str) else resource.name
            if stack in plans:
                changed = {top(each.path) for each in plans[stack].outputs}
                outputs = tuple(output for output in reads.get(stack, ()) if output in changed)
                upstream[resource.urn] = (stack.rpartition("/")[2], outputs)
        return cls({step.urn: step for step in plan.steps}, upstream)

    def of_step(self, step: Step) -> Iterator[str]:
        """Yield why a resource changes: what causes it first."""
        for cause in step.causes:
            yield self._cause(cause)
        if step.operation == "delete" and not step.causes:
            yield (
                "left over from an earlier replacement"
                if step.leftover
                else "the program no longer declares it"
            )
        if step.deleted_with:
            yield f"deleted together with {_named(step.deleted_with)}"
        if step.operation == "replace":
            yield from replacing(step)
        if step.possibly_replaces:
            yield f"unknown whether {', '.join(step.possibly_replaced_by)} can be changed in place"
        if step.operation == "undetermined":
            yield from _undetermined(step.changes)
        if step.adopted_from:
            yield f"was {name_of(step.adopted_from)}, found by an alias"

    def of_stack(self) -> Iterator[str]:
        """Yield the changed outputs of other stacks, with the changes that depend on them."""
        for urn, (stack, outputs) in self.upstream.items():
            names = [step.name for step in self.steps.values() if step.is_managed and urn in step.causes]
            if names and outputs:
                verb = "depends" if len(names) == 1 else "depend"
                yield f"{listed(names)} {verb} on {stack}, which changes {_outputs(outputs)}"

    def _cause(self, urn: str) -> str:
        if urn in self.upstream:
            stack, outputs = self.upstream[urn]
            return f"depends on {stack}" + (f", which changes {_outputs(outputs)}" if outputs else "")
        step = self.steps.get(urn)
        what = _PASSIVE.get(step.operation, "changes") if step else "changes"
        return f"depends on {_named(urn)}, which {what}"


def _named(urn: str) -> str:
    return f"{name_of(urn)} ({short_type(type_of(urn))})"


def replacing(step: Step) -> Iterator[str]:
    """The properties that force a replacement, with what happens to them."""
    kinds = {change.path: change.kind for change in step.changes}
    for path in step.replaced_by:
        if path == INIT_ERROR:
            yield "its last deployment did not complete, which requires a replacement"
        else:
            yield f"{path} {_VERBS.get(kinds.get(path, 'update'), 'changes')}, which requires a replacement"


def _undetermined(changes: Iterable[PropertyChange]) -> Iterator[str]:
    paths: dict[Reason | None, list[str]] = {}
    for change in changes:
        if change.kind == "undetermined":
            paths.setdefault(change.reason, []).append(change.path)
    for reason, found in paths.items():
        yield f"{', '.join(found)}: {OPEN[reason]}"
    if not paths:
        yield "a plugin creates its component, and the preview does not run plugins"


def _outputs(names: tuple[str, ...]) -> str:
    return f"{'the output' if len(names) == 1 else 'the outputs'} {listed(names)}"
