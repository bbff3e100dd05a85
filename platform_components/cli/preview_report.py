"""Options of `platform preview` about its report: a file in Markdown, and the expectation of no changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from platform_components.base.errors import InvalidInput
    from platform_components.report.changes import Report
    from platform_components.workspace.run import Run

ExpectNoChanges = Annotated[
    bool,
    typer.Option(
        "--expect-no-changes",
        help="Exit with code 4 if a stack has changes, secrets that can't be compared or pending operations.",
    ),
]


MarkdownFile = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE", help="Also write a report for a pull request to this file."),
]


def check_markdown(path: Path, record: Path | None) -> None:
    """Check, before the stacks are evaluated, that the report can be written.

    Raises:
        InvalidInput: it can't, or it is the file of `--record`.
    """
    from platform_components.base.errors import InvalidInput, Problem
    from platform_components.cli.output_file import check_writable

    check_writable(path, "--markdown")
    if record is not None and record.resolve() == path.resolve():
        raise InvalidInput("--markdown", [Problem(str(path), "is the file of --record", "pass another file")])


def write_markdown(path: Path, run: Run, report: Report) -> None:
    """Write the report as Markdown."""
    from platform_components.cli.markdown import markdown
    from platform_components.cli.output_file import write_atomically

    write_atomically(path, markdown(run, report))


def nothing_to_compare(report: Report) -> InvalidInput | None:
    """The error of `--expect-no-changes` for stacks without a state, in which everything would be created."""
    from platform_components.base.errors import InvalidInput, Problem

    if not report.not_compared:
        return None
    remedy = "pass --state, name its backend in platform.yaml, or remove --expect-no-changes"
    problems = [Problem(name, "is not compared with a state", remedy) for name in report.not_compared]
    return InvalidInput("--expect-no-changes", problems)
