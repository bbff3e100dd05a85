"""Texts about the plan of a stack that the terminal and Markdown share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from platform_components.cli.edit_lines import SYMBOLS
from platform_components.cli.findings import count_of
from platform_components.engine.plan.steps import Comparison, Step
from platform_components.engine.state.deployment import PendingOperation
from platform_components.engine.urn import name_of
from platform_components.report.changes import OPERATIONS, Change, StackChanges
from platform_components.report.names import short_type

_VERBS: Final[Mapping[str, str]] = {
    "delete": "delete",
    "replace": "replace",
    "update": "update",
    "import": "import",
    "create": "create",
}
_INTERRUPTED: Final = (
    "The result of these operations is unknown. Check the resources in the cloud, then run `pulumi refresh`, "
    "which removes the operations from the state; for `creating`, run it in a terminal"
)
# Pulumi's own advice: printPendingOperationsWarning in pkg/resource/deploy/deployment_executor.go.


def counts_text(*stacks: StackChanges) -> str:
    """`1 to replace, 3 to update (1 may be replaced), 2 to create`; without those, what else changes."""
    counts = sum((stack.counts for stack in stacks), Counter[str]())
    possibly_replaced = sum(stack.possibly_replaced for stack in stacks)
    parts = []
    for operation in OPERATIONS:
        if counts.get(operation):
            verb = _VERBS.get(operation)
            text = f"{counts[operation]} to {verb}" if verb else f"{counts[operation]} undetermined"
            if operation == "update" and possibly_replaced:
                text += f" ({possibly_replaced} may be replaced)"
            parts.append(text)
    return ", ".join(parts or _other_counts(stacks)) or "no changes"


def _other_counts(stacks: Sequence[StackChanges]) -> Iterator[str]:
    """What changes although no resource in a cloud does."""
    others = sum(not step.is_managed for stack in stacks for step in stack.plan.changes)
    outputs = sum(len(stack.plan.outputs) for stack in stacks)
    if others:
        noun = "component or provider changes" if others == 1 else "components or providers change"
        yield f"{others} {noun}"
    if outputs:
        yield f"{outputs} {'output changes' if outputs == 1 else 'outputs change'}"
    if pending := sum(len(stack.plan.pending) for stack in stacks):
        yield f"{count_of(pending, 'operation')} did not end"


def symbols_text(counts: Mapping[str, int]) -> str:
    """`- 1  ± 1  ~ 3`."""
    return "  ".join(f"{SYMBOLS[name]} {counts[name]}" for name in OPERATIONS if counts.get(name))


def compared_text(compared: Comparison) -> str:
    """What the program was compared with."""
    if not compared.source:
        return "compared with nothing"
    if not compared.exists:
        return f"not deployed yet, according to {compared.source}"
    source = f"the snapshot {compared.source}" if compared.is_snapshot else compared.source
    time = f", deployed {compared.time}" if compared.time else ""
    return f"compared with {source}{time}, {count_of(compared.resources, 'resource')}"


def pending_lines(pending: tuple[PendingOperation, ...]) -> Iterator[str]:
    """The interrupted operations, and what to do."""
    if pending:
        yield f"{count_of(len(pending), 'operation')} of the last deployment did not end"
        for each in pending:
            yield f"{each.kind} {name_of(each.urn)} ({short_type(each.type)})" + (
                f" {each.id}" if each.id else ""
            )
        yield _INTERRUPTED


def order_text(step: Step) -> str:
    """The order of a replacement, or nothing."""
    if step.operation != "replace":
        return ""
    if step.retained:
        return "the old resource stays in the cloud"
    return {
        "create first": "created first, then the old one is deleted",
        "delete first": "the old one is deleted first",
        None: "",
    }[step.order]


def notes(change: Change, stack: StackChanges) -> Iterator[str]:
    """What a reader must know of a change in addition to its differences, risks first."""
    step = change.step
    if change.refused:
        yield f"the deployment fails: {change.refused}"
    yield from (fact.text for fact in change.facts)
    if order := order_text(step):
        yield order
    if step.operation == "delete" and step.retained:
        yield "stays in the cloud, outside the state"
    yield from change.reasons
    if change.owner != stack.owner:
        yield f"owner {change.owner}"
