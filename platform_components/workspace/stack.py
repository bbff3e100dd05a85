"""Evaluation of one stack in this process: its graph, its components as records, its policy report."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from traceback import format_tb
from typing import Any, Final

from platform_components.base.component import Component, observed
from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.settings import split_stack
from platform_components.engine import Diagnostic, Failure, Graph, ProgramError, Project, evaluate_stack
from platform_components.engine.console import captured
from platform_components.engine.journal import Journal, redacted
from platform_components.engine.redacted import Redaction
from platform_components.engine.source import Locator
from platform_components.engine.state.references import ReferencedStates
from platform_components.engine.state.source import StateSource
from platform_components.files.project_file import PLATFORM_FILE
from platform_components.functions import OfflineFunctions
from platform_components.policy import PolicyContext, Report, evaluate_policies
from platform_components.policy.pack import Pack
from platform_components.providers import known_providers
from platform_components.workspace.record.inputs import Inputs, inputs_of, output_digests
from platform_components.workspace.record.known import Known
from platform_components.workspace.record.tree import Tree
from platform_components.workspace.record.watch import unwatched, watched
from platform_components.workspace.values import Value, values_of

NOT_EVALUATED: Final = Report(rules=(), findings=(), judged=0)


@dataclass(frozen=True)
class Task:
    """The parameters of the evaluation of one stack. Plain data, to be sent to another process."""

    project: Project
    stack: str
    organization: str
    reads: tuple[str, ...] | None
    """The stacks that it references, according to platform.yaml; None without that file."""
    policy_context: PolicyContext | None = None
    """The context of the rules; None: evaluate no rules."""
    values: bool = False
    """Whether to include the resolved values of its components."""
    functions: OfflineFunctions = field(default_factory=OfflineFunctions)
    """Results of provider functions."""
    state: StateSource | None = None
    """Where the stack's state is; None: compare with nothing."""
    referenced_states: ReferencedStates | None = None
    """The states of stacks that it references, if they are not evaluated; None: their outputs are unknown."""
    tree: Tree | None = None
    """The directory tree for which to record what the program reads; None: do not record it."""
    known: Known | None = None
    """What is known of a stack that is evaluated only if outputs that it reads change; None: evaluate it."""

    def qualified(self, stack: str) -> str:
        """The name of a stack of this project in a StackReference."""
        return f"{self.organization}/{self.project.name}/{stack}"


@dataclass(frozen=True)
class ComponentRecord:
    """A component of the library that the program created."""

    kind: str
    type: str
    name: str
    urn: str
    parent: str
    """URN of its parent component; empty if there is none."""
    summary: str
    customized: Mapping[str, tuple[str, ...]]
    """The arguments that `customize` overrides, by child."""
    overrides: Mapping[str, tuple[str, ...]]
    """The paths of the values that it sets, by child: `spec.min_replicas`."""
    values: tuple[Value, ...] = ()
    """Every field of its args, resolved, without secrets; empty if not requested."""


@dataclass(frozen=True)
class StackRun:
    """The result of the evaluation of one stack, without secrets: they stay in the process of the stack."""

    name: str
    graph: Graph
    components: tuple[ComponentRecord, ...]
    """Its components of the library, in the order of the program."""
    reads: tuple[str, ...]
    """The names of the stacks that it references."""
    report: Report = NOT_EVALUATED
    """The policy report, without the rules themselves."""
    inputs: Inputs | None = None
    """What the program read, if requested."""


@dataclass(frozen=True)
class Evaluation:
    """A StackRun, and the outputs with their secrets for the stacks that reference it."""

    run: StackRun
    outputs: Mapping[str, Any]


def evaluate_task(task: Task, references: Mapping[str, Mapping[str, Any]], pack: Pack | None) -> Evaluation:
    """Evaluate a stack in this process. `references` contains the outputs of other stacks, by qualified name.

    Raises:
        InvalidInput: a file is invalid, or `reads` in platform.yaml does not match the program.
        ProgramError: the program fails.
    """
    with unwatched():  # what is deployed is not an input of the program
        state = task.state.load() if task.state else None
    with observed() as components:
        graph = evaluate_stack(
            task.project,
            task.stack,
            references=references,
            organization=task.organization,
            functions=task.functions,
            state=state,
            compare=task.state is not None,
            providers=known_providers,
        )
    redaction = Redaction(graph)
    reads = tuple(_local_reads(graph))
    if task.reads is not None:
        _check_reads(task.stack, task.reads, reads, redaction)
    records = tuple(_records(graph, components, Locator(task.project.root), redaction, task.values))
    report, printed = NOT_EVALUATED, tuple[Diagnostic, ...]()
    if pack is not None and task.policy_context is not None:
        report, printed = _evaluated(task.project, graph, pack, task.policy_context, redaction)
    shown = replace(redaction.graph, diagnostics=redaction.graph.diagnostics + printed)
    run = StackRun(task.stack, shown, records, tuple(map(redaction.text, reads)), report)
    return Evaluation(run, graph.outputs)


