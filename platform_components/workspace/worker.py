"""The worker: the process that evaluates one stack, sends the result, and exits."""

from __future__ import annotations

import gc
import importlib.machinery
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from types import FrameType, ModuleType
from typing import Any, NoReturn

from platform_components.engine import Source
from platform_components.engine.sdk.hints import report_hints
from platform_components.engine.source import Locator
from platform_components.engine.state.references import ReferencedStates
from platform_components.policy.pack import Pack
from platform_components.workspace import crossing
from platform_components.workspace.messages import Done, Imported, PackSource, Resolved
from platform_components.workspace.processes import (
    exits_reported,
    leave_the_terminal,
    out_of_time,
    time_limited,
)
from platform_components.workspace.record.watch import unwatched
from platform_components.workspace.stack import StackRun, Task, evaluate_recorded

_LIBRARY = __name__.partition(".")[0]
_REMEDY = "raise an error that states the problem instead"


def work(
    connection: Connection,
    task: Task,
    references: Mapping[str, bytes],
    pack: Pack | PackSource | None,
    *,
    time_limit: float,
    others_follow: bool,
    inherited: Sequence[Connection] = (),
) -> None:
    """Evaluate one stack, send `Done`, and exit. Runs in its own process.

    A forked process inherits the pack that the conductor has loaded; a spawned one loads it itself.
    If `others_follow`, imports are reported to the conductor, which repeats them for later workers.
    `inherited`: connections of the conductor that a fork has too, and that the program must not reach.
    """
    gc.disable()  # nearly all objects live until the end of the evaluation
    leave_the_terminal(signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for each in inherited:
        each.close()
    worker = _Worker(connection, task, time_limit)
    if others_follow:
        sys.meta_path.insert(0, _ImportWatch(worker.notify))
        report_hints(lambda module, name: worker.notify(Resolved(module, name)))
    with exits_reported(worker.exited), time_limited(time_limit, worker.expired):
        try:
            loaded = pack.load() if isinstance(pack, PackSource) else pack
            worker.rules = loaded.rules if loaded else ()
            evaluation = evaluate_recorded(task, References(references, task.referenced_states), loaded)
            worker.finish(evaluation.run, crossing.dumps(evaluation.outputs))
        except KeyboardInterrupt as error:  # not from Ctrl-C, which does not reach this process
            worker.interrupted(error)
        except Exception as error:
            worker.finish(crossing.carried(error))


class References(Mapping[str, Mapping[str, Any]]):
    """The outputs of other stacks, by qualified name; each is read on access.

    They are those of this run; for a stack that is not evaluated, those of its state.
    """

    def __init__(self, pickled: Mapping[str, bytes], states: ReferencedStates | None = None) -> None:
        self._pickled = pickled
        self._states = states
        self._environment = dict(os.environ)
        self._deployed: dict[str, Mapping[str, Any] | None] = {}

    def __getitem__(self, stack: str) -> Mapping[str, Any]:
        if stack in self._pickled:
            outputs: Mapping[str, Any] = crossing.loads(self._pickled[stack])
            return outputs
        deployed = self._in_state(stack)
        if deployed is None:
            raise KeyError(stack)
        return deployed

    def __contains__(self, stack: object) -> bool:
        return stack in self._pickled or self._in_state(str(stack)) is not None

    def _in_state(self, stack: str) -> Mapping[str, Any] | None:
        """The outputs in the state of a stack that is not evaluated, if they are known."""
        if self._states and stack not in self._deployed:
            # A program has no passphrase of Pulumi in its environment, and can change credentials.
            with unwatched(), _environment(self._environment):
                self._deployed[stack] = self._states.outputs(stack)
        return self._deployed.get(stack)

    def __iter__(self) -> Iterator[str]:
        return iter(self._pickled)

    def __len__(self) -> int:
        return len(self._pickled)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set the environment variables, and restore those of the program afterwards."""
    of_program = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(of_program)


class _Worker:
    """Sends messages to the conductor, only from the process that created it."""

    def __init__(self, connection: Connection, task: Task, time_limit: float) -> None:
        self.time_limit = time_limit
        self.locator = Locator(task.project.root)
        self.rules: Sequence[object] = ()
        self._connection = connection
        self._stack = task.stack
        self._process = os.getpid()
        self._leave = os._exit  # before a program can replace it

    def send(self, message: Imported | Resolved | Done) -> None:
        if os.getpid() == self._process:  # not in a process that the program forked
            self._connection.send_bytes(crossing.dumps(message))

    def notify(self, message: Imported | Resolved) -> None:
        with suppress(OSError):  # the program closed the connection; the message is optional
            self.send(message)

    def finish(self, result: object, outputs: bytes | None = None) -> NoReturn:
        """Send the result and exit, without the destruction of thousands of objects."""
        inputs = result.inputs if isinstance(result, StackRun) else None
        with suppress(OSError):  # closed by the program or the conductor, which detects it
            self.send(Done(crossing.dumps(result), outputs, dict(inputs.outputs) if inputs else {}))
        self._leave(0)

    def fail(self, message: str, remedy: str, location: Source | None) -> NoReturn:
        self.finish(crossing.failure(self._stack, message, remedy, location))

    def interrupted(self, error: KeyboardInterrupt) -> NoReturn:
        rule = _running_rule(self.rules, [frame for frame, _ in traceback.walk_tb(error.__traceback__)])
        self.fail(f"{_subject(rule)} raised KeyboardInterrupt", _REMEDY, self.locator.of(error))

    def exited(self, status: int, frame: FrameType) -> None:
        subject = _subject(_running_rule(self.rules, _callers(frame)))
        self.fail(f"{subject} ended the process with os._exit({status})", _REMEDY, self.locator.here())

    def expired(self, frame: FrameType | None) -> None:
        rule = _running_rule(self.rules, _callers(frame))
        message, remedy = out_of_time(self.time_limit)
        self.fail(f'{message}: the rule "{rule}"' if rule else message, remedy, self.locator.here())


def _subject(rule: str) -> str:
    return f'the rule "{rule}"' if rule else "the program"


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and its callers."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def _running_rule(rules: Sequence[object], frames: Iterable[FrameType]) -> str:
    """The id of the rule whose check is running in one of the frames; empty if none."""
    known = {id(rule) for rule in rules}
    for frame in frames:
        for value in frame.f_locals.values():
            if id(value) in known:
                return str(getattr(value, "id", ""))
    return ""


class _ImportWatch:
    """An import finder that finds nothing, but reports imported parts of the SDKs and the library."""

    def __init__(self, report: Callable[[Imported], None]) -> None:
        self._report = report
        self._reported: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        part = name if name.startswith(f"{_LIBRARY}.") else ""
        if name.startswith("pulumi_"):
            # An SDK searches for all of its packages on import, but runs a package only on first use, which
            # shows as a search for the package's own modules.
            part = name.rpartition(".")[0] or name
        if part and part not in self._reported:
            self._reported.add(part)
            self._report(Imported(part))
        return None
