"""What fails in a run, as items of a list in Markdown, and the report of a preview without a result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from platform_components.cli.failure import message_of
from platform_components.cli.markdown_risks import subject
from platform_components.cli.markdown_text import block, code, prose
from platform_components.policy import Finding
from platform_components.report.changes import Report
from platform_components.report.names import listed
from platform_components.workspace.run import Run
from platform_components.workspace.stack import StackRun

_MOST_LINES: Final = 12
"""Lines of one message."""
_MOST_LINES_OF_FAILURE: Final = 60
_MOST_NAMES: Final = 10
_PAST: Final = {"delete": "deleted", "replace": "replaced"}


def failed_items(run: Run, report: Report, refusals: Sequence[Exception] = ()) -> Iterator[str]:
    """Yield refused steps, violations of mandatory rules, errors of programs, stacks without a result, and
    `refusals`, the errors of options such as `--strict`."""
    for change in report.refused:
        what = _PAST.get(change.step.operation, "changed")
        yield f"- {subject(change)} can't be {what}: {prose(change.refused)}."
    yield from _violations(run.stacks)
    for stack in run.stacks:
        for diagnostic in stack.graph.errors:
            at = f" at {code(str(diagnostic.source))}" if diagnostic.source else ""
            yield f"- The program of {code(stack.name)} logs an error{at}: {prose(diagnostic.message)}"
    yield from _failures(run)
    for error in refusals:
        yield _message("- ", str(error))


def failed_report(marker: str, error: BaseException) -> str:
    """The report of a preview that ended without a result."""
    message = message_of(error) if isinstance(error, Exception) else "interrupted"
    lines = message.splitlines()
    shown = lines[:_MOST_LINES_OF_FAILURE]
    if len(lines) > len(shown):
        shown.append(f"… {len(lines) - len(shown)} more lines")
    text = "The preview ended without a result. What a deployment would change is unknown."
    return "\n".join([marker, "", "## Preview failed", "", text, "", *block(shown, "text")]) + "\n"


def findings_of(stack: StackRun) -> list[Finding]:
    """Violations and errors of rules, those that fail the preview first."""
    found = (*stack.report.errors, *stack.report.violations)
    return sorted(found, key=lambda finding: not finding.fails)


def _violations(stacks: Sequence[StackRun]) -> Iterator[str]:
    """An item per rule and message, with the resources."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for stack in stacks:
        for finding in findings_of(stack):
            if finding.fails:
                key = (finding.rule, finding.message, finding.remedy)
                alike.setdefault(key, []).append(f"{code(finding.name)} in {code(stack.name)}")
    for (rule, message, remedy), names in alike.items():
        fix = f" Fix: {prose(remedy)}." if remedy else ""
        yield f"- Mandatory rule {code(rule)}: {prose(message)}: {listed(names, _MOST_NAMES)}.{fix}"


def _failures(run: Run) -> Iterator[str]:
    """An item per error, with the stacks that it fails."""
    alike: dict[str, list[str]] = {}
    for name, error in run.failures.items():
        alike.setdefault(message_of(error).removeprefix(f"{name}: "), []).append(name)
    for message, names in alike.items():
        yield _message(f"- {_stacks(names)} not evaluated: ", message)
    skipped: dict[str, list[str]] = {}
    for name, because in run.skipped.items():
        skipped.setdefault(because, []).append(name)
    for because, names in skipped.items():
        pronoun = "it references" if len(names) == 1 else "they reference"
        yield f"- {_stacks(names)} not evaluated, because {pronoun} {code(because)}."


def _stacks(names: list[str]) -> str:
    return f"{listed(list(map(code, names)), _MOST_NAMES)} {'was' if len(names) == 1 else 'were'}"


def _message(start: str, message: str) -> str:
    """The first line after `start`, the others below it."""
    first, *lines = message.splitlines() or [""]
    shown = [f"  - {prose(line.strip())}" for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(f"  - {len(lines) - _MOST_LINES} more lines in the log")
    return "\n".join([f"{start}{prose(first)}", *shown])
