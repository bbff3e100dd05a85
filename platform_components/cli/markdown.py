"""The report of a preview as Markdown, for a comment on a pull request: risks first, then each stack.

The same run and states give the same bytes, so that an update of the comment shows no change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from platform_components.cli.edit_lines import SYMBOLS, edit_lines
from platform_components.cli.findings import count_of
from platform_components.cli.headlines import compared_text, counts_text, order_text, pending_lines
from platform_components.cli.markdown_text import block, code, marker, prose, raw_code
from platform_components.engine.plan.steps import PropertyChange
from platform_components.policy import Finding
from platform_components.report.changes import RISKS, Change, Report, StackChanges, short_type
from platform_components.report.groups import grouped
from platform_components.report.subject import Risk
from platform_components.workspace.run import Run
from platform_components.workspace.stack import StackRun

LIMIT: Final = 65_536
"""GitHub's limit of a comment in characters: the API answers "Body is too long (maximum is 65536
characters)". Bytes are counted here, of which a text never has fewer."""
_RISKS_LIMIT: Final = 30_000
"""Bytes of the sections about risks, so that details of the stacks have room."""
_RESERVED: Final = 1_500
"""Bytes for the notes about what was omitted."""
_MOST_EDIT_LINES: Final = 30
_MOST_ROWS: Final = 60
"""Rows of the table of stacks."""
_MOST_NAMES: Final = 10
_MOST_PATHS: Final = 3
_ALL: Final = "`platform preview --json` has all of them."

_TITLES: Final[dict[Risk, str]] = {
    "loss": "What is lost",
    "exposure": "What opens up",
    "restart": "What restarts",
}
_NOTHING: Final[dict[Risk, str]] = {
    "loss": "Nothing that holds data, traffic or an identity is deleted or replaced.",
    "exposure": "No network ingress, permission or public setting is added.",
    "restart": "No pods, databases, caches or nodes restart.",
}


@dataclass
class _Page:
    """Lines within a number of bytes."""

    limit: int
    lines: list[str] = field(default_factory=list)
    size: int = 0

    def fits(self, lines: Sequence[str], limit: int | None = None) -> bool:
        return self.size + _bytes(lines) <= (self.limit if limit is None else limit)

    def add(self, *lines: str) -> None:
        self.lines += lines
        self.size += _bytes(lines)


def markdown(run: Run, report: Report) -> str:
    """Return the report as Markdown of at most `LIMIT` bytes."""
    page = _Page(LIMIT - _RESERVED)
    page.add(*_head(run, report))
    cut = 0
    if report.refused:
        cut += _section(page, "What fails", [_refused(change) for change in report.refused])
    for risk in RISKS:
        items = [_risk(change, risk) for change in report.with_risk(risk)]
        cut += _section(page, _TITLES[risk], items, _NOTHING[risk] if report.stacks else "")
    if cut:
        page.add(f"{count_of(cut, 'item')} of these lists did not fit. {_ALL}", "")
    failures = [
        f"- {code(name)} was not evaluated: {prose(str(error).splitlines()[0])}"
        for name, error in run.failures.items()
    ]
    failures += [
        f"- {code(name)} was not evaluated, because it references {code(because)}"
        for name, because in run.skipped.items()
    ]
    if failures:
        _section(page, "What could not be evaluated", failures)
    omitted: list[str] = []
    by_name = {stack.name: stack for stack in run.stacks}
    for changes in report.stacks:
        if not changes.is_quiet or _findings(by_name[changes.name]):
            omitted += _details(page, by_name[changes.name], changes)
    for name in report.not_compared:
        lines = _without_state(by_name[name])
        if page.fits(lines):
            page.add(*lines)
        else:
            omitted.append(name)
    page.limit = LIMIT
    if omitted:
        names = ", ".join(map(code, omitted[:_MOST_NAMES]))
        more = f" and {len(omitted) - _MOST_NAMES} more" if len(omitted) > _MOST_NAMES else ""
        page.add(f"Too long for a comment; details are missing or incomplete for {names}{more}. {_ALL}", "")
    return "\n".join(page.lines).rstrip("\n") + "\n"


