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

from platform_components.base.settings import Platform
from platform_components.base.tags import taggable_types
from platform_components.cli.changes import changes_shown, quiet_lines, totals_text
from platform_components.cli.diagnostics import diagnostic_rows, function_rows
from platform_components.cli.findings import count_of, finding_lines, unread_lines
from platform_components.cli.headlines import symbols_text
from platform_components.cli.output import one_line, shortened, styled
from platform_components.engine import Graph, Resource
from platform_components.engine.values import is_unknown, without_secrets
from platform_components.policy import environment_of
from platform_components.report.changes import Report, StackChanges
from platform_components.report.names import short_type
from platform_components.workspace.run import Run
from platform_components.workspace.run_config import run_config_keys
from platform_components.workspace.stack import ComponentRecord, StackRun

_MOST_BARE = 12
"""Up to this many resources outside components are listed individually; more are counted by type."""
_MOST_OUTPUTS = 6
_LONGEST_VALUE = 200
"""Characters of a value; longer ones are shortened. --json has all of them."""


def show(console: Console, run: Run, report: Report, *, resources: bool) -> None:
    """Print the preview. `resources` lists every resource below its component."""
    console.print(_headline(run))
    for line in _run_config(run):
        console.print(line)
    compared = {changes.name: changes for changes in report.stacks}
    quiet = {changes.name: changes for changes in report.stacks if changes.is_quiet}
    environment = run.selection.environment
    for stack in run.stacks:
        if stack.name in quiet and not _has_messages(stack):
            continue
        console.print()
        if run.selection.platform and (of_stack := environment_of(stack.name)) != environment:
            environment = of_stack
            count = sum(environment_of(name) == environment for name in run.selection.shown)
            parts = [*_about_environment(environment, run.selection.platform), count_of(count, "stack")]
            console.print(styled((" · ".join(parts), "bold")))
            console.print()
        console.print(_stack(stack, compared.get(stack.name), resources))
    if quiet:
        console.print()
        console.print(Group(*quiet_lines(list(quiet.values()))))
    console.print()
    console.print(_totals(run, report))


def _has_messages(stack: StackRun) -> bool:
    """Whether there is more to show of a stack without changes: violations, errors or warnings."""
    severe = any(each.severity in ("error", "warning") for each in stack.graph.diagnostics)
    return severe or bool(stack.report.violations or stack.report.errors)


def _headline(run: Run) -> RenderableType:
    selection = run.selection
    parts = [selection.project.name]
    if selection.platform and selection.environment:
        parts = _about_environment(selection.environment, selection.platform)
    elif len(selection.environments) > 1:
        parts.append(count_of(len(selection.environments), "environment"))
    parts.append(count_of(len(selection.shown), "stack"))
    if selection.platform and selection.platform.elsewhere:
        parts.append(f"settings of {selection.platform.settings}")
    return _spread(styled((" · ".join(parts), "bold")), styled(("preview only: nothing is deployed", "dim")))


def _about_environment(name: str, platform: Platform) -> list[str]:
    about = platform.environments[name]
    return [name, f"{about.tier} tier", about.region]


def _run_config(run: Run) -> Iterator[Text]:
    """The keys that only this run sets, one line for all stacks with the same ones."""
    stacks: dict[tuple[str, ...], list[str]] = {}
    for stack, keys in run_config_keys(run.selection).items():
        stacks.setdefault(keys, []).append(stack)
    for keys, names in stacks.items():
        text = f"with configuration of this run: {', '.join(keys)}"
        yield styled((f"{text} ({', '.join(names)})" if len(run.selection.shown) > 1 else text, "yellow"))


