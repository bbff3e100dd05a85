"""An event loop without threads, which notices when nothing can happen any more."""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

_LOOK = 0.1
"""Seconds between looks at whether the threads that may still do something are alive."""

IDLE_LIMIT = 30.0
"""Seconds without anything happening after which a program with threads of its own counts as stuck.

A thread may be about to complete what the program waits for; nobody can know. This is longer than a lookup
over a network takes. Daemon threads get it, too: those of pools are some, and they work.
"""


class Deadlock(Exception):  # noqa: N818 - what it is, not how bad
    """Whoever still waits would wait for ever: nothing is ready, no timer runs, nobody else is there."""

    def __init__(self, threads: Sequence[str] = ()) -> None:
        super().__init__(threads)
        self.threads = tuple(threads)
        """Names of the program's threads that were there, and did nothing for it."""


class InlineLoop(asyncio.SelectorEventLoop):
    """Runs what it is given for an executor at once, and a coroutine that comes back as a task.

    So a monitor is called without threads or locks, and each of its methods may be a coroutine.
    """

    def __init__(self) -> None:
        super().__init__()
        # An evaluation that fails leaves futures behind that nobody will look at: that is no news.
        self.set_exception_handler(lambda loop, context: None)
        self._interrupted = False
        self._threads = frozenset(threading.enumerate())

    def run_in_executor(  # type: ignore[override]  # the base class promises a future; a task is one
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future = self.create_future()
        try:
            result = func(*args)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            future.set_exception(error)
            return future
        if inspect.iscoroutine(result):
            return self.create_task(result)
        if isinstance(result, tuple) and result and inspect.iscoroutine(result[0]):
            return self.create_task(_first_awaited(result))  # the SDK's invoke: (response, error)
        future.set_result(result)
        return future

    @contextmanager
    def ended_by_interrupt(self) -> Iterator[None]:
        """Ctrl-C raises KeyboardInterrupt from here, even where what runs inside catches it and goes on."""
        main = threading.current_thread() is threading.main_thread()
        if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return

        def interrupt(number: int, frame: FrameType | None) -> None:
            self._interrupted = True
            signal.default_int_handler(number, frame)

        signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if self._interrupted:
                self._interrupted = False
                raise KeyboardInterrupt

    def run_until_idle(self) -> None:
        """Run whatever can run now, without waiting for timers."""
        for _ in range(100_000):  # a task may feed itself for ever
            if not self._ready:
                return
            self.call_soon(self.stop)
            self.run_forever()

    def _run_once(self) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        if self._is_idle():
            self._wait_for_threads()
        super()._run_once()  # type: ignore[misc]  # private, but the SDK calls it too

    def _is_idle(self) -> bool:
        """Whether only a thread could make something happen."""
        if self._ready or self._stopping:
            return False
        timers = any(not handle.cancelled() for handle in self._scheduled)
        sockets = len(self._selector.get_map()) > 1  # its own wake-up pipe is always there
        return not timers and not sockets

    def _wait_for_threads(self) -> None:
        """Until one of the program's threads wakes the loop. Raises Deadlock when none does."""
        until = time.monotonic() + IDLE_LIMIT
        while not self._interrupted:
            threads = [thread.name for thread in threading.enumerate() if thread not in self._threads]
            if self._ready:  # the last thing that one did before it ended
                return
            left = until - time.monotonic()
            if not threads or left <= 0:
                raise Deadlock(threads)
            if self._selector.select(min(left, _LOOK)):
                return
        raise KeyboardInterrupt

    _ready: Any
    _scheduled: Any
    _stopping: bool
    _selector: Any


async def _first_awaited(result: tuple[Any, ...]) -> tuple[Any, ...]:
    return (await result[0], *result[1:])
