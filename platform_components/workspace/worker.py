"""The process of one stack: it evaluates the stack, reports, and leaves; whatever the program does to it."""

from __future__ import annotations

import gc
import importlib.machinery
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from types import FrameType, ModuleType
from typing import Any, NoReturn

from platform_components.engine import Source
from platform_components.engine.sdk.hints import report_hints
from platform_components.engine.source import Locator
from platform_components.policy.pack import Pack
from platform_components.workspace import crossing
from platform_components.workspace.messages import Done, Imported, PackSource, Resolved
from platform_components.workspace.processes import exits_reported, leave_the_terminal
from platform_components.workspace.stack import Task, evaluate_task

_LIBRARY = __name__.partition(".")[0]
_INSTEAD = "raise an error that says what is wrong instead"


def work(
    connection: Connection,
    task: Task,
    references: Mapping[str, bytes],
    pack: Pack | PackSource | None,
    *,
    time_limit: float,
    others_follow: bool,
) -> None:
    """Evaluate one stack, send `Done`, and leave. For a process of its own.

    A pack that the conductor has loaded comes along with a fork; any other process loads it itself.
    Where `others_follow`, the conductor is told what it can do once for all of them.
    """
    gc.disable()  # nearly all that an evaluation makes lives to its end
    leave_the_terminal(signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    worker = _Worker(connection, task)
    if others_follow:
        sys.meta_path.insert(0, _ImportWatch(worker.tell))
        report_hints(lambda module, name: worker.tell(Resolved(module, name)))
    with exits_reported(worker.exited), worker.limited(time_limit):
        try:
            loaded = pack.load() if isinstance(pack, PackSource) else pack
            worker.rules = loaded.rules if loaded else ()
            run = evaluate_task(task, References(references), loaded)
            worker.finish(run, crossing.dumps(run.graph.outputs))
        except KeyboardInterrupt as error:  # nobody's Ctrl-C reaches this process
            worker.fail("the program raised KeyboardInterrupt", _INSTEAD, worker.locator.of(error))
        except Exception as error:
            worker.finish(crossing.carried(error))


class References(Mapping[str, Mapping[str, Any]]):
    """What other stacks output, by qualified name; each is read when it is asked for."""

    def __init__(self, pickled: Mapping[str, bytes]) -> None:
        self._pickled = pickled

    def __getitem__(self, stack: str) -> Mapping[str, Any]:
        outputs: Mapping[str, Any] = crossing.loads(self._pickled[stack])
        return outputs

    def __iter__(self) -> Iterator[str]:
        return iter(self._pickled)

    def __len__(self) -> int:
        return len(self._pickled)


class _Worker:
    """Says what there is to say, once, and only from the process that it was made in."""

    def __init__(self, connection: Connection, task: Task) -> None:
        self.locator = Locator(task.project.root)
        self.rules: Sequence[object] = ()
        self._connection = connection
        self._stack = task.stack
        self._process = os.getpid()
        self._leave = os._exit  # as it is before a program can replace it

    def send(self, message: Imported | Resolved | Done) -> None:
        if os.getpid() == self._process:  # a fork that the program made comes here, too
            self._connection.send_bytes(crossing.dumps(message))

    def tell(self, message: Imported | Resolved) -> None:
        with suppress(OSError):  # the program closed the connection; nothing depends on it here
            self.send(message)

    def finish(self, result: object, outputs: bytes | None = None) -> NoReturn:
        """Report and leave, without the tear-down of thousands of resources."""
        with suppress(OSError):  # the program closed it, or nobody listens any more: that is noticed there
            self.send(Done(crossing.dumps(result), outputs))
        self._leave(0)

    def fail(self, message: str, remedy: str, location: Source | None) -> NoReturn:
        self.finish(crossing.failure(self._stack, message, remedy, location))

    def exited(self, status: int, frame: FrameType) -> None:
        rule = _running_rule(self.rules, frame)
        who = f'the rule "{rule}"' if rule else "the program"
        self.fail(f"{who} ended the process with os._exit({status})", _INSTEAD, self.locator.here())

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Report where the program or the rule stands when its time is over; where there is a timer."""

        def expire(number: int, frame: FrameType | None) -> None:
            rule = _running_rule(self.rules, frame)
            message, remedy = out_of_time(seconds)
            self.fail(f'{message}: the rule "{rule}"' if rule else message, remedy, self.locator.here())

        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, expire)
            signal.setitimer(signal.ITIMER_REAL, seconds)
        yield


def out_of_time(seconds: float) -> tuple[str, str]:
    """Message and remedy for a stack that takes too long."""
    return f"not done after {seconds:g} s", "--time-limit SECONDS allows more"


def _running_rule(rules: Sequence[object], frame: FrameType | None) -> str:
    """The id of the rule whose check is running in a frame or in one of its callers; empty for none."""
    known = {id(rule) for rule in rules}
    while frame is not None:
        for value in frame.f_locals.values():
            if id(value) in known:
                return str(getattr(value, "id", ""))
        frame = frame.f_back
    return ""


class _ImportWatch:
    """Tells which parts of the SDKs and of this library are being imported, once each. Finds none itself."""

    def __init__(self, tell: Callable[[Imported], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        wanted = name if name.startswith(f"{_LIBRARY}.") else ""
        if name.startswith("pulumi_"):
            # An SDK looks for all its packages at once, but runs one only when it is used: that shows when
            # the package looks for its own modules.
            wanted = name.rpartition(".")[0] or name
        if wanted and wanted not in self._told:
            self._told.add(wanted)
            self._tell(Imported(wanted))
        return None
