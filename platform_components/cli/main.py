"""`platform`: the program itself. Its subcommands, its exit codes, and a quick way out."""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import Annotated

import typer

from platform_components.cli import explain, fields, policy, preview
from platform_components.cli.failure import ExitCode
from platform_components.cli.output import BROKEN_PIPE, INTERRUPTED, say

app = typer.Typer(
    name="platform",
    help="Preview and explain the stacks of a Pulumi project, offline: no Pulumi CLI, no credentials.",
    epilog="Exit codes: 0 fine, 1 policy violations, 2 the program or its input is wrong, 3 internal error; "
    "130 interrupted, 141 nobody read on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("preview")(preview.preview)
app.command("explain")(explain.explain)
app.command("fields")(fields.fields)
app.add_typer(policy.app, name="policy")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"platform-components {version('platform-components')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Holds what goes before a command."""


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    # Nothing that a command makes is garbage before it ends; collecting costs a third of its time.
    gc.disable()
    _open_streams()
    try:
        code = _run()
        sys.stdout.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE
    except OSError as error:
        say(f"can't write the result: {error.strerror}")
        code = ExitCode.INPUT
    # What the operating system is told to count of a command is what its processes took, too.
    if "multiprocessing" in sys.modules:
        for process in sys.modules["multiprocessing"].active_children():
            process.join(1)
    # Skips the tear-down of thousands of resources that the operating system frees at once.
    os._exit(code)


def _run() -> int:
    try:
        app()
    except SystemExit as exit_:
        if exit_.code is None or isinstance(exit_.code, int):
            return exit_.code or 0
        say(str(exit_.code))
        return ExitCode.INTERNAL
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _open_streams() -> None:
    """Have both streams, whatever we were started with, and let neither refuse a character."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - stays open to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
