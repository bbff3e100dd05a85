"""The conductor: the process that starts one process per stack, in dependency order and in parallel.

The command forks it before it starts threads. It imports the SDKs at the same time as the first stack, so
that later stacks are forked with the SDKs imported. Side effects of programs, rules and packs on their
process never reach the command.
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
from functools import partial
from graphlib import TopologicalSorter
from multiprocessing import active_children, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import NoReturn

from platform_components.policy.pack import Pack
from platform_components.workspace import crossing
from platform_components.workspace.loading import load
from platform_components.workspace.messages import (
    Done,
    Ended,
    Finished,
    Imported,
    Resolved,
    Schedule,
    Skipped,
    Started,
    Unchanged,
)
from platform_components.workspace.preparation import prepare
from platform_components.workspace.processes import (
    context_of,
    has_threads,
    how_it_ended,
    kill,
    leave_the_terminal,
    likely_cause,
    out_of_time,
)
from platform_components.workspace.record.known import Digests
from platform_components.workspace.rehearsal import Rehearsal
from platform_components.workspace.stack import Task
from platform_components.workspace.worker import work

GRACE = 5.0
"""Seconds that a worker has after the time limit to report the line that is running."""
UNREADABLE = (
    "its process sent an unreadable result",
    "write only to descriptors that the program opened",
)
"""Message and remedy for a stack whose program writes to the pipe of its process."""
_TICK = 0.25
"""Seconds between checks for processes that end without a message."""


def conduct(connection: Connection, schedule: Schedule, inherited: Connection | None) -> None:
    """Carry out a schedule and send its events. Runs in its own process.

    `inherited`: the command's end of the connection, which a fork has too.
    """
    if inherited:
        inherited.close()
    leave = os._exit  # before a pack can replace it
    leave_the_terminal(signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave_at_sigterm)
    _redirect_to_devnull()
    gc.disable()
    error: Exception | None = None
    try:
        send = partial(_send, connection)
        pack = load(schedule.pack, schedule.time_limit, send) if schedule.pack else None
        _Conductor(connection, schedule, pack).run()
    except Exception as raised:
        error = crossing.carried(raised)
    with suppress(BrokenPipeError):  # the command has ended
        _send(connection, Ended(error))
    for process in active_children():  # they exit while the command shows the results
        process.join(GRACE)
    leave(0)


@dataclass
class _Job:
    task: Task
    process: BaseProcess
    connection: Connection
    deadline: float

    @property
    def pid(self) -> int:
        assert self.process.pid is not None  # it was started
        return self.process.pid


class _Conductor:
    def __init__(self, connection: Connection, schedule: Schedule, pack: Pack | None) -> None:
        self._connection = connection
        self._schedule = schedule
        self._pack = pack
        self._tasks = {task.stack: task for task in schedule.tasks}
        self._waiting = len(self._tasks)
        self._jobs: dict[str, _Job] = {}
        self._outputs: dict[str, bytes] = {}
        self._failed: set[str] = set()
        self._rehearsal = Rehearsal(compared=any(task.state for task in schedule.tasks))
        self._unchanged: set[str] = set()
        self._digests: dict[str, Digests] = {}

    def run(self) -> None:
        order = TopologicalSorter(dict(_predecessors(self._schedule.tasks)))
        order.prepare()
        ready: deque[str] = deque()
        try:
            while order.is_active():
                ready += order.get_ready()
                while ready and len(self._jobs) < self._schedule.at_once:
                    stack = ready.popleft()
                    self._waiting -= 1
                    if not self._start(self._tasks[stack]):
                        order.done(stack)
                        ready += order.get_ready()
                if self._jobs:
                    order.done(*self._finished())
        finally:
            for job in self._jobs.values():
                kill(job.pid)

    def _start(self, task: Task) -> bool:
        """Start the process of a stack, unless one that it references failed or its inputs did not change."""
        failed = next((name for name in task.reads or () if name in self._failed), None)
        if failed is not None:
            self._failed.add(task.stack)
            _send(self._connection, Skipped(task.stack, failed))
            return False
        if task.known and not task.known.is_affected(self._unchanged, self._digests):
            self._unchanged.add(task.stack)
            _send(self._connection, Unchanged(task.stack))
            if not task.known.needed:
                return False
        known = self._outputs if task.reads is None else {name: self._outputs[name] for name in task.reads}
        # A pack or a library may have started threads, whose locks would stay locked in a fork.
        fork = self._schedule.method == "fork" and not has_threads()
        context = context_of("fork" if fork else "spawn")
        receiver, sender = context.Pipe(duplex=False)
        references = {task.qualified(name): outputs for name, outputs in known.items()}
        others = (self._connection, receiver, *(job.connection for job in self._jobs.values()))
        process = context.Process(
            target=work,
            # A loaded pack can't be pickled: a spawned process loads its own.
            args=(sender, task, references, self._pack if fork else self._schedule.pack),
            kwargs={
                "time_limit": self._schedule.time_limit,
                "others_follow": self._waiting > 0,
                "inherited": others if fork else (),
            },
        )
        gc.freeze()  # keeps pages shared with the fork, even if a program runs the garbage collector
        process.start()
        sender.close()
        deadline = time.monotonic() + self._schedule.time_limit + GRACE
        job = self._jobs[task.stack] = _Job(task, process, receiver, deadline)
        _send(self._connection, Started(task.stack, job.pid))
        return True

    def _finished(self) -> Iterator[str]:
        """Wait for messages, and yield the stacks that are finished."""
        parent = parent_process()
        alive = [parent.sentinel] if parent else []
        ready = wait([*alive, *(job.connection for job in self._jobs.values())], _TICK)
        if alive and alive[0] in ready:
            raise BrokenPipeError
        for stack, job in list(self._jobs.items()):
            done = self._received(job) if job.connection in ready else self._overdue(job)
            if done is not None:
                del self._jobs[stack]
                job.connection.close()
                if done.outputs is None:
                    self._failed.add(stack)
                else:
                    self._outputs[stack] = done.outputs
                    self._digests[stack] = done.digests
                _send(self._connection, Finished(stack, done.payload))
                yield stack

    def _received(self, job: _Job) -> Done | None:
        """Handle a message of a worker, or its end without one; return the result of the stack, if any."""
        try:
            message = crossing.loads(job.connection.recv_bytes())
        except (EOFError, OSError):
            job.process.join(GRACE)
            return _ended_early(job)
        except Exception:  # the bytes that a program wrote can raise anything
            message = None
        match message:
            case Done(payload=bytes(), outputs=bytes() | None, digests=dict()):
                return message
            case Imported(module=str()) | Resolved(module=str(), name=str()):
                if self._waiting:
                    prepare(message)
                    self._rehearsal.notice(message, self._waiting)
                return None
        return _failed(job, *UNREADABLE)

    def _overdue(self, job: _Job) -> Done | None:
        """The failure of a worker past its deadline, or one that ended while a child keeps its pipe open."""
        if job.process.exitcode is not None:
            return None if job.connection.poll() else _ended_early(job)
        if time.monotonic() < job.deadline:
            return None
        message, remedy = out_of_time(self._schedule.time_limit)
        return _failed(job, message, remedy)


def _ended_early(job: _Job) -> Done:
    message = f"its process {how_it_ended(job.process)} before the stack was evaluated"
    return _failed(job, message, likely_cause(job.process))


def _failed(job: _Job, message: str, remedy: str) -> Done:
    kill(job.pid)
    return Done(crossing.dumps(crossing.failure(job.task.stack, message, remedy)), None)


def _predecessors(tasks: tuple[Task, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The predecessors of each stack. Without platform.yaml, that is the stack before it."""
    before: tuple[str, ...] = ()
    for task in tasks:
        yield task.stack, before if task.reads is None else task.reads
        before = (task.stack,)


def _send(connection: Connection, message: object) -> None:
    connection.send_bytes(crossing.dumps(message))


def _redirect_to_devnull() -> None:
    """Redirect the standard streams, which belong to the command: a library may print on import."""
    devnull = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(devnull, descriptor)
    if devnull > 2:
        os.close(devnull)


def _leave_at_sigterm(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit
