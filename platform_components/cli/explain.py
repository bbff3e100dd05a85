"""`platform explain`: every resolved value of a stack's components, and where it came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platform_components.cli.failure import AsJson, Debug, Directory, failures_reported, print_json
from platform_components.cli.output import console

if TYPE_CHECKING:
    from platform_components.base.component import Component


@dataclass(frozen=True)
class Value:
    """One field of one component's args, resolved."""

    component: str
    kind: str
    field: str
    value: Any
    """JSON data; `(known after the deployment)` for the output of another resource."""
    origin: str
    description: str
    sizing: str
    """The row of the sizing table that decides the field when it is left out; empty for none."""
    tiers: Mapping[str, Any]
    """What each tier gets when the field is left out, platform.yaml's overrides included."""


def explain(
    stack: Annotated[str, typer.Argument(metavar="STACK", help="Stack, such as payments.dev.")],
    field: Annotated[
        str, typer.Argument(metavar="COMPONENT.FIELD", help="One field, such as payments-db.storage_gb.")
    ] = "",
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Show each value of a stack's components, and who decided it: a line of code, a table, a default."""
    with failures_reported(debug, as_json):
        from platform_components.workspace.run import evaluate_selection, raise_first_failure
        from platform_components.workspace.selection import select

        run = evaluate_selection(select(directory, [stack], None))
        raise_first_failure(run)
        redact = run.stacks[0].graph.redact
        values = [
            replace(value, value=redact(value.value))
            for component in run.stacks[0].components
            for value in values_of(component)
        ]
        chosen = narrowed(values, field)
        if as_json:
            name = run.stacks[0].name
            print_json({"stack": name, "values": [vars(value) for value in chosen]})
        elif field.rpartition(".")[2] and "." in field:
            _show_fields(chosen)
        else:
            _show_table(run.stacks[0].name, chosen)


def values_of(component: Component[Any]) -> Iterator[Value]:
    """Every field of a component's args; args of its parts are the parts' own, and not repeated."""
    from platform_components.base.sizing import TIERS

    for name, about in type(component.args).model_fields.items():
        value = getattr(component.args, name)
        if component.args.holds_args(name) or (name == "customize" and not value):
            continue
        extra = about.json_schema_extra
        row = str(extra["sizing"]) if isinstance(extra, dict) and "sizing" in extra else ""
        yield Value(
            component=component.name,
            kind=type(component).__name__,
            field=name,
            value=_plain(name, value),
            origin=component.args.origin(name),
            description=" ".join((about.description or "").split()),
            sizing=row,
            tiers={tier: component.context.sizing.cell(row, tier).value for tier in TIERS} if row else {},
        )


def narrowed(values: Sequence[Value], words: str) -> list[Value]:
    """The values that `COMPONENT`, or `COMPONENT.FIELD`, means; a component goes by name or by kind.

    Raises:
        InvalidInput: there is no such component, or it has no such field.
    """
    from platform_components.base.errors import InvalidInput, Problem, did_you_mean

    if not words:
        return list(values)
    component, _, field = words.partition(".")
    fitting = [value for value in values if component.lower() in (value.component, value.kind.lower())]
    if not fitting:
        remedy = did_you_mean(component, {value.component for value in values})
        raise InvalidInput("COMPONENT.FIELD", [Problem(f'"{component}"', "no such component", remedy)])
    chosen = [value for value in fitting if field in ("", value.field)]
    if not chosen:
        remedy = did_you_mean(field, {value.field for value in fitting})
        raise InvalidInput(
            "COMPONENT.FIELD", [Problem(f'"{words}"', f"{component} has no such field", remedy)]
        )
    return chosen


def _plain(name: str, value: Any) -> Any:
    import pulumi

    from platform_components.base.errors import is_sensitive_name

    if isinstance(value, pulumi.Output):
        return "(known after the deployment)"
    if is_sensitive_name(name) and value is not None:
        return "[not shown]"
    if isinstance(value, Mapping):
        return {key: _plain(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return f"({type(value).__name__})"


def _show_table(stack: str, values: Sequence[Value]) -> None:
    from rich.table import Table

    out = console()
    out.print(f"[bold cyan]{stack}[/]")
    for kind, component in dict.fromkeys((value.kind, value.component) for value in values):
        out.print(f"[bold]{kind}[/]  {component}")
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        table.add_column(style="dim", overflow="fold")
        for value in values:
            if (value.kind, value.component) == (kind, component):
                table.add_row(f"  {value.field}", _text(value.value), value.origin)
        out.print(table)


def _show_fields(values: Sequence[Value]) -> None:
    for value in values:
        typer.echo(f"{value.kind} {value.component}: {value.field} = {_text(value.value)}")
        typer.echo(f"  from         {value.origin}")
        if value.sizing:
            row = ", ".join(f"{tier} {_text(cell)}" for tier, cell in value.tiers.items())
            typer.echo(f"  if left out  {row} (sizing row {value.sizing})")
        typer.echo(f"  means        {value.description}")


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value)
