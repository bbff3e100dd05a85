"""A run: the evaluation of the selected stacks, each in its own process, in dependency order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine import Graph
from platform_components.functions import Answers
from platform_components.functions.tokens import stale_tokens
from platform_components.policy import PolicyContext, Report, environment_of
from platform_components.workspace import crossing
from platform_components.workspace.conductor import GRACE, UNREADABLE, conduct
from platform_components.workspace.messages import (
    NO_PACK,
    Ended,
    Finished,
    Listed,
    Loading,
    PackListing,
    PackSource,
    Schedule,
    Skipped,
    Started,
    StartMethod,
    Unchanged,
)
from platform_components.workspace.processes import (
    context_of,
    cores,
    default_method,
    how_it_ended,
    interrupts_held,
    kill,
    likely_cause,
    out_of_time,
)
from platform_components.workspace.record.record import Record
from platform_components.workspace.record.recording import Recording, Since
from platform_components.workspace.selection import Selection
from platform_components.workspace.stack import StackRun, Task
from platform_components.workspace.states import NO_STATES, States

TIME_LIMIT: Final = 300.0
"""Default time limit per stack, in seconds."""

_TICK = 0.25
_MARGIN = 5.0
"""Seconds without an event, beyond those that the conductor allows, after which the run is ended."""
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
    failures: dict[str, Exception] = field(default_factory=dict)
    """Errors by stack, a Fault for an internal one; including stacks that selected ones reference."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Stacks that were not evaluated, each with the failed stack that it references."""
    seconds: float = 0.0
    pack: PackListing = NO_PACK
    """The rules that were evaluated."""
    warnings: tuple[str, ...] = ()
    """Entries of answers files that match no function, and states that can't be read."""
    since: Since | None = None
    """The comparison with a commit, if requested."""
    record: Record | None = None
    """The record after the run, if requested."""
    referenced: tuple[StackRun, ...] = ()
    """Stacks that the selected ones reference, if they were evaluated successfully too."""

    def refusal(self) -> InvalidInput | None:
        """The error of a run that accepts no assumptions, if results of functions are assumed."""
        assumed = [
            Problem(
                f"{stack.name} {use.source or ''}".rstrip(),
                f"the result of {use.token} is assumed",
                "add it to `answers` in platform.yaml, or pass --answers FILE "
                f"(`platform answers record {stack.name}` writes one)",
            )
            for stack in self.stacks
            for use in stack.graph.functions
            if use.origin == "assumed"
        ]
        return InvalidInput("--strict", assumed) if assumed else None

    @property
    def evaluated(self) -> bool:
        """Whether policies were evaluated."""
        return self.pack is not NO_PACK


def evaluate_selection(
    selection: Selection,
    *,
    pack: PackSource | None = None,
    values: bool = False,
    answers: Sequence[Path] = (),
    recorded: Answers | None = None,
    states: States = NO_STATES,
    time_limit: float = TIME_LIMIT,
    jobs: int | None = None,
    progress: Callable[[Progress], None] = lambda progress: None,
    method: StartMethod | None = None,
    recording: Recording | None = None,
) -> Run:
    """Evaluate the stacks of a selection in dependency order, several in parallel.

    A failed stack does not stop the others, so that one run shows all errors. `pack`: policies to evaluate.
    `values`: whether to include the resolved values of components. `answers`: files with the results of
    provider functions, in addition to those of platform.yaml. `recorded`: results that were just recorded,
    which have precedence. `states`: what the stacks are compared with. `progress` is called on each change.
    `jobs`: maximum number of stacks that are evaluated in parallel. Default: the available cores.
    `recording`: the record to add to, and to compare with.

    Raises:
        InvalidInput: the pack or an answers file is broken.
    """
    started = time.perf_counter()
    known = Answers.load(answers, selection.platform) + (recorded or Answers())
    tasks = tuple(
        _task(selection, name, evaluated=pack is not None, values=values, answers=known, states=states)
        for name in selection.needed
    )
    if recording:
        tasks = recording.prepared(tasks)
    schedule = Schedule(tasks, pack, time_limit, jobs or cores(), method or default_method())
    done: dict[str, StackRun | Exception] = {}
    skipped: dict[str, str] = {}
    unchanged: set[str] = set(recording.since.unchanged) if recording and recording.since else set()
    running: dict[str, None] = {}
    listing = NO_PACK
    with _conducted(schedule) as events:
        for event in events:
            match event:
                case Listed():
                    listing = event.pack
                case Started():
                    running[event.stack] = None
                case Finished():
                    del running[event.stack]
                    done[event.stack] = _outcome(event)
                case Skipped():
                    skipped[event.stack] = event.because
                case Unchanged():
                    unchanged.add(event.stack)
            progress(Progress(tuple(running), len(done) + len(skipped), len(tasks)))
    failures = {name: error for name in selection.needed if isinstance(error := done.get(name), Exception)}
    runs = {name: run for name, run in done.items() if isinstance(run, StackRun)}
    shown = tuple(runs[name] for name in selection.shown if name in runs and name not in unchanged)
    in_order = {name: skipped[name] for name in selection.needed if name in skipped}
    warnings = (*states.warnings, *stale_tokens(known))
    run = Run(
        selection,
        shown,
        failures,
        in_order,
        time.perf_counter() - started,
        listing,
        warnings,
        referenced=tuple(run for name, run in runs.items() if name not in selection.shown),
    )
    if recording is None:
        return run
    requested = tuple(name for name in selection.shown if name in unchanged)
    return replace(
        run,
        since=recording.since and replace(recording.since, unchanged=requested),
        record=recording.updated(runs, {*failures, *skipped}),
    )


