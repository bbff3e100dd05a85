"""The report about a run: per stack, the changes with their risks, owners and reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from platform_components.base.losses import LOSSES
from platform_components.base.settings import split_stack
from platform_components.engine.config_path import parse_path
from platform_components.engine.graph import Graph
from platform_components.engine.plan.steps import Plan, PropertyChange, Step
from platform_components.engine.urn import name_of, type_of
from platform_components.report.edits import edits
from platform_components.report.exposure import exposures
from platform_components.report.restarts import restarts
from platform_components.report.subject import Fact, Risk, Subject
from platform_components.workspace.run import Run
from platform_components.workspace.stack import StackRun

RISKS: Final[tuple[Risk, ...]] = ("loss", "exposure", "restart")
"""In the order in which a reviewer reads them."""

Operation = Literal["create", "update", "replace", "delete", "import", "undetermined"]
OPERATIONS: Final[tuple[Operation, ...]] = (
    "delete",
    "replace",
    "update",
    "import",
    "undetermined",
    "create",
)
"""The operations that change something, those that need most attention first."""


@dataclass(frozen=True)
class Change:
    """A step of a resource in a cloud that changes something, or may."""

    stack: str
    step: Step
    facts: tuple[Fact, ...]
    edits: tuple[PropertyChange, ...]
    """The differences with list items matched and JSON documents as data."""
    owner: str
    """The resource's tag Owner, otherwise the owner of its stack; empty if neither is known."""
    reasons: tuple[str, ...]
    """Why it changes, as phrases."""
    refused: str = ""
    """Why the deployment refuses the step; empty if it does not."""

    def has(self, risk: Risk) -> bool:
        return any(fact.risk == risk for fact in self.facts)

    @property
    def is_urgent(self) -> bool:
        """Whether something is lost for certain, or open to anyone."""
        certain = self.step.operation in ("delete", "replace") and self.has("loss")
        return certain or any(fact.is_broad for fact in self.facts)


