"""`platform explain`: every resolved value of a stack's components, and its origin."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platform_components.cli.completion import stack_names
from platform_components.cli.evaluation import evaluated
from platform_components.cli.failure import (
    AnswerFiles,
    AsJson,
    Debug,
    Directory,
    ExitCode,
    Strict,
    document_of,
    failures_reported,
    print_json,
    report,
)
from platform_components.cli.output import console, one_line, styled, write
from platform_components.cli.progress import DEFAULT_TIME_LIMIT, Jobs, TimeLimit

if TYPE_CHECKING:
    from platform_components.engine.functions import FunctionUse
    from platform_components.workspace.values import Value


def explain(
    stack: Annotated[
        str,
        typer.Argument(metavar="STACK", help="Stack, such as payments.dev.", autocompletion=stack_names),
    ],
    field: Annotated[
        str,
        typer.Argument(
            metavar="COMPONENT[.FIELD]",
            help="One component or one of its fields, such as payments-db.storage_gb.",
        ),
    ] = "",
    answers: AnswerFiles = None,
    strict: Strict = False,
    time_limit: TimeLimit = DEFAULT_TIME_LIMIT,
    jobs: Jobs = None,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Show each value of a stack's components and its origin: line of code, sizing table or default."""
    with failures_reported(debug, as_json, "explain"):
        from platform_components.workspace.run import raise_first_failure
        from platform_components.workspace.selection import select
        from platform_components.workspace.values import narrowed

        selection = select(directory, [stack], None)
        run = evaluated(selection, values=True, answers=answers, time_limit=time_limit, jobs=jobs)
        raise_first_failure(run)
        (shown,) = run.stacks
        values = [value for component in shown.components for value in component.values]
        chosen = narrowed(values, field)
        refusal = run.refusal() if strict else None
        if as_json:
            document = {
                "stack": shown.name,
                "values": [vars(value) for value in chosen],
                "functions": [use.to_dict() for use in shown.graph.functions],
            }
            failures = {"failures": [document_of(refusal)]} if refusal else {}
            print_json({**document, **failures})
        else:
            if not values:
                write(f"{shown.name}: no components of this library")
            elif field.rpartition(".")[2] and "." in field:
                _show_fields(chosen)
            else:
                _show_table(shown.name, chosen)
            _show_functions(shown.graph.functions)
        if refusal:
            report(refusal, debug)
            raise typer.Exit(ExitCode.INPUT)


def _show_table(stack: str, values: Sequence[Value]) -> None:
    from rich.table import Table

    out = console()
    out.print(styled((stack, "bold cyan")))
    for kind, component in dict.fromkeys((value.kind, value.component) for value in values):
        out.print(styled((kind, "bold"), f"  {component}"))
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        table.add_column(style="dim", overflow="fold")
        for value in values:
            # `customize` is in the following rows, one per value.
            if (value.kind, value.component) == (kind, component) and value.field != "customize":
                table.add_row(f"  {value.field}", one_line(_text(value.value)), one_line(value.origin))
        out.print(table)


def _show_fields(values: Sequence[Value]) -> None:
    for value in values:
        write(f"{value.kind} {value.component}: {value.field} = {_text(value.value)}")
        write(f"  from         {value.origin}")
        if value.sizing:
            row = ", ".join(f"{tier} {_text(cell)}" for tier, cell in value.tiers.items())
            write(f"  by default   {row} (sizing row {value.sizing})")
        write(f"  means        {value.description}")


def _show_functions(uses: Sequence[FunctionUse]) -> None:
    """The results of functions on which the values can depend, as in a preview."""
    from platform_components.cli.diagnostics import function_rows

    for label, text in function_rows(uses):
        console().print(styled(f"{label}  ").append(text))


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value)
