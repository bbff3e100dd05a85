"""Processes and how they end: from inside, from outside, and by a person's Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Final

from platform_components.workspace.messages import StartMethod


def default_method() -> StartMethod:
    """How processes are started: by a fork, which costs milliseconds, where it is safe."""
    # macOS has fork, but its system libraries may not survive one.
    return "fork" if hasattr(os, "fork") and sys.platform != "darwin" else "spawn"


def context_of(method: StartMethod) -> ForkContext | SpawnContext:
    """What makes the processes and the pipes of a method."""
    return get_context("fork") if method == "fork" else get_context("spawn")


_CPU_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
"""Quota and period of a container, in microseconds (source: Linux, cgroup v2)."""


def cores() -> int:
    """How many processes can run at once: the cores that this process may use, within a container's quota."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _CPU_QUOTA.read_text(encoding="ascii").split()
    except (OSError, ValueError):  # no Linux, or cgroup v1
        return available
    return available if quota == "max" else max(1, min(available, round(int(quota) / int(period))))


def has_threads() -> bool:
    """Whether this process has other threads, whose locks a fork would inherit without their owners."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:  # no Linux
        return threading.active_count() > 1


@contextmanager
def exits_reported(report: Callable[[int, FrameType], None]) -> Iterator[None]:
    """Have `os._exit` report who called it, before it ends the process. Not in processes forked from it."""
    process, leave = os.getpid(), os._exit

    def exit_(status: int) -> None:
        if os.getpid() == process:
            report(status, sys._getframe(1))
        leave(status)

    os._exit = exit_  # type: ignore[assignment] # it doesn't return either
    try:
        yield
    finally:
        os._exit = leave


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C waits: a process that is started inside is not hit by it before it is ready."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def leave_the_terminal(interrupt: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    """Make this process one that Ctrl-C doesn't reach, that asks nobody, and that ends with its group.

    `interrupt` is what SIGINT does, for a program that sends it to itself.
    """
    if hasattr(os, "setsid"):
        with suppress(PermissionError):  # it leads a group already
            os.setsid()
    signal.signal(signal.SIGINT, interrupt)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def kill(process: int) -> None:
    """End a process that left the terminal, and with it what it has started."""
    with suppress(ProcessLookupError, PermissionError):  # it leads no group yet, or is gone
        if hasattr(os, "killpg"):
            os.killpg(process, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):  # gone
        os.kill(process, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)


def how_it_ended(process: BaseProcess) -> str:
    """The end of a process that said nothing, in words."""
    code = process.exitcode
    if code is not None and code < 0:
        names = {each.value: each.name for each in signal.Signals}
        return f"was killed by {names.get(-code, f'signal {-code}')}"
    return f"ended with exit code {code}"
