"""Plans and runs that tests build without a state and a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from platform_components.base.settings import Platform
from platform_components.engine import Graph, Project, Resource
from platform_components.engine.graph import Read
from platform_components.engine.plan.steps import Comparison, Operation, Plan, PropertyChange, Step
from platform_components.engine.source import Source
from platform_components.engine.urn import make_urn
from platform_components.report.subject import Subject
from platform_components.workspace.run import Run
from platform_components.workspace.selection import Selection
from platform_components.workspace.stack import StackRun
from tests.tree import ROOT

PROJECT = "platform"
COMPARED = Comparison(
    source="s3://acme-state", time="2026-11-02T08:15:00Z", resources=40, exists=True, is_snapshot=False
)


def changed(path: str, old: Any, new: Any) -> PropertyChange:
    """A difference as the plan has it; None is absent."""
    kind = "add" if old is None else "delete" if new is None else "update"
    return PropertyChange(path, kind, old, new)  # type: ignore[arg-type]


def subject(
    operation: Operation,
    type_: str,
    inputs: Mapping[str, Any] | None = None,
    *changes: PropertyChange,
    name: str = "example",
    stack: str = "payments.prod",
    **options: Any,
) -> Subject:
    """A step and its resource; `inputs` are those of the program."""
    urn = make_urn(stack, PROJECT, "", type_, name)
    step = Step(
        operation=operation,
        urn=urn,
        type=type_,
        name=name,
        custom=True,
        parent=make_urn(stack, PROJECT, "", "pulumi:pulumi:Stack", stack),
        changes=changes,
        changed=tuple(dict.fromkeys(change.path.split(".")[0].split("[")[0] for change in changes)),
        source=None if operation == "delete" else Source("stacks/example.py", 7),
        **options,
    )
    if operation == "delete":
        return Subject(step, None)
    return Subject(
        step,
        Resource(
            urn=urn,
            type=type_,
            name=name,
            custom=True,
            parent=step.parent,
            inputs=inputs or {},
            source=step.source,
        ),
    )


def setting_changed(type_: str, path: str, old: Any, new: Any) -> Subject:
    """An update of one setting, whose values can be absent."""
    inputs: Any = new
    for name in reversed(path.split(".")):
        inputs = {name: inputs}
    return subject("update", type_, {} if new is None else inputs, changed(path, old, new))


def stack_run(
    name: str,
    subjects: Iterable[Subject],
    *,
    outputs: tuple[PropertyChange, ...] = (),
    reads: Mapping[str, tuple[str, ...]] | None = None,
    compared: Comparison = COMPARED,
    unchanged: int = 12,
    **plan: Any,
) -> StackRun:
    """The run of a stack with a plan; further arguments are those of Plan."""
    listed = tuple(subjects)
    same = tuple(
        subject("same", "aws:sqs/queue:Queue", name=f"same-{number}", stack=name)
        for number in range(unchanged)
    )
    resources = tuple(each.resource for each in (*listed, *same) if each.resource)
    graph = Graph(
        PROJECT,
        name,
        "organization",
        resources,
        reads=tuple(
            Read(f"organization/{PROJECT}/{stack}", names, known=True)
            for stack, names in (reads or {}).items()
        ),
        plan=Plan(tuple(each.step for each in (*listed, *same)), compared=compared, outputs=outputs, **plan),
        is_redacted=True,
    )
    return StackRun(name, graph, (), tuple(reads or ()))


def run_of(*stacks: StackRun, environment: str = "prod", **options: Any) -> Run:
    """A run of stacks of this project."""
    names = tuple(stack.name for stack in stacks)
    selection = Selection(Project.load(ROOT), Platform.load(ROOT), environment, names, names)
    return Run(selection, stacks, **options)