def _head(run: Run, report: Report) -> Iterator[str]:
    project, environment = str(run.selection.project.name), run.selection.environment
    yield marker(project, environment or "several")
    yield ""
    yield f"## Preview of {code(project)}" + (f" · {code(environment)}" if environment else "")
    yield ""
    yield f"**{_summary(report)}**" if report.stacks else "Compared with nothing: the stacks have no state."
    yield ""
    changed = [stack for stack in report.stacks if not stack.is_quiet]
    if changed:
        yield "| stack | owner | changes | unchanged | compared with |"
        yield "|---|---|---|---|---|"
        for stack in changed[:_MOST_ROWS]:
            counts = counts_text(stack)
            source = compared_text(stack.plan.compared).removeprefix("compared with ")
            owner = _cell(code(stack.owner)) if stack.owner else ""
            cells = (_cell(code(stack.name)), owner, counts, str(stack.unchanged), _cell(code(source)))
            yield f"| {' | '.join(cells)} |"
        yield ""
        if len(changed) > _MOST_ROWS:
            yield f"{len(changed) - _MOST_ROWS} more stacks change. {_ALL}"
            yield ""
    quiet = len(report.stacks) - len(changed)
    if quiet and changed:
        yield f"{count_of(quiet, 'other stack')} without changes."
        yield ""


def _summary(report: Report) -> str:
    changed = sum(not stack.is_quiet for stack in report.stacks)
    text = counts_text(*report.stacks)
    return f"{text[0].upper()}{text[1:]} in {count_of(changed or len(report.stacks), 'stack')}"


def _section(page: _Page, title: str, items: list[str], otherwise: str = "") -> int:
    """Add a section; return the number of its items that do not fit."""
    if not items and not otherwise:
        return 0
    page.add(f"### {title}", "")
    added = 0
    for item in items:
        if not page.fits([item], _RISKS_LIMIT):
            break
        page.add(item)
        added += 1
    page.add(*([] if items else [otherwise]), "")
    return len(items) - added


def _subject(change: Change) -> str:
    return f"{code(change.step.name)} ({code(short_type(change.step.type))}) in {code(change.stack)}"


def _refused(change: Change) -> str:
    what = _PAST.get(change.step.operation, "changed")
    return f"- {_subject(change)} can't be {what}: {prose(change.refused)}"


_PAST: Final = {"delete": "deleted", "replace": "replaced"}


def _risk(change: Change, risk: Risk) -> str:
    """One item: the resource, what happens, why, and who owns it."""
    facts = [prose(fact.text) for fact in change.facts if fact.risk == risk]
    parts = [f"- {_subject(change)}: {'; '.join(facts)}"]
    if risk == "loss" and (order := order_text(change.step)):
        parts.append(f"Order: {order}")
    parts.append(f"Why: {'; '.join(_why(change))}")
    if change.owner:
        parts.append(f"Owner: {code(change.owner)}")
    return ". ".join(parts) + "."


def _why(change: Change) -> Iterator[str]:
    """The reasons of a change, otherwise the properties that differ; then the line of the program."""
    yield from map(prose, change.reasons)
    if change.step.operation == "create":
        yield "it is new in the program"
    elif not change.reasons or change.step.operation == "update":
        paths = list(dict.fromkeys(edit.path for edit in change.edits))
        if paths:
            more = f" and {len(paths) - _MOST_PATHS} more" if len(paths) > _MOST_PATHS else ""
            yield f"{', '.join(map(code, paths[:_MOST_PATHS]))}{more} {_verb(len(paths))}"
        elif not change.reasons:
            yield "an option of the resource changes"
    if change.step.source:
        yield f"declared at {code(str(change.step.source))}"


def _verb(count: int) -> str:
    return "changes" if count == 1 else "change"


