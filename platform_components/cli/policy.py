"""`platform policy`: list the policy rules, and test them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platform_components.cli.failure import (
    AsJson,
    Debug,
    Directory,
    ExitCode,
    failures_reported,
    print_json,
)
from platform_components.cli.output import console, say, styled
from platform_components.cli.progress import DEFAULT_TIME_LIMIT, PackTimeLimit
from platform_components.files.project_file import project_root

if TYPE_CHECKING:
    from platform_components.workspace.messages import PackListing

app = typer.Typer(help="List and test the policy rules that previews evaluate.", no_args_is_help=True)

PolicyPack = Annotated[
    Path | None,
    typer.Option(
        "--policy-pack", help="Policy pack to evaluate. Default: the project's, otherwise the built-in one."
    ),
]


@app.command("list")
def list_(
    policy_pack: PolicyPack = None,
    time_limit: PackTimeLimit = DEFAULT_TIME_LIMIT,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """List the rules with their severity and title; with --json also reason, remedy and controls."""
    with failures_reported(debug, as_json, "policy list"):
        from platform_components.workspace.run import list_pack

        pack = list_pack(policy_pack, project_root(directory), time_limit=time_limit)
        report_printed(pack)
        if as_json:
            print_json({"pack": pack.name, "rules": pack.rules})
            return
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        for column in ("rule", "severity", "title"):
            table.add_column(column, no_wrap=column != "title", overflow="fold")
        for rule in pack.rules:
            mark = "" if rule["enforcement"] == "mandatory" else " (advisory)"
            table.add_row(
                styled((rule["id"], "bold")), styled(f"{rule['severity']}{mark}"), styled(rule["title"])
            )
        out = console()
        out.print(table)
        about = f"{pack.name} {pack.version}: {len(pack.rules)} rules; --json has the reasons"
        out.print(styled((about, "dim")))


@app.command("test")
def run_tests(
    policy_pack: PolicyPack = None,
    time_limit: PackTimeLimit = DEFAULT_TIME_LIMIT,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Test each rule on its own examples, and its type and property names against the installed SDKs.

    Exit codes: 0 every rule passes, 1 a rule fails, 2 the pack does not load.
    """
    with failures_reported(debug, as_json, "policy test"):
        from platform_components.workspace.run import list_pack

        pack = list_pack(policy_pack, project_root(directory), check=True, time_limit=time_limit)
        report_printed(pack)
        failed = sum(not check.passed for check in pack.checks)
        if as_json:
            rules = [check.to_dict() for check in pack.checks]
            print_json({"pack": pack.name, "rules": rules, "failed": failed})
        else:
            _show(pack, failed)
        if failed:
            raise typer.Exit(ExitCode.VIOLATIONS)


def _show(pack: PackListing, failed: int) -> None:
    """Print one line per rule, followed by its problems."""
    from rich.padding import Padding

    out = console()
    for check in pack.checks:
        line = styled(
            ("✓ " if check.passed else "✗ ", "green" if check.passed else "red"),
            (check.rule, "bold"),
            (f"  {check.examples} examples", "dim"),
        )
        if check.not_checked:
            line.append(styled((f"  names not checked: {', '.join(check.not_checked)}", "yellow")))
        out.print(line)
        for problem in check.problems:
            out.print(Padding(problem, (0, 0, 0, 4)))
    out.print(styled((f"{pack.name} {pack.version}: {len(pack.checks)} rules · {failed} failed", "dim")))


def report_printed(pack: PackListing) -> None:
    """Write what the pack printed on import to standard error: it is not part of the result."""
    for line in pack.printed:
        say(f"{pack.name}: {line}")
