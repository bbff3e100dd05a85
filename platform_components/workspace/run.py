"""A run: the selected stacks evaluated one after the other, the outputs of one feeding the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from platform_components.base.component import Component, observed
from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.settings import PLATFORM_FILE, split_stack
from platform_components.engine import Graph, ProgramError, evaluate_stack
from platform_components.workspace.selection import Selection


@dataclass(frozen=True)
class StackRun:
    """One stack, evaluated."""

    name: str
    graph: Graph
    components: tuple[Component[Any], ...]
    """The library's components in it, in the order of the program."""
    reads: tuple[str, ...]
    """The stacks whose outputs it read, by name."""


@dataclass(frozen=True)
class Run:
    """All that one command evaluated."""

    selection: Selection
    stacks: tuple[StackRun, ...]
    """Of those asked for, the ones whose program ran to its end."""
    failures: dict[str, InvalidInput | ProgramError] = field(default_factory=dict)
    """What went wrong, by stack; what a stack reads may have failed too, and then it was not tried."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Stacks that were not tried, each with the one it reads that failed."""
    seconds: float = 0.0


def evaluate_selection(selection: Selection, progress: Callable[[str], None] = lambda stack: None) -> Run:
    """Evaluate the stacks of a selection in order. `progress` is told each one's name before it starts.

    A stack that fails does not keep others from being evaluated, so that all mistakes show at once.
    """
    started = time.perf_counter()
    done: dict[str, StackRun] = {}
    failures: dict[str, InvalidInput | ProgramError] = {}
    skipped: dict[str, str] = {}
    for name in selection.needed:
        broken = next((up for up in selection.reads(name) if up in failures or up in skipped), None)
        if broken:
            skipped[name] = broken
            continue
        progress(name)
        references = {run.graph.qualified_name: run.graph.outputs for run in done.values()}
        try:
            with observed() as components:
                graph = evaluate_stack(
                    selection.project, name, references=references, organization=_organization(selection)
                )
            done[name] = StackRun(name, graph, tuple(components), tuple(_local_reads(graph)))
            _check_reads(selection, done[name])
        except (InvalidInput, ProgramError) as error:
            failures[name] = error
    shown = tuple(done[name] for name in selection.shown if name in done and name not in failures)
    return Run(selection, shown, failures, skipped, time.perf_counter() - started)


def raise_first_failure(run: Run) -> None:
    """For commands that are about one stack: it, or one that it reads, has to have run to its end."""
    for error in run.failures.values():
        raise error


def _organization(selection: Selection) -> str:
    return selection.platform.organization if selection.platform else "organization"


def _local_reads(graph: Graph) -> Iterator[str]:
    prefix = f"{graph.organization}/{graph.project}/"
    for read in graph.reads:
        yield read.stack.removeprefix(prefix)


def _check_reads(selection: Selection, run: StackRun) -> None:
    """platform.yaml fixes the order, so what it says a stack reads has to be what its program reads."""
    if selection.platform is None:
        return
    declared = set(selection.reads(run.name))
    layer, _ = split_stack(run.name)
    inside = {name for name in run.reads if "/" not in name}
    problems = [
        Problem(
            f"stacks.{layer}.reads", f"does not list what the program reads: {name}", "add its layer to it"
        )
        for name in sorted(inside - declared)
    ]
    problems += [
        Problem(
            f"stacks.{layer}.reads",
            f"lists what the program does not read: {name}",
            "remove its layer from it",
        )
        for name in sorted(declared - inside)
    ]
    if problems:
        raise InvalidInput(PLATFORM_FILE, problems)
