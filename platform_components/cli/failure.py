"""What a command does when something is wrong: one clear message, and the exit code that says whose fault."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer

from platform_components.cli.output import say


class ExitCode(IntEnum):
    """How a command ended. Public: scripts and CI rely on it."""

    FINE = 0
    VIOLATIONS = 1
    """A policy that must hold does not."""
    INPUT = 2
    """The program or its input is wrong: the person can mend it."""
    INTERNAL = 3
    """A fault of this tool."""


Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors, without secrets.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs to read.")]
Directory = Annotated[
    Path, typer.Option("--cwd", "-C", help="Directory with Pulumi.yaml.", exists=True, file_okay=False)
]


def tell(error: Exception, debug: bool) -> None:
    """Say what a person got wrong; with `debug` also where it came up, without secrets."""
    say(str(error))
    if debug:
        say(getattr(error, "debug", "") or "".join(traceback.format_tb(error.__traceback__)))


@contextmanager
def failures_reported(debug: bool) -> Iterator[None]:
    """Turn what goes wrong inside into a message on standard error and an exit code."""
    # Here and not above: --help must not load the SDKs.
    from platform_components.base.mistakes import InvalidInput
    from platform_components.engine.errors import ProgramError

    try:
        yield
    except (InvalidInput, ProgramError) as error:
        tell(error, debug)
        raise typer.Exit(ExitCode.INPUT) from None
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except Exception as error:
        step = traceback.extract_tb(error.__traceback__)[-1]
        # The text of an unforeseen error may quote anything, a secret too; its type and place may not.
        say(f"internal error: {type(error).__name__} in {Path(step.filename).name}:{step.lineno}")
        say(
            "This is a fault of platform itself. Please report it"
            + ("." if debug else ", with what --debug shows.")
        )
        if debug:
            say("".join(traceback.format_tb(error.__traceback__)))
        raise typer.Exit(ExitCode.INTERNAL) from None