def _details(page: _Page, stack: StackRun, changes: StackChanges) -> list[str]:
    """Add the collapsed details of a stack as far as they fit; return its name if they don't."""
    about = f"{raw_code(stack.name)}: {counts_text(changes)}"
    head = ["<details>", f"<summary>{about}</summary>", ""]
    head += [f"{_sentence(compared_text(changes.plan.compared))}", ""]
    head += [f"Because {prose(reason)}." for reason in changes.reasons]
    head += [""] if changes.reasons else []
    head += [f"- {prose(line)}" for line in pending_lines(changes.plan.pending)]
    end = ["", "</details>", ""]
    if not page.fits([*head, *end]):
        return [stack.name]
    page.add(*head)
    units = list(_units(stack, changes))
    added, fence = 0, 0
    size = page.size + _bytes(end)
    lines: list[str] = []
    for unit in units:
        opening, *body, closing = block(unit)
        fence = max(fence, len(closing))
        size += _bytes(body)
        if size + _bytes([opening]) + 2 * fence > page.limit:
            break
        lines += unit
        added += 1
    if lines:
        page.add(*block(lines))
    if added < len(units):
        page.add("", f"{len(units) - added} of {len(units)} changes did not fit. {_ALL}")
    page.add("")
    findings = [_finding(finding) for finding in _findings(stack)]
    shown = 0
    while shown < len(findings) and page.fits([findings[shown], *end]):
        page.add(findings[shown])
        shown += 1
    page.add(*(end if shown else end[1:]))
    return [stack.name] if added < len(units) or shown < len(findings) else []


def _units(stack: StackRun, changes: StackChanges) -> Iterator[list[str]]:
    """The lines of each change: those with a risk first, then the groups, the others and the outputs."""
    found = grouped(changes.changes)
    risky = [(change, edits) for change, edits in found.rest if change.facts or change.refused]
    others = [(change, edits) for change, edits in found.rest if not change.facts and not change.refused]
    yield from (_change_lines(change, edits) for change, edits in risky)
    for group in found.groups:
        lines = [f"{_diff(symbol)} {text}" for symbol, text in edit_lines(group.edit)]
        names = ", ".join(change.step.name for change in group.changes[:_MOST_NAMES])
        more = f" and {len(group.changes) - _MOST_NAMES} more" if len(group.changes) > _MOST_NAMES else ""
        yield [*lines, f"    on {len(group.changes)} resources: {names}{more}"]
    yield from (_change_lines(change, edits) for change, edits in others)
    for edit in changes.plan.outputs:
        yield [f"{_diff(symbol)} output {text}" for symbol, text in edit_lines(edit)]


def _change_lines(change: Change, edits: Sequence[PropertyChange]) -> list[str]:
    step = change.step
    lines = [f"{_diff(SYMBOLS[step.operation])} {step.operation} {step.name} ({short_type(step.type)})"]
    if change.reasons:
        lines[0] += f": {'; '.join(change.reasons)}"
    shown = [line for edit in edits for line in edit_lines(edit, step)]
    lines += [f"{_diff(symbol)}     {text}" for symbol, text in shown[:_MOST_EDIT_LINES]]
    if len(shown) > _MOST_EDIT_LINES:
        lines.append(f"      … {len(shown) - _MOST_EDIT_LINES} more lines")
    return lines


def _diff(symbol: str) -> str:
    """The character that colours a line of a diff."""
    return {"±": "!", "~": "!", "?": "!", "=": "+"}.get(symbol, symbol)


def _without_state(stack: StackRun) -> list[str]:
    """The details of a stack that was compared with nothing."""
    text = f"{count_of(len(stack.graph.managed), 'resource')} to create, compared with nothing"
    findings = [_finding(finding) for finding in _findings(stack)]
    return [
        "<details>",
        f"<summary>{raw_code(stack.name)}: {text}</summary>",
        "",
        *findings,
        "",
        "</details>",
        "",
    ]


def _findings(stack: StackRun) -> list[Finding]:
    """Violations and errors of policies, those that fail the preview first."""
    found = (*stack.report.errors, *stack.report.violations)
    return sorted(found, key=lambda finding: not finding.fails)


def _finding(finding: Finding) -> str:
    mark = "✗" if finding.fails else "!"
    return f"- {mark} {code(finding.rule)} {code(finding.name)}: {prose(finding.message)}"


def _sentence(text: str) -> str:
    return prose(f"{text[0].upper()}{text[1:]}") + "."


def _cell(text: str) -> str:
    """A text in a table, in which a pipe ends the cell, also in code."""
    return text.replace("|", "\\|")


def _bytes(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)
