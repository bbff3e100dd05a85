"""A run: the selected stacks evaluated, each in a process of its own, the outputs of one feeding the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine import ProgramError
from platform_components.policy import PolicyContext, environment_of
from platform_components.workspace import crossing
from platform_components.workspace.conductor import conduct
from platform_components.workspace.messages import (
    NO_PACK,
    Ended,
    Finished,
    Listed,
    PackListing,
    PackSource,
    Plan,
    Skipped,
    Started,
    StartMethod,
)
from platform_components.workspace.processes import (
    context_of,
    cores,
    default_method,
    how_it_ended,
    interrupts_held,
    kill,
)
from platform_components.workspace.selection import Selection
from platform_components.workspace.stack import StackRun, Task

TIME_LIMIT: Final = 300.0
"""Seconds that one stack may take, unless the command says otherwise."""

_TICK = 0.25
_PATIENCE = 2.0
"""Seconds that the conductor has to end its processes when the command ends early."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands."""

    running: tuple[str, ...]
    """The stacks that are being evaluated."""
    finished: int
    total: int


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
    pack: PackListing = NO_PACK
    """The rules that the stacks were held against."""


def evaluate_selection(
    selection: Selection,
    *,
    pack: PackSource | None = None,
    values: bool = False,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[Progress], None] = lambda progress: None,
    method: StartMethod | None = None,
) -> Run:
    """Evaluate the stacks of a selection in order, several at once. `progress` is told of each change.

    A stack that fails does not keep others from being evaluated, so that all mistakes show at once. With a
    `pack` its rules are held against each; with `values` its components tell their resolved values.

    Raises:
        InvalidInput: the pack is broken.
    """
    started = time.perf_counter()
    tasks = tuple(
        _task(selection, name, evaluated=pack is not None, values=values) for name in selection.needed
    )
    plan = Plan(tasks, pack, time_limit, cores(), method or default_method())
    done: dict[str, StackRun | Exception] = {}
    skipped: dict[str, str] = {}
    running: dict[str, None] = {}
    listing = NO_PACK
    with _conducted(plan) as events:
        for event in events:
            match event:
                case Listed():
                    listing = event.pack
                case Started():
                    running[event.stack] = None
                case Finished():
                    del running[event.stack]
                    done[event.stack] = crossing.loads(event.payload)
                case Skipped():
                    skipped[event.stack] = event.because
            progress(Progress(tuple(running), len(done) + len(skipped), len(tasks)))
    failures: dict[str, InvalidInput | ProgramError] = {}
    for name in selection.needed:
        outcome = done.get(name)
        if isinstance(outcome, InvalidInput | ProgramError):
            failures[name] = outcome
        elif isinstance(outcome, Exception):
            raise outcome  # ours, or the SDK's version: no stack's fault
    shown = tuple(run for name in selection.shown if isinstance(run := done.get(name), StackRun))
    in_order = {name: skipped[name] for name in selection.needed if name in skipped}
    return Run(selection, shown, failures, in_order, time.perf_counter() - started, listing)


def list_pack(
    directory: Path | None, project: Path, *, check: bool = False, method: StartMethod | None = None
) -> PackListing:
    """The rules of a policy pack, which is loaded in another process; with `check` also tested there.

    Raises:
        InvalidInput: no pack there, or a broken one.
    """
    plan = Plan((), PackSource(directory, project, check), TIME_LIMIT, 1, method or default_method())
    with _conducted(plan) as events:
        (listing,) = [event.pack for event in events if isinstance(event, Listed)]
    return listing


def raise_first_failure(run: Run) -> None:
    """For commands that are about one stack: it, or one that it reads, has to have run to its end."""
    for error in run.failures.values():
        raise error


def _task(selection: Selection, stack: str, evaluated: bool, values: bool) -> Task:
    platform = selection.platform
    return Task(
        project=selection.project,
        stack=stack,
        organization=platform.organization if platform else "organization",
        reads=selection.reads(stack) if platform else None,
        policy_context=PolicyContext.of(environment_of(stack), platform) if evaluated else None,
        values=values,
    )


@contextmanager
def _conducted(plan: Plan) -> Iterator[Iterator[Listed | Started | Finished | Skipped]]:
    """What happens while a plan is carried out. Whatever ends this early ends the processes, too."""
    context = context_of(plan.method)
    receiver, sender = context.Pipe(duplex=False)
    conductor = context.Process(target=conduct, args=(sender, plan))
    with interrupts_held():
        conductor.start()
    sender.close()
    running: dict[str, int] = {}
    ended = False

    def events() -> Iterator[Listed | Started | Finished | Skipped]:
        nonlocal ended
        while True:
            if not receiver.poll(_TICK):
                if conductor.exitcode is None or receiver.poll():
                    continue
                raise _lost(how_it_ended(conductor))
            try:
                event = crossing.loads(receiver.recv_bytes())
            except EOFError:
                conductor.join(_PATIENCE)
                raise _lost(how_it_ended(conductor)) from None
            match event:
                case Ended():
                    ended = True
                    if event.error:
                        raise event.error
                    return
                case Started():
                    running[event.stack] = event.process
                case Finished():
                    running.pop(event.stack)
            yield event

    try:
        yield events()
    finally:
        if not ended:
            conductor.terminate()
            conductor.join(_PATIENCE)
            conductor.kill()
            for process in running.values():
                kill(process)
        receiver.close()


def _lost(how: str) -> InvalidInput:
    remedy = "memory may have run out, or a library that it loads has crashed"
    return InvalidInput("Evaluation", [Problem("process", f"{how} before it was done", remedy)])
