"""Progress in a terminal while stacks are evaluated, and the time limit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from platform_components.workspace.run import Progress

DEFAULT_TIME_LIMIT = 300.0

TimeLimit = Annotated[
    float,
    typer.Option(
        "--time-limit",
        metavar="SECONDS",
        min=0.1,
        help="Time limit for the evaluation of one stack, in seconds.",
    ),
]

_MOST_NAMES = 3


@contextmanager
def progress_shown() -> Iterator[Callable[[Progress], None]]:
    """Show a status line on standard error while stacks are evaluated, and remove it at the end.

    Only in a terminal, not in a pipe or a CI log.
    """
    if not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        yield lambda progress: None
        return
    from rich.console import Console

    status = Console(stderr=True).status("evaluating")

    def show(progress: Progress) -> None:
        status.update(text_of(progress))
        status.start()  # not earlier: its thread must not run when processes are forked

    try:
        yield show
    finally:
        status.stop()


def text_of(progress: Progress) -> str:
    """`evaluating payments.dev, notifications.dev   1 of 3 done`."""
    shown, more = progress.running[:_MOST_NAMES], len(progress.running) - _MOST_NAMES
    names = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
    return f"evaluating {names}   {progress.finished} of {progress.total} done"
