"""The preview as text: a tree per stack, the policy findings, the totals."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from platform_components.base.tags import taggable_types
from platform_components.cli.output import one_line, printable, styled
from platform_components.engine import Diagnostic, Graph, Resource
from platform_components.engine.values import is_unknown, without_secrets
from platform_components.policy import Report
from platform_components.workspace.run import Run
from platform_components.workspace.stack import ComponentRecord, StackRun

_MOST_BARE = 12
"""Up to this many resources outside components are listed individually; more are counted by type."""
_MOST_OUTPUTS = 6
_MOST_PRINTED = 100
"""Diagnostics of one severity, such as printed lines."""
_LONGEST_VALUE, _LONGEST_MESSAGE = 200, 2_000
"""Characters of a value and of a message; longer ones are shortened. --json has all of them."""


def show(console: Console, run: Run, *, resources: bool) -> None:
    """Print the preview. `resources` lists every resource below its component."""
    console.print(_headline(run))
    for stack in run.stacks:
        console.print()
        console.print(_stack(stack, resources))
    console.print()
    console.print(_totals(run))


def _headline(run: Run) -> RenderableType:
    selection = run.selection
    parts = [selection.project.name]
    if selection.platform and selection.environment:
        about = selection.platform.environments[selection.environment]
        parts = [selection.environment, f"{about.tier} tier", about.region]
    parts.append(_count(len(selection.shown), "stack"))
    return _spread(styled((" · ".join(parts), "bold")), styled(("preview only: nothing is deployed", "dim")))


def _stack(stack: StackRun, resources: bool) -> RenderableType:
    name = styled((stack.name, "bold cyan"))
    if stack.reads:
        name.append(styled((f"   references {', '.join(stack.reads)}", "dim")))
    parts: list[RenderableType] = [_spread(name, Text(f"+ {len(stack.graph.managed)}", style="green"))]
    parts.append(Padding(_components(stack, resources), (0, 0, 0, 2)))
    about = Table.grid(padding=(0, 2))
    about.add_column(style="dim", no_wrap=True)
    about.add_column(overflow="fold")
    for label, text in _about(stack.graph):
        about.add_row(label, text)
    parts.append(Padding(about, (0, 0, 0, 2)))
    parts += [Padding(finding, (0, 0, 0, 2)) for finding in _findings(stack.report)]
    return Group(*parts)


def _components(stack: StackRun, resources: bool) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold", ratio=1)
    table.add_column(justify="right", style="dim", no_wrap=True)
    for depth, last, component in _nested(stack.components, resources):
        below = _managed_below(stack.graph, component.urn)
        branch = "" if depth == 0 else "  " * (depth - 1) + ("└ " if last else "├ ")
        kind = component.type.rpartition(":")[2]
        table.add_row(
            one_line(f"{branch}{kind}"), one_line(component.name), _summary(component), f"+ {len(below)}"
        )
        if resources:
            for resource in below:
                if resource.parent == component.urn:
                    table.add_row("", one_line(f"  {resource.name}"), _type_and_marks(resource), "")
    for row in _outside(stack, resources):
        table.add_row(*row)
    return table


def _summary(component: ComponentRecord) -> Text:
    summary = styled(_shortened(component.summary))
    overrides = [f"{suffix}.{name}" for suffix, names in component.customized.items() for name in names]
    if overrides:
        text = f"{' · ' if summary else ''}customised: {', '.join(overrides)}"
        summary.append(styled((text, "yellow")))
    return summary


def _nested(
    components: Sequence[ComponentRecord], resources: bool
) -> Iterator[tuple[int, bool, ComponentRecord]]:
    """Each component with its depth, and whether it is the last child of its parent; parents come first."""
    by_parent: dict[str, list[ComponentRecord]] = {}
    for component in components:
        by_parent.setdefault(component.parent, []).append(component)

    def below(parent: ComponentRecord, depth: int) -> Iterator[tuple[int, bool, ComponentRecord]]:
        children = by_parent.get(parent.urn, [])
        if not resources:  # without children that would repeat their parent's line
            children = [c for c in children if (c.name, c.summary) != (parent.name, parent.summary)]
        for child in children:
            yield depth, child is children[-1], child
            yield from below(child, depth + 1)

    for component in by_parent.get("", []):
        yield 0, False, component
        yield from below(component, 1)


def _outside(stack: StackRun, resources: bool) -> Iterator[tuple[str, str, str | Text, str]]:
    """Rows of the resources outside the library's components."""
    library_types = {component.type for component in stack.components}
    bare: list[Resource] = []
    for root in stack.graph.roots:
        if root.type in library_types or root.is_provider or root.external:
            continue
        if root.custom:
            bare.append(root)
        else:
            below = _managed_below(stack.graph, root.urn)
            kind, name = one_line(root.type.rpartition(":")[2]), one_line(root.name)
            yield kind, name, "a component of this program", f"+ {len(below)}"
    if resources or len(bare) <= _MOST_BARE:
        for resource in bare:
            kind, name = one_line(resource.type.rpartition(":")[2]), one_line(resource.name)
            yield kind, name, _type_and_marks(resource), ""
    else:
        for type_, count in sorted(Counter(one_line(resource.type) for resource in bare).items()):
            yield type_.rpartition(":")[2], "", type_, f"+ {count}"


def _type_and_marks(resource: Resource) -> Text:
    """The type as in programs, such as `s3.Bucket` or `apps/v1.Deployment`, and whether it is protected."""
    _, _, token = resource.type.partition(":")
    module, _, kind = token.rpartition(":")
    short = module.rpartition("/")[0] if resource.type.startswith("aws:") else module
    return styled((f"{short}.{kind}" + (" · protected" if resource.protect else ""), "dim"))


