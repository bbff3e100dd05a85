"""Options of `platform preview` about its report: a file in Markdown, and the expectation of no changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from platform_components.base.errors import InvalidInput
    from platform_components.report.changes import Report
    from platform_components.workspace.run import Run
    from platform_components.workspace.selection import Selection

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


MarkdownId = Annotated[
    str,
    typer.Option(
        "--markdown-id",
        metavar="ID",
        help="Text in the first line of the report, by which a workflow finds its comment. "
        "Default: project, environment and a digest of the selected stacks.",
        show_default=False,
    ),
]
_ID = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.]|-(?!-))*")


@dataclass
class MarkdownReport:
    """The file of `--markdown`, which is written whether or not the preview has a result."""

    path: Path | None
    id: str
    selection: Selection | None = None
    """Of which it is the report, as soon as it is known."""
    is_written: bool = False

    def write(self, run: Run, report: Report, refusals: Sequence[Exception]) -> None:
        from platform_components.cli.markdown import markdown

        self._write(lambda: markdown(run, report, refusals, self.id))

    def write_failure(self, error: BaseException) -> None:
        from platform_components.cli.markdown import identity
        from platform_components.cli.markdown_failures import failed_report

        self._write(lambda: failed_report(identity(self.selection, self.id), error))

    def _write(self, text: Callable[[], str]) -> None:
        from platform_components.cli.output_file import write_atomically

        if self.path is not None:
            write_atomically(self.path, text())
            self.is_written = True


@contextmanager
def markdown_report(path: Path | None, id_: str, record: Path | None) -> Iterator[MarkdownReport]:
    """Check that the report can be written, and write a short one if the preview ends without a result.

    Otherwise a workflow would leave the comment about an earlier commit.

    Raises:
        InvalidInput: the file can't be written, or is the `record`, or the ID is invalid.
    """
    from platform_components.base.errors import InvalidInput, Problem
    from platform_components.cli.output_file import check_writable

    if id_ and not _ID.fullmatch(id_):
        what = "must start with a letter or digit, and contain only letters, digits, _, . and single -"
        raise InvalidInput("--markdown-id", [Problem("ID", what, "such as `platform-prod`", id_)])
    if path is not None:
        check_writable(path, "--markdown")
        if record is not None and record.resolve() == path.resolve():
            problem = Problem(str(path), "is the file of --record", "pass another file")
            raise InvalidInput("--markdown", [problem])
    report = MarkdownReport(path, id_)
    try:
        yield report
    except (Exception, KeyboardInterrupt) as error:
        if not report.is_written:
            with suppress(OSError):  # `error` is the one to report
                report.write_failure(error)
        raise


def nothing_to_compare(report: Report) -> InvalidInput | None:
    """The error of `--expect-no-changes` for stacks without a state, in which everything would be created."""
    from platform_components.base.errors import InvalidInput, Problem

    if not report.not_compared:
        return None
    remedy = "pass --state, name its backend in platform.yaml, or remove --expect-no-changes"
    problems = [Problem(name, "is not compared with a state", remedy) for name in report.not_compared]
    return InvalidInput("--expect-no-changes", problems)
