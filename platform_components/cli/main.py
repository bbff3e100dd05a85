"""`platform`: the subcommands, the exit codes, and a fast exit."""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import Annotated

import typer

from platform_components.cli import (
    answers,
    completion,
    doctor,
    explain,
    fields,
    image,
    policy,
    preview,
    settings,
    state,
)
from platform_components.cli.failure import EXIT_CODES, ExitCode
from platform_components.cli.output import BROKEN_PIPE, INTERRUPTED, say
from platform_components.cli.usage import Command, Commands

app = typer.Typer(
    name="platform",
    help="Preview and explain the stacks of a Pulumi project, offline: no Pulumi CLI, no credentials.",
    epilog=EXIT_CODES,
    cls=Commands,
    context_settings={"help_option_names": ["--help", "-h"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("preview", epilog=EXIT_CODES)(preview.preview)
app.command("explain", cls=Command)(explain.explain)
app.command("fields")(fields.fields)
app.add_typer(policy.app, name="policy")
app.command("doctor")(doctor.doctor)
app.command("completion", cls=Command)(completion.completion)
app.add_typer(answers.app, name="answers")
app.add_typer(state.app, name="state")
app.add_typer(image.app, name="image")
app.add_typer(settings.app, name="settings")


def _show_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version

        typer.echo(f"platform-components {version('platform-components')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that precede a command."""


def main() -> None:
    """Run the command line and exit with its exit code."""
    # Nearly all objects live until the command ends; garbage collection costs a third of its time.
    gc.disable()
    _open_streams()
    code: int = ExitCode.FINE
    try:
        code = _run()
        sys.stdout.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE
    except OSError as error:
        say(f"can't write the result: {error.strerror}")
        code = max(code, ExitCode.INPUT)
    # The operating system accounts only for child processes that were waited for.
    if "multiprocessing" in sys.modules:
        for process in sys.modules["multiprocessing"].active_children():
            process.join(1)
    # Skips the destruction of thousands of objects; the operating system frees the memory.
    os._exit(code)


def _run() -> int:
    if completion.VARIABLE in os.environ:
        completion.enable()
    try:
        app(prog_name=completion.PROGRAM)
    except SystemExit as exit_:
        if exit_.code is None or isinstance(exit_.code, int):
            return exit_.code or 0
        say(str(exit_.code))
        return ExitCode.INTERNAL
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _open_streams() -> None:
    """Replace closed standard streams, and let neither raise on a character it can't encode."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - stays open to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
