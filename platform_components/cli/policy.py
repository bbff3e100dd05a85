"""`platform policy`: the rules that previews are judged by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platform_components.cli.failure import AsJson, Debug, Directory, failures_reported, print_json
from platform_components.cli.output import console, say

if TYPE_CHECKING:
    from platform_components.workspace.messages import PackListing

app = typer.Typer(help="Show the rules that previews are judged by.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `list` a subcommand while it is the only one."""


@app.command("list")
def list_(
    policy_pack: Annotated[
        Path | None, typer.Option("--policy-pack", help="Pack to list; the project's, or ours, if left out.")
    ] = None,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """List the rules: what each demands, how grave a violation is, the controls it answers to."""
    with failures_reported(debug, as_json):
        from platform_components.workspace.run import list_pack

        pack = list_pack(policy_pack, directory)
        tell_printed(pack)
        if as_json:
            print_json({"pack": pack.name, "rules": pack.rules})
            return
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        for column in ("rule", "severity", "title"):
            table.add_column(column, no_wrap=column != "title", overflow="fold")
        for rule in pack.rules:
            mark = "" if rule["enforcement"] == "mandatory" else " (advisory)"
            table.add_row(f"[bold]{rule['id']}[/]", f"{rule['severity']}{mark}", rule["title"])
        out = console()
        out.print(table)
        out.print(f"[dim]{pack.name} {pack.version}: {len(pack.rules)} rules; --json tells why[/]")


def tell_printed(pack: PackListing) -> None:
    """What a pack writes while it is imported is no part of the result."""
    for line in pack.printed:
        say(f"{pack.name}: {line}")
