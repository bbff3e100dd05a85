"""`platform`: the program itself. Its subcommands, its exit codes, and a quick way out."""

from __future__ import annotations

import gc
import os
import sys

import typer

from platform_components.cli import explain, policy, preview

app = typer.Typer(
    name="platform",
    help="Preview and explain the stacks of a Pulumi project, offline: no Pulumi CLI, no credentials.",
    epilog="Exit codes: 0 fine, 1 policy violations, 2 the program or its input is wrong, 3 internal error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("preview")(preview.preview)
app.command("explain")(explain.explain)
app.add_typer(policy.app, name="policy")


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    # Nothing that a command makes is garbage before it ends; collecting costs a third of its time.
    gc.disable()
    code: object = 0
    try:
        app()
    except SystemExit as exit_:
        code = exit_.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # `platform preview | head` has seen enough
        pass
    # Skips the tear-down of thousands of resources that the operating system frees at once.
    os._exit(code if isinstance(code, int) else 0)