def evaluate_recorded(
    task: Task, references: Mapping[str, Mapping[str, Any]], pack: Pack | None
) -> Evaluation:
    """Evaluate a stack as `evaluate_task` does, and record what it reads if the task requests it."""
    if task.tree is None:
        return evaluate_task(task, references, pack)
    with watched() as watch:
        evaluation = evaluate_task(task, references, pack)
    shown = evaluation.run.graph.outputs
    digests = output_digests(evaluation.outputs, shown, compared=task.state is not None)
    config_file = task.project.root / task.project.config_file(task.stack)
    inputs = inputs_of(watch, task.tree, config_file, digests)
    return replace(evaluation, run=replace(evaluation.run, inputs=inputs))


def _evaluated(
    project: Project, graph: Graph, pack: Pack, context: PolicyContext, redaction: Redaction
) -> tuple[Report, tuple[Diagnostic, ...]]:
    """Evaluate the rules; also return what they print. Both without secrets."""
    journal = Journal(graph.stack, Locator(project.root), config_file="")
    with captured(journal):
        report = evaluate_policies(graph.resources, pack.rules, context)
    findings = tuple(
        replace(
            finding,
            message=redaction.text(finding.message),
            urn=redaction.urn(finding.urn),
            type=redaction.type(finding.type),
            name=redaction.name(finding.urn, finding.name),
        )
        for finding in report.findings
    )
    # Rules contain functions of the pack, which can't be sent to another process.
    shown = replace(report, rules=(), findings=findings)
    return shown, redacted(journal.diagnostics, graph.redact_message)


def _records(
    graph: Graph,
    components: Iterable[Component[Any]],
    locator: Locator,
    redaction: Redaction,
    values: bool,
) -> Iterator[ComponentRecord]:
    """The components, each with its resource: those of one type and name are in the same order."""
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
            name=redaction.name(urn, component.name),
            urn=redaction.urn(urn),
            parent=redaction.urn(known.get(id(component.parent), "")),
            summary=redaction.text(_summary(graph, component, locator, redaction)),
            customized=_redacted_names(component.args.customize, redaction),
            overrides=_redacted_names(component.overrides, redaction),
            values=tuple(
                replace(
                    value,
                    component=redaction.name(urn, value.component),
                    value=redaction.value(value.value),
                )
                for value in values_of(component)
            )
            if values
            else (),
        )


def _redacted_names(
    by_child: Mapping[str, Iterable[str]], redaction: Redaction
) -> Mapping[str, tuple[str, ...]]:
    """The names or paths of each child, without secrets."""
    return {child: tuple(map(redaction.text, names)) for child, names in by_child.items()}


def _summary(graph: Graph, component: Component[Any], locator: Locator, redaction: Redaction) -> str:
    """The summary of a component, which can be a property of the project."""
    subject = f"the summary of {redaction.text(component.name)}"
    try:
        summary: object = component.summary
    except Exception as error:  # its text may contain a secret
        failure = Failure(
            f"{subject} raises {type(error).__name__}", locator.of(error), "correct the property `summary`"
        )
        debug = graph.redact_message("".join(format_tb(error.__traceback__)))
        raise ProgramError(graph.stack, [failure], debug=debug) from error
    if not isinstance(summary, str):
        what = f"{subject} must be a string; is {type(summary).__name__}"
        raise ProgramError(graph.stack, [Failure(what, remedy="use arguments, which are plain values")])
    return summary


def _local_reads(graph: Graph) -> Iterator[str]:
    prefix = f"{graph.organization}/{graph.project}/"
    for read in graph.reads:
        yield read.stack.removeprefix(prefix)


def _check_reads(stack: str, declared: Iterable[str], read: Iterable[str], redaction: Redaction) -> None:
    """Check `reads` in platform.yaml, which determines the order, against the program's references."""
    layer, _ = split_stack(stack)
    declared_names, referenced = set(declared), {name for name in read if "/" not in name}
    problems = [
        Problem(
            f"stacks.{layer}.reads",
            f"does not list {redaction.text(name)}, which the program references",
            "add its layer",
        )
        for name in sorted(referenced - declared_names)
    ]
    problems += [
        Problem(
            f"stacks.{layer}.reads",
            f"lists {name}, which the program does not reference",
            "remove its layer",
        )
        for name in sorted(declared_names - referenced)
    ]
    if problems:
        raise InvalidInput(PLATFORM_FILE, problems)
