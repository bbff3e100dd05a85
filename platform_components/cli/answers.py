"""`platform answers`: record results of provider functions for offline previews."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platform_components.cli.completion import stack_names
from platform_components.cli.evaluation import evaluated
from platform_components.cli.failure import (
    AnswerFiles,
    AsJson,
    Debug,
    Directory,
    failures_reported,
    print_json,
)
from platform_components.cli.output import say
from platform_components.cli.progress import DEFAULT_TIME_LIMIT, Jobs, TimeLimit
from platform_components.cli.usage import Command

if TYPE_CHECKING:
    from platform_components.engine.functions import FunctionUse
    from platform_components.functions import Answers

app = typer.Typer(help="Record results of provider functions for offline previews.", no_args_is_help=True)


@app.callback()
def _options() -> None:
    """Without it, typer would make the only command the group itself."""


@app.command("record", cls=Command)
def record(
    stack: Annotated[
        str,
        typer.Argument(metavar="STACK", help="Stack, such as payments.dev.", autocompletion=stack_names),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", readable=False, help="File to write. Default: standard output."),
    ] = None,
    answers: AnswerFiles = None,
    time_limit: TimeLimit = DEFAULT_TIME_LIMIT,
    jobs: Jobs = None,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Record the functions that a stack calls without an answer, from the AWS account of the credentials.

    Calls only read-only operations. Secrets are not recorded.
    """
    with failures_reported(debug, as_json, "answers record"):
        from platform_components.base.errors import InvalidInput, Problem
        from platform_components.base.settings import split_stack
        from platform_components.cli.output_file import check_writable, write_atomically
        from platform_components.engine import ProgramError
        from platform_components.functions.recording import as_yaml, record as record_functions
        from platform_components.workspace.run import raise_first_failure
        from platform_components.workspace.selection import select

        if output is not None:
            check_writable(output)
        selection = select(directory, [stack], None)
        (name,) = selection.shown
        region = selection.region(name)
        if not region:
            remedy = "set aws:region in its configuration, or the environment's region in platform.yaml"
            raise InvalidInput(f'Stack "{name}"', [Problem("region", "has no AWS region", remedy)])

        def calls(recorded: Answers) -> Sequence[FunctionUse]:
            run = evaluated(selection, answers=answers, recorded=recorded, time_limit=time_limit, jobs=jobs)
            error = run.failures.get(name)
            if isinstance(error, ProgramError):  # it may need the results of the calls before its failure
                return error.functions
            raise_first_failure(run)
            return run.stacks[0].graph.functions

        settings = selection.settings(name)
        recording = record_functions(
            name,
            region,
            calls,
            environment=split_stack(name)[1] if settings else "",
            account=settings.account or "" if settings else "",
        )
        text = as_yaml(recording.content)
        if output is not None:
            write_atomically(output, text)
        if as_json:
            missing = [{**each.use.to_dict(), "reason": each.reason} for each in recording.missing]
            print_json({"stack": name, "recorded": len(recording.content.answers), "missing": missing})
        elif output is None:
            typer.echo(text, nl=False)
        for each in recording.missing:
            place = f"{each.use.source}: " if each.use.source else ""
            say(f"{place}{each.use.token} is not recorded: {each.reason}")
        say(f"{len(recording.content.answers)} results recorded from account {recording.account}")
