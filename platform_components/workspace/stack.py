"""One stack, evaluated in this process: its graph, its components as records, what the rules say of it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from platform_components.base.component import Component, observed
from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.settings import PLATFORM_FILE, split_stack
from platform_components.engine import Graph, Project, evaluate_stack
from platform_components.engine.console import captured
from platform_components.engine.journal import Journal
from platform_components.engine.source import Locator
from platform_components.policy import PolicyContext, Report, evaluate_policies
from platform_components.policy.pack import Pack
from platform_components.workspace.values import Value, values_of

NOT_EVALUATED: Final = Report(rules=(), findings=(), judged=0)


@dataclass(frozen=True)
class Task:
    """What the evaluation of one stack needs to know. Plain data: it goes to another process."""

    project: Project
    stack: str
    organization: str
    reads: tuple[str, ...] | None
    """The stacks that platform.yaml says it reads; None without that file."""
    policy_context: PolicyContext | None = None
    """What the rules are evaluated with; None without rules."""
    values: bool = False
    """Whether the values of its components are asked for."""

    def qualified(self, stack: str) -> str:
        """What a StackReference to a stack of this project names."""
        return f"{self.organization}/{self.project.name}/{stack}"


@dataclass(frozen=True)
class ComponentRecord:
    """One of the library's components, as the program made it."""

    kind: str
    type: str
    name: str
    urn: str
    parent: str
    """URN of the component that it is a part of; empty for one that stands alone."""
    summary: str
    customized: Mapping[str, tuple[str, ...]]
    """The arguments that `customize` overrides, by child."""
    values: tuple[Value, ...] = ()
    """Every field of its args, resolved, without secrets; only where they were asked for."""


@dataclass(frozen=True)
class StackRun:
    """One stack, evaluated."""

    name: str
    graph: Graph
    components: tuple[ComponentRecord, ...]
    """The library's components in it, in the order of the program."""
    reads: tuple[str, ...]
    """The stacks whose outputs it read, by name."""
    report: Report = NOT_EVALUATED
    """What the rules say of it, without the rules."""


def evaluate_task(task: Task, references: Mapping[str, Mapping[str, Any]], pack: Pack | None) -> StackRun:
    """Evaluate a stack in this process. `references` has what other stacks output, by qualified name.

    Raises:
        InvalidInput: a file is wrong, or platform.yaml doesn't say what the program reads.
        ProgramError: the program fails.
    """
    with observed() as components:
        graph = evaluate_stack(
            task.project, task.stack, references=references, organization=task.organization
        )
    reads = tuple(_local_reads(graph))
    if task.reads is not None:
        _check_reads(task.stack, task.reads, reads)
    records = tuple(_records(graph, components, task.values))
    report = NOT_EVALUATED
    if pack is not None and task.policy_context is not None:
        graph, report = _evaluated(task.project, graph, pack, task.policy_context)
    return StackRun(task.stack, graph, records, reads, report)


def _evaluated(project: Project, graph: Graph, pack: Pack, context: PolicyContext) -> tuple[Graph, Report]:
    """The report on a graph; what the rules print becomes diagnostics of the graph, without its secrets."""
    journal = Journal(graph.stack, Locator(project.root), config_file="")
    with captured(journal):
        report = evaluate_policies(graph.resources, pack.rules, context)
    said = tuple(replace(item, message=graph.redact(item.message)) for item in journal.diagnostics)
    # Rules hold functions of the pack, which stay in the processes that loaded it.
    return replace(graph, diagnostics=graph.diagnostics + said), replace(report, rules=())


def _records(graph: Graph, components: Iterable[Component[Any]], values: bool) -> Iterator[ComponentRecord]:
    """The components, each with its resource: of one type and name, both come in the program's order."""
    urns: dict[tuple[str, str], deque[str]] = defaultdict(deque)
    for resource in graph.resources:
        if not resource.custom:
            urns[resource.type, resource.name].append(resource.urn)
    known: dict[int, str] = {}
    for component in components:
        urn = known[id(component)] = urns[component.type_token, component.name].popleft()
        yield ComponentRecord(
            kind=type(component).__name__,
            type=component.type_token,
            name=component.name,
            urn=urn,
            parent=known.get(id(component.parent), ""),
            summary=component.summary,
            customized={role: tuple(given) for role, given in component.args.customize.items()},
            values=tuple(replace(value, value=graph.redact(value.value)) for value in values_of(component))
            if values
            else (),
        )


def _local_reads(graph: Graph) -> Iterator[str]:
    prefix = f"{graph.organization}/{graph.project}/"
    for read in graph.reads:
        yield read.stack.removeprefix(prefix)


def _check_reads(stack: str, declared: Iterable[str], read: Iterable[str]) -> None:
    """platform.yaml fixes the order, so what it says a stack reads has to be what its program reads."""
    layer, _ = split_stack(stack)
    stated, inside = set(declared), {name for name in read if "/" not in name}
    problems = [
        Problem(
            f"stacks.{layer}.reads", f"does not list what the program reads: {name}", "add its layer to it"
        )
        for name in sorted(inside - stated)
    ]
    problems += [
        Problem(
            f"stacks.{layer}.reads",
            f"lists what the program does not read: {name}",
            "remove its layer from it",
        )
        for name in sorted(stated - inside)
    ]
    if problems:
        raise InvalidInput(PLATFORM_FILE, problems)
