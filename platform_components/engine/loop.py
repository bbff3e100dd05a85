"""An event loop without threads that detects deadlocks."""

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

_TICK = 0.1
"""Seconds between checks whether the program's threads are alive."""

IDLE_LIMIT = 30.0
"""Seconds without an event after which a program with its own threads is considered deadlocked.

A thread may still complete what the program awaits, so the limit is longer than a lookup over a network.
It applies to daemon threads too, because thread pools use them.
"""


class Deadlock(Exception):  # noqa: N818 - a state of the program
    """The program is deadlocked: no callback is ready, no timer runs, and no thread wakes the loop."""

    def __init__(self, threads: Sequence[str] = ()) -> None:
        super().__init__(threads)
        self.threads = tuple(threads)
        """Names of the program's threads that were alive, but did not wake the loop."""


class InlineLoop(asyncio.SelectorEventLoop):
    """Runs calls for an executor immediately, and a coroutine that they return as a task.

    This calls the monitor without threads or locks, and lets each of its methods be a coroutine.
    """

    def __init__(self) -> None:
        super().__init__()
        # A failed evaluation leaves futures that are never awaited; that need not be reported.
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
        """Raise KeyboardInterrupt on Ctrl-C, even if the code inside catches it and continues."""
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
        """Run all callbacks that are ready, without waiting for timers."""
        for _ in range(100_000):  # a task may reschedule itself indefinitely
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
        """Whether only a thread can wake the loop."""
        if self._ready or self._stopping:
            return False
        timers = any(not handle.cancelled() for handle in self._scheduled)
        sockets = len(self._selector.get_map()) > 1  # its own wake-up pipe is always registered
        return not timers and not sockets

    def _wait_for_threads(self) -> None:
        """Wait until one of the program's threads wakes the loop. Raises Deadlock if none does."""
        until = time.monotonic() + IDLE_LIMIT
        while not self._interrupted:
            threads = [thread.name for thread in threading.enumerate() if thread not in self._threads]
            if self._ready:  # a thread woke it just before it ended
                return
            left = until - time.monotonic()
            if not threads or left <= 0:
                raise Deadlock(threads)
            if self._selector.select(min(left, _TICK)):
                return
        raise KeyboardInterrupt

    _ready: Any
    _scheduled: Any
    _stopping: bool
    _selector: Any


async def _first_awaited(result: tuple[Any, ...]) -> tuple[Any, ...]:
    return (await result[0], *result[1:])
