"""The conductor: the process that starts a process for each stack, in order, as many at once as allowed.

The command forks it before it has threads. It imports the SDKs while the first stack does, so that the
stacks after that find them imported. What programs, rules and packs do to a process never reaches the
command.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from graphlib import TopologicalSorter
from multiprocessing import active_children, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import NoReturn

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.console import captured
from platform_components.engine.journal import Journal
from platform_components.engine.source import Locator
from platform_components.policy.check import check_rules
from platform_components.policy.pack import Pack
from platform_components.workspace import crossing
from platform_components.workspace.messages import (
    Done,
    Ended,
    Finished,
    Listed,
    PackListing,
    PackSource,
    Plan,
    Skipped,
    Started,
)
from platform_components.workspace.preparation import prepare
from platform_components.workspace.processes import (
    context_of,
    exits_reported,
    has_threads,
    how_it_ended,
    kill,
    leave_the_terminal,
)
from platform_components.workspace.stack import Task
from platform_components.workspace.worker import out_of_time, work

_GRACE = 5.0
"""Seconds that a stack has, once its time is over, to report where it stands."""
_TICK = 0.25
"""Seconds between looks at processes that end without a word."""


def conduct(connection: Connection, plan: Plan) -> None:
    """Carry out a plan, and tell what happens. For a process of its own."""
    leave = os._exit  # as it is before a pack can replace it
    leave_the_terminal(signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave_at_sigterm)
    _write_nowhere()
    gc.disable()
    error: Exception | None = None
    try:
        pack = _loaded(connection, plan.pack) if plan.pack else None
        _Conductor(connection, plan, pack).run()
    except Exception as raised:
        error = crossing.carried(raised)
    with suppress(BrokenPipeError):  # the command has ended before us
        _send(connection, Ended(error))
    for process in active_children():  # they leave, while the command shows what they found
        process.join(_GRACE)
    leave(0)


@dataclass
class _Job:
    task: Task
    process: BaseProcess
    connection: Connection
    deadline: float

    @property
    def number(self) -> int:
        assert self.process.pid is not None  # it was started
        return self.process.pid


class _Conductor:
    def __init__(self, connection: Connection, plan: Plan, pack: Pack | None) -> None:
        self._connection = connection
        self._plan = plan
        self._pack = pack
        self._tasks = {task.stack: task for task in plan.tasks}
        self._waiting = len(self._tasks)
        self._jobs: dict[str, _Job] = {}
        self._outputs: dict[str, bytes] = {}
        self._broken: set[str] = set()

    def run(self) -> None:
        order = TopologicalSorter(dict(_predecessors(self._plan.tasks)))
        order.prepare()
        ready: deque[str] = deque()
        try:
            while order.is_active():
                ready += order.get_ready()
                while ready and len(self._jobs) < self._plan.at_once:
                    stack = ready.popleft()
                    self._waiting -= 1
                    if not self._start(self._tasks[stack]):
                        order.done(stack)
                        ready += order.get_ready()
                if self._jobs:
                    order.done(*self._finished())
        finally:
            for job in self._jobs.values():
                kill(job.number)

    def _start(self, task: Task) -> bool:
        """Start the process of a stack, unless what it reads is not there."""
        broken = next((name for name in task.reads or () if name in self._broken), None)
        if broken is not None:
            self._broken.add(task.stack)
            _send(self._connection, Skipped(task.stack, broken))
            return False
        known = self._outputs if task.reads is None else {name: self._outputs[name] for name in task.reads}
        # A pack or a library may have started threads: with a fork, the locks that they hold stay locked.
        fork = self._plan.method == "fork" and not has_threads()
        context = context_of("fork" if fork else "spawn")
        receiver, sender = context.Pipe(duplex=False)
        references = {task.qualified(name): outputs for name, outputs in known.items()}
        process = context.Process(
            target=work,
            # A loaded pack can't be sent to a spawned process, which therefore loads its own.
            args=(sender, task, references, self._pack if fork else self._plan.pack),
            kwargs={"time_limit": self._plan.time_limit, "others_follow": self._waiting > 0},
        )
        gc.freeze()  # what the fork shares stays shared, also when a program collects
        process.start()
        sender.close()
        deadline = time.monotonic() + self._plan.time_limit + _GRACE
        job = self._jobs[task.stack] = _Job(task, process, receiver, deadline)
        _send(self._connection, Started(task.stack, job.number))
        return True

    def _finished(self) -> Iterator[str]:
        """Wait until something happens, and say which stacks that finished."""
        parent = parent_process()
        alive = [parent.sentinel] if parent else []
        happened = wait([*alive, *(job.connection for job in self._jobs.values())], _TICK)
        if alive and alive[0] in happened:
            raise BrokenPipeError
        for stack, job in list(self._jobs.items()):
            done = self._heard(job) if job.connection in happened else self._overdue(job)
            if done is not None:
                del self._jobs[stack]
                job.connection.close()
                if done.outputs is None:
                    self._broken.add(stack)
                else:
                    self._outputs[stack] = done.outputs
                _send(self._connection, Finished(stack, done.payload))
                yield stack

    def _heard(self, job: _Job) -> Done | None:
        """What the process of a stack says, or that it said nothing and is gone."""
        try:
            message = crossing.loads(job.connection.recv_bytes())
        except (EOFError, OSError):
            job.process.join(_GRACE)
            return _silent(job)
        if isinstance(message, Done):
            return message
        if self._waiting:
            prepare(message)
        return None

    def _overdue(self, job: _Job) -> Done | None:
        """A process that said nothing for too long, or that ended while one of its own holds the line."""
        if job.process.exitcode is not None:
            return None if job.connection.poll() else _silent(job)
        if time.monotonic() < job.deadline:
            return None
        message, remedy = out_of_time(self._plan.time_limit)
        return _failed(job, message, remedy)


def _silent(job: _Job) -> Done:
    remedy = "if it was not meant to, memory may have run out, or a library that it loads has crashed"
    return _failed(job, f"its process {how_it_ended(job.process)} before the stack was evaluated", remedy)


def _failed(job: _Job, message: str, remedy: str) -> Done:
    kill(job.number)
    return Done(crossing.dumps(crossing.failure(job.task.stack, message, remedy)), None)


def _predecessors(tasks: tuple[Task, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What each stack waits for. Where nothing says what it reads, that is whatever comes before it."""
    before: tuple[str, ...] = ()
    for task in tasks:
        yield task.stack, before if task.reads is None else task.reads
        before = (task.stack,)


def _loaded(connection: Connection, source: PackSource) -> Pack:
    """The policy pack. What it prints and its end of the process are told; errors are raised."""
    journal = Journal("", Locator(source.project), config_file="")

    def exited(status: int, frame: FrameType) -> None:
        where = str(journal.locator.here() or "__init__.py")
        problem = Problem(where, f"ends the process with os._exit({status})", "a pack must import without it")
        name = (source.directory or source.project / "policies").resolve().name
        _send(connection, Ended(crossing.carried(InvalidInput(f"Policy pack {name}", [problem]))))

    with exits_reported(exited), captured(journal):
        pack = source.load()
        checks = check_rules(pack.rules) if source.check else ()
    printed = tuple(item.message for item in journal.diagnostics)
    rules = tuple(rule.to_dict() for rule in pack.rules)
    listing = PackListing(pack.name, pack.version, rules, printed, checks)
    _send(connection, Listed(listing))
    return pack


def _send(connection: Connection, message: object) -> None:
    connection.send_bytes(crossing.dumps(message))


def _write_nowhere() -> None:
    """The command's streams are not ours; a library may well print while it is imported."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    if nowhere > 2:
        os.close(nowhere)


def _leave_at_sigterm(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit
