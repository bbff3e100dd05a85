"""A run: the evaluation of the selected stacks, each in its own process, in dependency order."""

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
"""Default time limit per stack, in seconds."""

_TICK = 0.25
_GRACE = 2.0
"""Seconds that the conductor has to end its processes if the command ends early."""


@dataclass(frozen=True)
class Progress:
    """The progress of a run."""

    running: tuple[str, ...]
    """The stacks that are being evaluated."""
    finished: int
    total: int


@dataclass(frozen=True)
class Run:
    """The result of a run."""

    selection: Selection
    stacks: tuple[StackRun, ...]
    """The selected stacks that were evaluated successfully."""
    failures: dict[str, InvalidInput | ProgramError] = field(default_factory=dict)
    """Errors by stack, including stacks that selected ones reference."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Stacks that were not evaluated, each with the failed stack that it references."""
    seconds: float = 0.0
    pack: PackListing = NO_PACK
    """The rules that were evaluated."""


def evaluate_selection(
    selection: Selection,
    *,
    pack: PackSource | None = None,
    values: bool = False,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[Progress], None] = lambda progress: None,
    method: StartMethod | None = None,
) -> Run:
    """Evaluate the stacks of a selection in dependency order, several in parallel.

    A failed stack does not stop the others, so that one run shows all errors. `pack`: policies to evaluate.
    `values`: whether to include the resolved values of components. `progress` is called on each change.

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
            raise outcome  # an internal error, or an unsupported SDK
    shown = tuple(run for name in selection.shown if isinstance(run := done.get(name), StackRun))
    in_order = {name: skipped[name] for name in selection.needed if name in skipped}
    return Run(selection, shown, failures, in_order, time.perf_counter() - started, listing)


def list_pack(
    directory: Path | None, project: Path, *, check: bool = False, method: StartMethod | None = None
) -> PackListing:
    """List the rules of a policy pack, which is loaded in another process; with `check` also test them.

    Raises:
        InvalidInput: there is no pack, or it is invalid.
    """
    plan = Plan((), PackSource(directory, project, check), TIME_LIMIT, 1, method or default_method())
    with _conducted(plan) as events:
        (listing,) = [event.pack for event in events if isinstance(event, Listed)]
    return listing


def raise_first_failure(run: Run) -> None:
    """Raise the first error, for commands about one stack."""
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
    """Carry out a plan and yield its events. Leaving early ends the processes."""
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
                conductor.join(_GRACE)
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
            conductor.join(_GRACE)
            conductor.kill()
            for process in running.values():
                kill(process)
        receiver.close()


def _lost(how: str) -> InvalidInput:
    remedy = "check the available memory, and native libraries that crash"
    return InvalidInput("Evaluation", [Problem("process", f"{how} before the run was complete", remedy)])