@dataclass(frozen=True)
class StackChanges:
    """The changes of one stack."""

    name: str
    owner: str
    plan: Plan
    changes: tuple[Change, ...]
    """In the order of the plan."""
    reasons: tuple[str, ...]
    """Changed outputs of other stacks that this one references."""

    @cached_property
    def counts(self) -> Counter[str]:
        """The number of resources per operation; without those that only group others, and providers."""
        return Counter({name: self.plan.counts[name] for name in OPERATIONS if self.plan.counts[name]})

    @property
    def unchanged(self) -> int:
        return self.plan.counts["same"]

    @property
    def possibly_replaced(self) -> int:
        """The number of updates that may turn out to be replacements."""
        return sum(change.step.possibly_replaces for change in self.changes)

    @property
    def others(self) -> tuple[Step, ...]:
        """Changed components and providers, which are not in a cloud."""
        return tuple(step for step in self.plan.changes if not step.is_managed and step.parent)

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to report: no changes, and no interrupted operations."""
        return self.plan.is_empty and not self.plan.pending and not self.plan.refused


@dataclass(frozen=True)
class Report:
    """The changes of the stacks of a run that were compared with a state."""

    stacks: tuple[StackChanges, ...]
    not_compared: tuple[str, ...]
    """Stacks without a state."""

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        return tuple(change for stack in self.stacks for change in stack.changes)

    def with_risk(self, risk: Risk) -> tuple[Change, ...]:
        """The changes with a risk: what is certain, and what is open to anyone, first."""
        found = (change for change in self.changes if change.has(risk))
        return tuple(sorted(found, key=lambda change: not change.is_urgent))

    @property
    def refused(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.refused)

    @property
    def expects_changes(self) -> bool:
        """Whether anything changes or may: also undetermined secrets and interrupted operations."""
        return any(not stack.is_quiet for stack in self.stacks)


def report_of(run: Run) -> Report:
    """Return the report about the stacks of a run, in their order."""
    graphs = {stack.graph.qualified_name: stack.graph for stack in run.stacks}
    compared = (stack for stack in run.stacks if stack.graph.plan is not None)
    return Report(
        tuple(_stack(stack, _owner_of_stack(run, stack.name), graphs) for stack in compared),
        tuple(stack.name for stack in run.stacks if stack.graph.plan is None),
    )


def _owner_of_stack(run: Run, stack: str) -> str:
    platform = run.selection.platform
    layer = platform.stacks.get(split_stack(stack)[0]) if platform else None
    return layer.owner if layer else ""


def _stack(stack: StackRun, owner: str, graphs: Mapping[str, Graph]) -> StackChanges:
    plan = stack.graph.plan
    assert plan is not None  # the caller selects the stacks
    resources = {resource.urn: resource for resource in stack.graph.resources}
    changes = tuple(
        _change(
            stack.name,
            plan,
            Subject(step, None if step.operation == "delete" else resources.get(step.urn)),
            owner,
        )
        for step in plan.changes
        if step.is_managed or step.urn in plan.refused
    )
    return StackChanges(stack.name, owner, plan, changes, tuple(_upstream(stack.graph, graphs)))


def _change(stack: str, plan: Plan, subject: Subject, owner: str) -> Change:
    step = subject.step
    is_new = not plan.compared.exists
    facts = [*losses(step), *exposures(subject), *restarts(subject)]
    if is_new:  # everything in a new stack is opened; only what is open to anyone matters
        facts = [fact for fact in facts if fact.is_broad]
    return Change(
        stack,
        step,
        tuple(facts),
        edits(subject),
        _tag(subject.after) or owner,
        tuple(_reasons(step)),
        plan.refused.get(step.urn, ""),
    )


def losses(step: Step) -> Iterator[Fact]:
    """Yield what a deletion or replacement loses."""
    lost = LOSSES.get(step.type)
    if lost is None or step.retained:
        return
    if step.operation in ("delete", "replace"):
        verb = "is deleted" if step.operation == "delete" else "is replaced"
        yield Fact("loss", f"{verb}, which loses {lost}")
    elif step.possibly_replaces:
        yield Fact("loss", f"may be replaced, which would lose {lost}")


def _tag(inputs: Mapping[str, Any]) -> str:
    tags = inputs.get("tags")
    owner = tags.get("Owner") if isinstance(tags, Mapping) else None
    return owner if isinstance(owner, str) else ""


def _reasons(step: Step) -> Iterator[str]:
    if step.operation == "delete":
        yield "left over from an earlier replacement" if step.leftover else "no longer in the program"
    if step.operation == "replace" and step.replaced_by:
        yield f"{', '.join(step.replaced_by)} can't be changed in place"
    if step.possibly_replaces:
        yield f"unknown whether {', '.join(step.possibly_replaced_by)} can be changed in place"
    if step.operation == "undetermined":
        yield f"{', '.join(step.undetermined)}: a secret that can't be compared without its key"
    if step.adopted_from:
        yield f"was {name_of(step.adopted_from)}, found by an alias"
    for cause in step.causes:
        yield f"depends on {name_of(cause)} ({short_type(type_of(cause))}), which changes"


def _upstream(graph: Graph, graphs: Mapping[str, Graph]) -> Iterator[str]:
    for read in graph.reads:
        upstream = graphs.get(read.stack)
        if upstream is not None and upstream.plan is not None:
            changed = {str((parse_path(each.path) or (each.path,))[0]) for each in upstream.plan.outputs}
            names = [name for name in read.outputs if name in changed]
            if names:
                yield f"{upstream.stack} changes the {_plural('output', names)} {', '.join(names)}"


def _plural(noun: str, items: Iterable[object]) -> str:
    return noun if len(list(items)) == 1 else f"{noun}s"


def short_type(type_: str) -> str:
    """Return the type as in programs, such as `s3.Bucket` or `apps/v1.Deployment`."""
    _, _, token = type_.partition(":")
    module, _, kind = token.rpartition(":")
    short = module.rpartition("/")[0] if type_.startswith("aws:") else module
    return f"{short}.{kind}" if short else kind
