"""Annotations of GitHub Actions: errors and violations at the lines that cause them, on standard error.

Workflow commands are documented at
https://docs.github.com/actions/reference/workflow-commands-for-github-actions; the runner reads
them from both streams (actions/runner, ScriptHandler.cs). Standard output stays the result, for example JSON.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from platform_components.cli.output import one_line, printable, shortened

if TYPE_CHECKING:
    from platform_components.base.errors import InvalidInput
    from platform_components.workspace.run import Run

_MOST: Final = 10
"""Annotations per severity that GitHub shows of one step (actions/toolkit, docs/problem-matchers.md)."""
_SOURCE = re.compile(r":(\d+)$")
_LINE = re.compile(r"(?:^|\b)line (\d+)(?:, column (\d+))?")

Annotations = Annotated[
    bool | None,
    typer.Option(
        "--annotations/--no-annotations",
        help="Print annotations of GitHub Actions to standard error. Default: if GITHUB_ACTIONS is true.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class Annotation:
    """A message at a place of the repository."""

    severity: Literal["error", "warning"]
    title: str
    message: str
    file: str = ""
    """Relative to the root of the repository; empty if the place is unknown."""
    line: int = 0
    column: int = 0

    def command(self) -> str:
        """The workflow command."""
        place = {"file": self.file, "line": self.line, "col": self.column, "title": self.title}
        properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items() if value)
        return f"::{self.severity} {properties}::{_data(self.message)}"


def requested(annotations: bool | None) -> bool:
    """Whether to print annotations: the value of the flag, otherwise whether it is GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true" if annotations is None else annotations


@contextmanager
def annotated(annotations: bool | None, directory: Path) -> Iterator[None]:
    """Annotate an error that ends the command, and pass it on."""
    from platform_components.base.errors import InvalidInput
    from platform_components.engine.errors import ProgramError

    try:
        yield
    except (InvalidInput, ProgramError) as error:
        if requested(annotations):
            _print(_of_error(error, "", directory))
        raise


def annotate(run: Run, refusals: Sequence[InvalidInput] = ()) -> None:
    """Print the annotations of a run: failures, violations, errors that programs logged, and `refusals`, the
    errors of `--strict` and `--expect-no-changes`."""
    root = run.selection.project.root
    _print((*_of_run(run), *(each for error in refusals for each in _of_error(error, "", root))))


def _of_run(run: Run) -> Iterator[Annotation]:
    root = run.selection.project.root
    for name, error in run.failures.items():
        yield from _of_error(error, name, root)
    for stack in run.stacks:
        sources = {resource.urn: resource.source for resource in stack.graph.resources}
        for finding in (*stack.report.errors, *stack.report.violations):
            source = sources.get(finding.urn)
            yield Annotation(
                "error" if finding.fails else "warning",
                f"{stack.name}: {finding.rule}",
                f"{finding.name}: {finding.message}" + (f"\n{finding.remedy}" if finding.remedy else ""),
                _in_repository(root, source.file) if source else "",
                source.line if source else 0,
            )
        plan = stack.graph.plan
        for urn, because in plan.refused.items() if plan else ():
            source = sources.get(urn)
            yield Annotation(
                "error",
                f"{stack.name}: the deployment fails",
                f"{urn}: {because}",
                _in_repository(root, source.file) if source else "",
                source.line if source else 0,
            )
        for diagnostic in stack.graph.errors:
            source = diagnostic.source
            yield Annotation(
                "error",
                stack.name,
                diagnostic.message,
                _in_repository(root, source.file) if source else "",
                source.line if source else 0,
            )


def _of_error(error: Exception, stack: str, root: Path) -> Iterator[Annotation]:
    """One annotation per problem, at its line if the error states one."""
    from platform_components.base.errors import InvalidInput
    from platform_components.engine.errors import ProgramError

    if isinstance(error, ProgramError):
        for failure in error.failures:
            place, cause = failure.location, failure.cause
            if isinstance(cause, InvalidInput) and _file_in(cause.subject, root):
                yield from _of_error(cause, error.stack, root)
            else:
                message = f"{failure.message}\n{failure.remedy}".rstrip()
                file, line = (_in_repository(root, place.file), place.line) if place else ("", 0)
                yield Annotation("error", f"{error.stack}: the program failed", message, file, line)
    elif isinstance(error, InvalidInput):
        for problem, (where, what, remedy) in zip(error.problems, error.rows(), strict=True):
            file, line, column = _place_of(problem.where, error.subject, root)
            yield Annotation(
                "error",
                f"{stack}: {error.subject}" if stack else error.subject,
                "   ".join(part for part in (where, what, remedy) if part),
                _in_repository(root, file) if file else "",
                line,
                column,
            )
    else:
        yield Annotation("error", stack, str(error))


def _place_of(where: str, subject: str, root: Path) -> tuple[str, int, int]:
    """The file, line and column of a problem: stated in it, otherwise those of its path in a YAML file."""
    from platform_components.cli.yaml_lines import line_of

    named = _file_in(where, root)
    if named and (found := _SOURCE.search(where)):
        return named, int(found[1]), 0
    file = named or _file_in(subject, root)
    if found := _LINE.search(where):
        return file, int(found[1]), int(found[2] or 0)
    if file.endswith((".yaml", ".yml")):
        return file, *line_of(root / file, where)
    return file, 0, 0


def _file_in(text: str, root: Path) -> str:
    """The file that a text names, if it exists."""
    for word in text.split():
        file = _SOURCE.sub("", word.strip(":,()"))
        if file.endswith((".yaml", ".yml", ".py")) and (root / file).is_file():
            return file
    return ""


def _in_repository(root: Path, file: str) -> str:
    """The path from the root of the repository, which the project can be a directory of."""
    workspace = os.environ.get("GITHUB_WORKSPACE", "")
    path = (root / file).resolve()
    base = Path(workspace).resolve() if workspace else root.resolve()
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else file


def _print(annotations: Iterable[Annotation]) -> None:
    """Write the annotations that GitHub shows, errors first, each once, and the number of the others."""
    listed = list(dict.fromkeys(annotations))
    for severity in ("error", "warning"):
        same = [each for each in listed if each.severity == severity]
        shown = same if len(same) <= _MOST else same[: _MOST - 1]
        for each in shown:
            print(each.command(), file=sys.stderr)  # noqa: T201 - not `say`, which escapes commands
        if len(shown) < len(same):
            rest = Annotation(severity, "platform preview", f"{len(same) - len(shown)} more; the log has all")
            print(rest.command(), file=sys.stderr)  # noqa: T201


def _data(text: str) -> str:
    """Escaped as in actions/toolkit, packages/core/src/command.ts."""
    shown = printable(shortened(text))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
