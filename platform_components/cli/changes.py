"""The changes of a stack in the terminal: the resources that change, by component, with their differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from platform_components.cli.edit_lines import SYMBOLS, edit_lines, lost_id
from platform_components.cli.findings import count_of
from platform_components.cli.headlines import compared_text, counts_text, notes, pending_lines
from platform_components.cli.output import styled
from platform_components.engine.plan.steps import PropertyChange
from platform_components.report.changes import Change, Report, StackChanges
from platform_components.report.groups import grouped
from platform_components.report.names import listed, short_type
from platform_components.workspace.stack import StackRun

_STYLES: Mapping[str, str] = {
    "create": "green",
    "update": "yellow",
    "replace": "bold magenta",
    "delete": "bold red",
    "import": "cyan",
    "undetermined": "yellow",
    "+": "green",
    "-": "red",
    "~": "yellow",
    "?": "yellow",
}
"""Styles of operations, and of the symbols of differences."""
_MOST_EDITS = 12
"""Differences of one resource; --json has all of them."""
_MOST_CREATED = 12
"""Up to this many new resources of a component are listed individually."""
_MOST_QUIET = 10
"""Up to this many stacks without changes are listed."""
_MOST_NAMES = 3


def changes_shown(stack: StackRun, changes: StackChanges, *, resources: bool) -> RenderableType:
    """Everything that changes in a stack. `resources` lists every new resource individually."""
    return Group(*_indented(_lines(stack, changes, resources)))


def quiet_lines(stacks: list[StackChanges]) -> Iterator[Text]:
    """A line per stack without changes, or one for all of them."""
    if len(stacks) > _MOST_QUIET:
        total = sum(stack.unchanged for stack in stacks)
        yield styled((f"{len(stacks)} stacks without changes   {count_of(total, 'resource')}", "dim"))
        return
    for stack in stacks:
        about = f"{count_of(stack.unchanged, 'resource')} · {compared_text(stack.plan.compared)}"
        yield styled((stack.name, "bold cyan"), "   no changes   ", (about, "dim"))


def totals_text(report: Report) -> str:
    """The sum over all stacks."""
    unchanged = sum(stack.unchanged for stack in report.stacks)
    return f"{counts_text(*report.stacks)} · {unchanged} unchanged"


def _indented(lines: Iterator[tuple[int, Text]]) -> Iterator[RenderableType]:
    for depth, line in lines:
        yield Padding(line, (0, 0, 0, 2 * depth))


def _lines(stack: StackRun, changes: StackChanges, resources: bool) -> Iterator[tuple[int, Text]]:
    yield 1, styled((compared_text(changes.plan.compared), "dim"))
    for line in pending_lines(changes.plan.pending):
        yield 1, styled(("! ", "bold yellow"), line)
    for reason in changes.reasons:
        yield 1, styled((reason, "dim"))
    found = grouped(changes.changes)
    by_component: dict[str, list[tuple[Change, tuple[PropertyChange, ...]]]] = {}
    components = {component.urn: component for component in stack.components}
    parents = {resource.urn: resource.parent for resource in stack.graph.resources}
    for change, edits in found.rest:
        urn = _component_of(change.step.parent, components, parents)
        by_component.setdefault(urn, []).append((change, edits))
    for urn, items in by_component.items():
        component = components.get(urn)
        depth = 1
        if component is not None:
            yield 1, styled(component.type.rpartition(":")[2], "  ", (component.name, "bold"))
            depth = 2
        yield from ((depth + more, line) for more, line in _component(items, changes, resources))
    for group in found.groups:
        symbol, text = next(edit_lines(group.edit))
        names = listed([change.step.name for change in group.changes], _MOST_NAMES)
        yield (
            1,
            styled((f"{symbol} ", _STYLES[symbol]), f"{text}  on {group.resources}", (f"  ({names})", "dim")),
        )
    for edit in changes.plan.outputs:
        for symbol, text in edit_lines(edit):
            yield 1, styled((f"{symbol} ", _STYLES.get(symbol, "")), ("output ", "dim"), text)
    rest = [f"{changes.unchanged} unchanged"] if changes.unchanged else []
    rest += (
        [f"{len(changes.others)} changed outside a cloud (components, providers)"] if changes.others else []
    )
    if rest:
        yield 1, styled((", ".join(rest), "dim"))


def _component(
    items: list[tuple[Change, tuple[PropertyChange, ...]]], changes: StackChanges, resources: bool
) -> Iterator[tuple[int, Text]]:
    created = {
        change.step.urn for change, _ in items if change.step.operation == "create" and not change.facts
    }
    counted = set() if resources or len(created) <= _MOST_CREATED else created
    for change, edits in items:
        step = change.step
        if step.urn in counted:
            continue
        line = styled(
            (f"{SYMBOLS[step.operation]} ", _STYLES[step.operation]),
            (step.name, "bold"),
            (f"  {short_type(step.type)}", "dim"),
            (f"  {lost_id(step)}" if lost_id(step) else "", "dim"),
        )
        about = list(notes(change, changes))
        if about:
            line.append(styled(f"  {' · '.join(about)}"))
        yield 0, line
        shown = [line for edit in edits for line in edit_lines(edit, step)]
        for symbol, text in shown[:_MOST_EDITS]:
            yield 2, styled((f"{symbol} ", _STYLES.get(symbol, "")), text)
        if len(shown) > _MOST_EDITS:
            yield 2, styled((f"… {len(shown) - _MOST_EDITS} more lines; --json has all of them", "dim"))
    if counted:
        yield 0, styled(("+ ", _STYLES["create"]), f"{len(counted)} resources; --resources lists them")


def _component_of(urn: str, components: Mapping[str, object], parents: Mapping[str, str]) -> str:
    """The nearest component of the library around the children of this resource; empty if there is none."""
    while urn and urn not in components:
        urn = parents.get(urn, "")
    return urn