def _about(graph: Graph) -> Iterator[tuple[str, Text]]:
    taggable = [resource for resource in graph.managed if resource.type in taggable_types()]
    common = _common_tags(taggable)
    if common:
        text = styled("  ".join(f"{key}={_shortened(value)}" for key, value in sorted(common.items())))
        yield "tags", text.append(f"  on all {len(taggable)} taggable resources", style="dim")
    protected = sum(resource.protect for resource in graph.managed)
    if protected:
        yield "protected", Text(f"{_count(protected, 'resource')} can't be deleted by a deployment")
    if graph.outputs:
        yield "outputs", _outputs(graph)
    yield from _diagnostics(graph.diagnostics)


def _diagnostics(diagnostics: Sequence[Diagnostic]) -> Iterator[tuple[str, Text]]:
    counts = Counter[str]()
    for diagnostic in diagnostics:
        counts[diagnostic.severity] += 1
        if counts[diagnostic.severity] <= _MOST_PRINTED:
            style = "yellow" if diagnostic.severity == "warning" else "dim"
            place = f"{diagnostic.source}: " if diagnostic.source else ""
            message = _shortened(f"{place}{diagnostic.message}", _LONGEST_MESSAGE)
            yield diagnostic.severity, Text(printable(message), style=style)
    for severity, count in counts.items():
        if count > _MOST_PRINTED:
            yield severity, Text(f"{count - _MOST_PRINTED:,} more; --json has all of them", style="dim")


def _common_tags(resources: Sequence[Resource]) -> dict[str, str]:
    """The tags other than Name that all of these resources have with the same value."""
    sets = [
        {(key, value) for key, value in tags.items() if key != "Name" and isinstance(value, str)}
        if isinstance(tags := resource.inputs.get("tags"), Mapping)
        else set()
        for resource in resources
    ]
    return dict(set.intersection(*sets)) if sets else {}


def _outputs(graph: Graph) -> Text:
    known = [name for name, value in graph.outputs.items() if not is_unknown(value)]
    shown = {name: without_secrets(graph.outputs[name]) for name in known[:_MOST_OUTPUTS]}
    text = styled("  ".join(f"{name}={_value(value)}" for name, value in shown.items()))
    later = len(graph.outputs) - len(known)
    rest = [_count(len(known) - _MOST_OUTPUTS, "more")] if len(known) > _MOST_OUTPUTS else []
    rest += [f"{later} known after the deployment"] if later else []
    return text.append(("  " if text else "") + " · ".join(rest), style="dim")


def _value(value: Any) -> str:
    return _shortened(value if value and isinstance(value, str) else json.dumps(value))


def _shortened(text: str, longest: int = _LONGEST_VALUE) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def _findings(report: Report) -> Iterator[Text]:
    """One line per error and violation; undetermined findings are grouped by rule and reason."""
    for finding in (*report.errors, *report.violations):
        fails = finding.fails
        line = Text("✗ " if fails else "! ", style="bold red" if fails else "yellow")
        line.append(styled((f"{finding.rule}  ", "bold")))
        line.append(styled(f"{finding.name}: {_shortened(finding.message, _LONGEST_MESSAGE)}"))
        if finding.remedy:
            line.append(styled((f" → {finding.remedy}", "dim")))
        yield line
    reasons: dict[tuple[str, str], list[str]] = {}
    for finding in report.undetermined:
        reasons.setdefault((finding.rule, finding.message), []).append(finding.name)
    for (rule, message), names in reasons.items():
        subject = names[0] if len(names) == 1 else _count(len(names), "resource")
        yield styled((f"? {rule}  {subject}: {_shortened(message, _LONGEST_MESSAGE)}", "dim"))


def _totals(run: Run) -> RenderableType:
    graphs = [stack.graph for stack in run.stacks]
    clouds = Counter(r.type.partition(":")[0] for graph in graphs for r in graph.managed)
    names = {"aws": "AWS", "kubernetes": "Kubernetes"}
    parts = ", ".join(f"{count} {names.get(cloud, cloud)}" for cloud, count in clouds.most_common())
    reports = [stack.report for stack in run.stacks]
    violations = sum(len(report.violations) for report in reports)
    errors = sum(len(report.errors) for report in reports)
    undetermined = sum(len(report.undetermined) for report in reports)
    verdict = Text(f"policies   {_count(len(run.pack.rules), 'rule')} · ")
    verdict.append(_count(violations, "violation"), style="bold red" if violations else "green")
    if errors:
        verdict.append(f" · {_count(errors, 'broken rule')}", style="bold red")
    if undetermined:
        verdict.append(f" · {undetermined} undetermined until deployed", style="dim")
    total = Text(f"{sum(clouds.values())} to create", style="bold")
    total.append(styled((f" · {parts} · {run.seconds:.1f} s" if parts else f" · {run.seconds:.1f} s", "dim")))
    return Group(verdict, total)


def _managed_below(graph: Graph, urn: str) -> list[Resource]:
    found: list[Resource] = []
    for child in graph.children(urn):
        if child.is_managed:
            found.append(child)
        found += _managed_below(graph, child.urn)
    return found


def _spread(left: Text, right: Text) -> Table:
    line = Table.grid(expand=True)
    line.add_column(overflow="fold")
    line.add_column(justify="right", no_wrap=True)
    line.add_row(left, right)
    return line


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 or noun == "more" else f"{number} {noun}s"
