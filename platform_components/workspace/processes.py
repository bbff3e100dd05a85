"""Processes: start methods, and ends by os._exit, signals and Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Final

from platform_components.workspace.messages import StartMethod

_WATCH: Final = 0.5
"""Seconds between checks for the end of the parent."""


def default_method() -> StartMethod:
    """The start method: fork, which costs milliseconds, if it is safe; otherwise spawn."""
    # macOS has fork, but its system libraries may crash after one.
    return "fork" if hasattr(os, "fork") and sys.platform != "darwin" else "spawn"


def context_of(method: StartMethod) -> ForkContext | SpawnContext:
    """The multiprocessing context of a start method."""
    return get_context("fork") if method == "fork" else get_context("spawn")


_CPU_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
"""Quota and period of a container, in microseconds (source: Linux, cgroup v2)."""


def cores() -> int:
    """The number of processes that can run in parallel, within the CPU quota of a container."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _CPU_QUOTA.read_text(encoding="ascii").split()
    except (OSError, ValueError):  # no Linux, or cgroup v1
        return available
    return available if quota == "max" else max(1, min(available, round(int(quota) / int(period))))


def has_threads() -> bool:
    """Whether this process has other threads: a fork would inherit the locks that they hold."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:  # no Linux
        return threading.active_count() > 1


@contextmanager
def exits_reported(report: Callable[[int, FrameType], None]) -> Iterator[None]:
    """Make `os._exit` call `report` with the status and the caller's frame first, in this process only."""
    process, leave = os.getpid(), os._exit

    def exit_(status: int) -> None:
        if os.getpid() == process:
            report(status, sys._getframe(1))
        leave(status)

    os._exit = exit_  # type: ignore[assignment] # it does not return either
    try:
        yield
    finally:
        os._exit = leave


@contextmanager
def time_limited(
    seconds: float, expired: Callable[[FrameType | None], None], *, end_with_parent: bool = False
) -> Iterator[None]:
    """Call `expired` with the running frame after the time limit, if timers are available.

    `end_with_parent`: also end this process, and those that it started, soon after its parent ends.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    deadline, parent = time.monotonic() + seconds, os.getppid()

    def check(number: int, frame: FrameType | None) -> None:
        if end_with_parent and os.getppid() != parent:
            kill(os.getpid())
        if time.monotonic() >= deadline:
            expired(frame)

    before = signal.signal(signal.SIGALRM, check)
    if end_with_parent:
        signal.setitimer(signal.ITIMER_REAL, min(seconds, _WATCH), _WATCH)
    else:
        signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def out_of_time(seconds: float) -> tuple[str, str]:
    """Message and remedy for what exceeds the time limit."""
    return f"not complete after {seconds:g} s", "check the program, or increase --time-limit"


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Block SIGINT, so that a process that is started inside does not receive it before it is ready."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def leave_the_terminal(interrupt: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    """Detach this process from the terminal, as the leader of its own session and process group.

    `interrupt` is the handler of SIGINT, for programs that send it to themselves.
    """
    if hasattr(os, "setsid"):
        with suppress(PermissionError):  # it is a group leader already
            os.setsid()
    signal.signal(signal.SIGINT, interrupt)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def kill(process: int) -> None:
    """Kill a process that left the terminal, and the processes that it started."""
    with suppress(ProcessLookupError, PermissionError):  # not a group leader yet, or ended
        if hasattr(os, "killpg"):
            os.killpg(process, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):  # ended
        os.kill(process, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)


def how_it_ended(process: BaseProcess) -> str:
    """How a process ended, as text."""
    code = process.exitcode
    if code is not None and code < 0:
        names = {each.value: each.name for each in signal.Signals}
        return f"was killed by {names.get(-code, f'signal {-code}')}"
    return f"ended with exit code {code}"


def likely_cause(process: BaseProcess) -> str:
    """What to check after the unexpected end of a process."""
    if process.exitcode == 0:
        return "check for code that ends the process"
    return "check the available memory, and native libraries that crash"