def _stack(stack: StackRun, changes: StackChanges | None, resources: bool) -> RenderableType:
    name = styled((stack.name, "bold cyan"))
    if stack.reads:
        name.append(styled((f"   references {', '.join(stack.reads)}", "dim")))
    parts: list[RenderableType]
    if changes is None:
        parts = [_spread(name, Text(f"+ {len(stack.graph.managed)}", style="green"))]
        parts.append(Padding(_components(stack, resources), (0, 0, 0, 2)))
    else:
        parts = [_spread(name, styled((symbols_text(changes.counts), "bold")))]
        parts.append(changes_shown(stack, changes, resources=resources))
    about = Table.grid(padding=(0, 2))
    about.add_column(style="dim", no_wrap=True)
    about.add_column(overflow="fold")
    for label, text in _about(stack.graph) if changes is None else _messages(stack.graph):
        about.add_row(label, text)
    parts.append(Padding(about, (0, 0, 0, 2)))
    parts += [Padding(finding, (0, 0, 0, 2)) for finding in finding_lines(stack.report)]
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
    summary = styled(shortened(component.summary, _LONGEST_VALUE))
    overrides = [f"{suffix}.{path}" for suffix, paths in component.overrides.items() for path in paths]
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
    return styled((short_type(resource.type) + (" · protected" if resource.protect else ""), "dim"))


def _about(graph: Graph) -> Iterator[tuple[str, Text]]:
    taggable = [resource for resource in graph.managed if resource.type in taggable_types()]
    common = _common_tags(taggable)
    if common:
        text = styled(
            "  ".join(f"{key}={shortened(value, _LONGEST_VALUE)}" for key, value in sorted(common.items()))
        )
        yield "tags", text.append(f"  on all {len(taggable)} taggable resources", style="dim")
    protected = sum(resource.protect for resource in graph.managed)
    if protected:
        yield "protected", Text(f"{count_of(protected, 'resource')} can't be deleted by a deployment")
    if graph.outputs:
        yield "outputs", _outputs(graph)
    yield from _messages(graph)


def _messages(graph: Graph) -> Iterator[tuple[str, Text]]:
    yield from function_rows(graph.functions)
    yield from diagnostic_rows(graph.diagnostics)


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
    rest = [f"{len(known) - _MOST_OUTPUTS} more"] if len(known) > _MOST_OUTPUTS else []
    rest += [f"{later} known after the deployment"] if later else []
    return text.append(("  " if text else "") + " · ".join(rest), style="dim")


def _value(value: Any) -> str:
    text = value if value and isinstance(value, str) else json.dumps(value)
    return shortened(text, _LONGEST_VALUE)


def _totals(run: Run, report: Report) -> RenderableType:
    graphs = [stack.graph for stack in run.stacks]
    clouds = Counter(r.type.partition(":")[0] for graph in graphs for r in graph.managed)
    names = {"aws": "AWS", "kubernetes": "Kubernetes"}
    parts = ", ".join(f"{count} {names.get(cloud, cloud)}" for cloud, count in clouds.most_common())
    policies = Table.grid(padding=(0, 3))
    policies.add_column(no_wrap=True)
    policies.add_column(overflow="fold")
    policies.add_row("policies", _verdict(run))
    for line in unread_lines(stack.report for stack in run.stacks):
        policies.add_row("unread", line)
    creates = sum(len(stack.graph.managed) for stack in run.stacks if stack.name in report.not_compared)
    texts = [totals_text(report)] if report.stacks else []
    texts += (
        [f"{creates} to create" + (" without a state" if report.stacks else "")]
        if report.not_compared
        else []
    )
    total = Text(", ".join(texts or ["0 to create"]), style="bold")
    if logged := sum(len(graph.errors) for graph in graphs):
        total.append(f" · {count_of(logged, 'error')} logged by programs", style="bold red")
    total.append(styled((f" · {parts} · {run.seconds:.1f} s" if parts else f" · {run.seconds:.1f} s", "dim")))
    return Group(policies, total)


def _verdict(run: Run) -> Text:
    if not run.evaluated:
        return Text("not evaluated: --policy-pack none", style="yellow")
    reports = [stack.report for stack in run.stacks]
    violations = sum(len(report.violations) for report in reports)
    errors = sum(len(report.errors) for report in reports)
    undetermined = sum(len(report.undetermined) for report in reports)
    verdict = Text(f"{count_of(len(run.pack.rules), 'rule')} · ")
    verdict.append(count_of(violations, "violation"), style="bold red" if violations else "green")
    if errors:
        verdict.append(f" · {count_of(errors, 'broken rule')}", style="bold red")
    if undetermined:
        verdict.append(f" · {undetermined} undetermined until deployed", style="dim")
    return verdict


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
