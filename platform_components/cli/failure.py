"""Failures of commands: a message on standard error, and an exit code."""

from __future__ import annotations

import json
import math
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platform_components.cli.output import BROKEN_PIPE, UNWRITABLE, say, shortened, without_commands
from platform_components.files.project_file import SUFFIXES

if TYPE_CHECKING:
    from platform_components.workspace.crossing import Fault

FORMAT = 1
"""Version of the JSON documents. Added fields keep it; any other change increases it."""


class ExitCode(IntEnum):
    """Exit codes. Public: scripts and CI rely on them. `EXIT_CODES` states which one takes precedence."""

    FINE = 0
    VIOLATIONS = 1
    """A mandatory policy is violated, or a protected resource would be deleted or replaced."""
    INPUT = 2
    """The program or its input is invalid."""
    INTERNAL = 3
    """An error of this tool."""
    CHANGES = 4
    """`preview --expect-no-changes` found changes."""
    UNREACHABLE = 5
    """A check of `doctor` failed."""


EXIT_CODES = (
    "Exit codes: 0 success, 1 policy violations, 2 invalid program or input, 3 internal error, "
    "4 changes (--expect-no-changes), 5 failed checks of doctor, 130 interrupted, 141 broken pipe. "
    "If several apply: 3, then 2, then 1, then 4."
)
"""The exit codes, for help texts."""

EMPTY: Mapping[str, Mapping[str, Any]] = {
    "preview": {
        "project": "",
        "environment": "",
        "settings": None,
        "stacks": [],
        "create": 0,
        "configured": [],
        "skipped": [],
    },
    "explain": {"stack": "", "values": [], "functions": []},
    "doctor": {"environment": "", "checks": []},
    "answers record": {"stack": "", "recorded": 0, "missing": []},
    "state snapshot": {"snapshots": [], "not_deployed": []},
    "state show": {
        "stack": "",
        "source": "",
        "time": "",
        "is_snapshot": False,
        "resources": 0,
        "types": {},
        "pending": [],
        "warnings": [],
    },
    "image set": {"stacks": []},
    "settings update": {"settings": None, "differences": [], "written": False},
    "policy list": {"pack": "", "rules": []},
    "policy test": {"pack": "", "rules": [], "failed": 0},
}
"""The fields of the JSON document of a command that fails, in addition to `failures`."""


Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors, without secrets.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Directory = Annotated[
    Path,
    typer.Option(
        "--cwd", "-C", help="Directory of the project, or one below it.", exists=True, file_okay=False
    ),
]

AnswerFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--answers",
        help="File with results of provider functions. Can be repeated; later files have precedence.",
    ),
]

Strict = Annotated[
    bool, typer.Option("--strict", help="Fail if the result of a provider function is assumed.")
]


def report(error: Exception, debug: bool) -> None:
    """Print the message of an error; with `debug` complete, and with its traceback, without secrets."""
    say(message_of(error if debug else _shortened(error)))
    if debug:
        say(getattr(error, "debug", "") or "".join(traceback.format_tb(error.__traceback__)))


def _shortened(error: Exception) -> Exception:
    """A program's error with at most 2,000 characters of the text of each exception.

    A list of problems stays complete: its values are short.
    """
    from platform_components.base.errors import InvalidInput
    from platform_components.engine.errors import ProgramError

    if not isinstance(error, ProgramError):
        return error
    failures = (
        failure
        if isinstance(failure.cause, InvalidInput)
        else replace(failure, message=shortened(failure.message))
        for failure in error.failures
    )
    return ProgramError(error.stack, tuple(failures), debug=error.debug)


def say_bug(fault: Fault, debug: bool) -> None:
    """Ask for a report of an internal error; with `debug` also print its traceback."""
    say("This is a bug in platform. Please report it" + ("." if debug else ", with the output of --debug."))
    if debug:
        say(fault.debug)


def message_of(error: Exception) -> str:
    """The message. For an error in a file or a stack, without the line of the program that read it."""
    from platform_components.base.errors import InvalidInput
    from platform_components.engine.errors import ProgramError
    from platform_components.workspace.crossing import Fault

    if isinstance(error, Fault):
        return f"internal error: {error}"
    if isinstance(error, ProgramError) and len(error.failures) == 1:
        cause = error.cause
        if isinstance(cause, InvalidInput) and (
            any(suffix in cause.subject for suffix in SUFFIXES) or cause.subject.startswith("Stack ")
        ):
            return f"{error.stack}: {error.message}"
    return str(error)


def document_of(error: Exception, stack: str = "") -> dict[str, Any]:
    """A failure as JSON data, without secrets: the complete message, and its parts."""
    from platform_components.base.errors import InvalidInput
    from platform_components.engine.errors import ProgramError

    document: dict[str, Any] = {"stack": stack, "message": message_of(error)}
    if isinstance(error, InvalidInput):
        document |= error.to_dict()
    if isinstance(error, ProgramError):
        document["places"] = [
            {
                "source": str(failure.location or ""),
                "message": failure.message,
                "remedy": failure.remedy,
            }
            for failure in error.failures
        ]
    return document


@contextmanager
def failures_reported(debug: bool, as_json: bool, command: str) -> Iterator[None]:
    """Turn exceptions into a message on standard error and an exit code.

    With `as_json` also into a JSON document on standard output: the empty one of the command, with failures.
    """
    # Not at the top of the module: --help must not import the SDKs.
    from platform_components.base.errors import InvalidInput
    from platform_components.engine.errors import ProgramError
    from platform_components.engine.sdk.parts import UnsupportedSdk
    from platform_components.workspace.crossing import Fault

    try:
        yield
    except (InvalidInput, ProgramError, UnsupportedSdk) as error:
        if as_json:
            print_json(failed(command, document_of(error)))
        report(error, debug)
        raise typer.Exit(ExitCode.INPUT) from None
    except BrokenPipeError:
        raise typer.Exit(BROKEN_PIPE) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in UNWRITABLE:
            say(f"can't write the result: {error.strerror}")
            raise typer.Exit(ExitCode.INPUT) from None
        # An error from the process of a stack is a Fault already.
        fault = error if isinstance(error, Fault) else Fault.of(error)
        message = message_of(fault)
        if as_json:
            print_json(failed(command, {"stack": "", "message": message}))
        say(message)
        say_bug(fault, debug)
        raise typer.Exit(ExitCode.INTERNAL) from None


def failed(command: str, failure: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON document of a command that fails before it has a result."""
    return {**EMPTY.get(command, {}), "failures": [failure]}


def print_json(document: Mapping[str, Any]) -> None:
    """Print a JSON document with the version of its format as the first field.

    JSON has no NaN and no infinity: they are strings, as in the JSON form of protobuf.
    """
    complete = {"format": FORMAT, **document}
    try:
        text = json.dumps(complete, indent=2, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(complete), indent=2, allow_nan=False)
    typer.echo(without_commands(text, hash_="\\u0023"))


def _finite(value: Any) -> Any:
    """The value with "NaN", "Infinity" and "-Infinity" in place of these numbers."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return json.dumps(value) if isinstance(value, float) and not math.isfinite(value) else value
