"""Progress in a terminal while stacks are evaluated, and the time limit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platform_components.cli.output import error_console, styled

if TYPE_CHECKING:
    from platform_components.workspace.run import Progress

DEFAULT_TIME_LIMIT = 300.0

_A_DAY = 86_400.0


def _time_limit(value: float) -> float:
    if not 0.1 <= value <= _A_DAY:  # also false for NaN
        raise typer.BadParameter(f"must be between 0.1 and {_A_DAY:.0f} seconds (a day)")
    return value


def _time_limit_of(what: str) -> Any:
    return typer.Option(
        "--time-limit", metavar="SECONDS", callback=_time_limit, help=f"Time limit for {what}, in seconds."
    )


TimeLimit = Annotated[float, _time_limit_of("the policy pack's import and the evaluation of each stack")]
PackTimeLimit = Annotated[float, _time_limit_of("the pack's import and the test of each rule")]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        metavar="N",
        min=1,
        help="Maximum number of stacks evaluated in parallel. Default: the available cores.",
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
    from platform_components.workspace.processes import interrupts_held

    status = error_console().status("evaluating")

    def show(progress: Progress) -> None:
        with interrupts_held():  # a status that is half started can't be stopped
            status.update(styled(text_of(progress)))
            status.start()  # not earlier: its thread must not run when processes are forked

    try:
        yield show
    finally:
        with interrupts_held():  # otherwise the cursor can stay hidden
            status.stop()


def text_of(progress: Progress) -> str:
    """`evaluating payments.dev, notifications.dev   1 of 3 done`."""
    shown, more = progress.running[:_MOST_NAMES], len(progress.running) - _MOST_NAMES
    names = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
    return f"evaluating {names}   {progress.finished} of {progress.total} done"