def list_pack(
    directory: Path | None,
    project: Path,
    *,
    check: bool = False,
    time_limit: float = TIME_LIMIT,
    method: StartMethod | None = None,
) -> PackListing:
    """List the rules of a policy pack, which is loaded in another process; with `check` also test them.

    Raises:
        InvalidInput: there is no pack, or it is invalid.
    """
    schedule = Schedule((), PackSource(directory, project, check), time_limit, 1, method or default_method())
    with _conducted(schedule) as events:
        (listing,) = [event.pack for event in events if isinstance(event, Listed)]
    return listing


def raise_first_failure(run: Run) -> None:
    """Raise the first error, for commands about one stack."""
    for error in run.failures.values():
        raise error


def _outcome(event: Finished) -> StackRun | Exception:
    """The result of a stack. Its program can write to the pipe of its process, so it may be anything."""
    with suppress(Exception):
        match crossing.loads(event.payload):
            case StackRun(name=event.stack, graph=Graph(), report=Report()) as run:
                return run
            case Exception() as error:
                return error
    return crossing.failure(event.stack, *UNREADABLE)


def _task(
    selection: Selection, stack: str, *, evaluated: bool, values: bool, answers: Answers, states: States
) -> Task:
    platform = selection.platform
    return Task(
        project=selection.project,
        stack=stack,
        organization=platform.organization if platform else "organization",
        reads=selection.reads(stack) if platform else None,
        policy_context=PolicyContext.of(environment_of(stack), platform) if evaluated else None,
        values=values,
        functions=selection.functions(stack, answers),
        state=states.sources.get(stack),
        referenced_states=states.referenced.get(stack),
    )


@contextmanager
def _conducted(schedule: Schedule) -> Iterator[Iterator[Listed | Started | Finished | Skipped | Unchanged]]:
    """Carry out a schedule and yield its events. Leaving early ends the processes."""
    context = context_of(schedule.method)
    receiver, sender = context.Pipe(duplex=False)
    conductor = context.Process(
        target=conduct, args=(sender, schedule, receiver if schedule.method == "fork" else None)
    )
    with interrupts_held():
        conductor.start()
    sender.close()
    running: dict[str, int] = {}
    ended = False
    limit = schedule.time_limit + GRACE + _MARGIN

    def events() -> Iterator[Listed | Started | Finished | Skipped | Unchanged]:
        nonlocal ended
        deadline = time.monotonic() + limit
        pack_step = "import"
        while True:
            if not receiver.poll(_TICK):
                if conductor.exitcode is not None and not receiver.poll():
                    raise _lost(conductor)
                if time.monotonic() < deadline:
                    continue
                raise _overdue(schedule, pack_step)
            try:
                event = crossing.loads(receiver.recv_bytes())
            except EOFError:
                conductor.join(_GRACE)
                raise _lost(conductor) from None
            deadline = time.monotonic() + limit
            match event:
                case Loading():
                    pack_step = f'test of the rule "{event.rule}"' if event.rule else "import"
                    continue
                case Listed():
                    pack_step = ""
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
            assert conductor.pid is not None  # it was started
            kill(conductor.pid)  # also what a pack started; it may be stopped
            for process in running.values():
                kill(process)
        receiver.close()


def _lost(conductor: BaseProcess) -> InvalidInput:
    what = f"{how_it_ended(conductor)} before the run was complete"
    return InvalidInput("Evaluation", [Problem("process", what, likely_cause(conductor))])


def _overdue(schedule: Schedule, pack_step: str) -> InvalidInput:
    """The error for a conductor that does not answer: a pack runs C code, or a program stopped it."""
    message, remedy = out_of_time(schedule.time_limit)
    if schedule.pack and pack_step:
        return InvalidInput(f"Policy pack {schedule.pack.name}", [Problem(pack_step, message, remedy)])
    return InvalidInput("Evaluation", [Problem("process", "no longer answers", "check the program")])
