"""The report of a preview as Markdown, for a comment on a pull request: risks first, then each stack.

The same run and states give the same bytes, so that an update of the comment shows no change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from platform_components.cli.edit_lines import SYMBOLS, edit_lines
from platform_components.cli.findings import count_of
from platform_components.cli.headlines import counts_text, pending_lines
from platform_components.cli.markdown_failures import failed_items, findings_of
from platform_components.cli.markdown_risks import risk_item, unclassified_item
from platform_components.cli.markdown_text import block, code, marker, prose, raw_code
from platform_components.engine.plan.steps import Comparison, PropertyChange
from platform_components.policy import Finding
from platform_components.report.changes import RISKS, Change, Report, StackChanges
from platform_components.report.groups import grouped
from platform_components.report.names import listed, short_type
from platform_components.workspace.run import Run
from platform_components.workspace.run_config import run_config_keys
from platform_components.workspace.selection import Selection
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
_ALL: Final = "`platform preview --json` has all of them."
_LEGEND: Final = (
    "In the details, `+` is added, `-` is deleted, and `!` is updated or replaced, as the line states."
)
_COMPARED: Final = (
    "The comparison is with the state that the last deployment recorded. Changes that were made without "
    "Pulumi since then are not in it."
)

_TITLES: Final[Mapping[str, str]] = {
    "loss": "What is lost",
    "exposure": "What opens up",
    "restart": "What restarts or is unavailable",
}
_NOTHING: Final[Mapping[str, str]] = {
    "loss": "Nothing is deleted or replaced",
    "exposure": "No added network access, permission or public setting was found",
    "restart": "No restart or outage of pods, databases, caches or nodes was found",
}
_ONLY_RECREATED: Final = "Nothing that is deleted or replaced holds data, traffic or an identity"


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


def markdown(run: Run, report: Report, refusals: Sequence[Exception] = (), id_: str = "") -> str:
    """Return the report as Markdown of at most `LIMIT` bytes.

    `refusals`: errors of options such as `--strict`. `id_` identifies the comment; default: see `identity`.
    """
    page = _Page(LIMIT - _RESERVED)
    failed = list(failed_items(run, report, refusals))
    page.add(*_head(run, report, len(failed), id_))
    cut = _section(page, "What fails", failed)
    scope = "" if _is_complete(run, report) else ", in the stacks that were compared"
    for risk in RISKS:
        items = [risk_item(change, risk) for change in report.with_risk(risk)]
        if risk == "loss" and report.unclassified_losses:
            items.append(unclassified_item(report.unclassified_losses))
        deletes = risk == "loss" and any(
            change.step.operation in ("delete", "replace") for change in report.changes
        )
        nothing = f"{_ONLY_RECREATED if deletes else _NOTHING[risk]}{scope}." if report.stacks else ""
        cut += _section(page, _TITLES[risk], items, nothing)
    if cut:
        page.add(f"{count_of(cut, 'item')} of these lists did not fit. {_ALL}", "")
    omitted: list[str] = []
    by_name = {stack.name: stack for stack in run.stacks}
    detailed = [each for each in report.stacks if not each.is_quiet or findings_of(by_name[each.name])]
    if detailed:
        page.add(_LEGEND, "")
    for changes in detailed:
        omitted += _details(page, by_name[changes.name], changes)
    for name in report.not_compared:
        lines = _without_state(by_name[name])
        if page.fits(lines):
            page.add(*lines)
        else:
            omitted.append(name)
    page.limit = LIMIT
    if omitted:
        names = listed(list(map(code, omitted)), _MOST_NAMES)
        page.add(f"Too long for a comment; details are missing or incomplete for {names}. {_ALL}", "")
    return "\n".join(page.lines).rstrip("\n") + "\n"


def identity(selection: Selection | None, id_: str = "") -> str:
    """The first line, by which a workflow finds the comment that it wrote before.

    Default of `id_`: project and environments, and a digest of the stacks unless all of them are selected.
    """
    if id_ or selection is None:
        return marker(id_ or "unknown")
    environments, platform = selection.environments, selection.platform
    every = (
        [name for each in environments for name in platform.stack_names(each)]
        if platform
        else selection.project.stacks()
    )
    words = [str(selection.project.name), selection.environment or "several"]
    if {*selection.shown} != {*every} or (platform and len(environments) > 1):
        words.append(sha256("\n".join(sorted(selection.shown)).encode()).hexdigest()[:8])
    return marker(*words)


def _is_complete(run: Run, report: Report) -> bool:
    """Whether every selected stack was compared with a state, or is unchanged."""
    return not (run.failures or run.skipped or report.not_compared)


def _head(run: Run, report: Report, failed: int, id_: str) -> Iterator[str]:
    project, environment = str(run.selection.project.name), run.selection.environment
    yield identity(run.selection, id_)
    yield ""
    yield f"## Preview of {code(project)}" + (f" · {code(environment)}" if environment else "")
    yield ""
    counts = [("What fails", failed), *((_TITLES[risk], len(report.with_risk(risk))) for risk in RISKS)]
    if any(count for _, count in counts):
        yield f"**{' · '.join(f'{title}: {count}' for title, count in counts if count)}**"
        yield ""
    if report.stacks:
        yield f"**{_summary(report)}**"
        yield ""
    notes = list(_notes(run, report))
    yield from (f"- {note}" for note in notes)
    if notes:
        yield ""
    changed = [stack for stack in report.stacks if not stack.is_quiet]
    if changed:
        yield "| stack | owner | changes | unchanged | state |"
        yield "|---|---|---|---|---|"
        for stack in changed[:_MOST_ROWS]:
            changes = counts_text(stack)
            owner = _cell(code(stack.owner)) if stack.owner else ""
            cells = (_cell(code(stack.name)), owner, changes, str(stack.unchanged))
            yield f"| {' | '.join((*cells, _cell(_state(stack.plan.compared))))} |"
        yield ""
        if len(changed) > _MOST_ROWS:
            yield f"{len(changed) - _MOST_ROWS} more stacks change. {_ALL}"
            yield ""
    quiet = len(report.stacks) - len(changed)
    if quiet and changed:
        yield f"{count_of(quiet, 'other stack')} without changes."
        yield ""
    if changed:
        yield _COMPARED
        yield ""


def _summary(report: Report) -> str:
    changed = sum(not stack.is_quiet for stack in report.stacks)
    text = counts_text(*report.stacks)
    return f"{text[0].upper()}{text[1:]} in {count_of(changed or len(report.stacks), 'stack')}"


def _notes(run: Run, report: Report) -> Iterator[str]:
    """What the report does not cover, and what only this run sets."""
    missing = len(run.failures) + len(run.skipped)
    if missing:
        yield f"{count_of(missing, 'stack')} not evaluated: what a deployment would change there is unknown."
    if report.not_compared:
        count = count_of(len(report.not_compared), "stack")
        yield f"{count} compared with nothing: no state was read, so that all resources count as new."
    if run.since and run.since.everything:
        why = prose(run.since.everything)
        yield f"All stacks were evaluated, although {code('--changed-since')} was passed, because {why}."
    elif run.since:
        count = count_of(len(run.since.unchanged), "stack")
        yield f"{count} unaffected by the changes since {code(run.since.ref)}, and therefore not evaluated."
    if not (run.stacks or missing):
        yield "No stack was evaluated."
    keys = run_config_keys(run.selection)
    for stack, names in list(keys.items())[:_MOST_NAMES]:
        shown = listed(list(map(code, names)), _MOST_NAMES)
        yield f"{code(stack)} has configuration that is set for this preview only: {shown}."
    if len(keys) > _MOST_NAMES:
        yield f"So has the configuration of {count_of(len(keys) - _MOST_NAMES, 'other stack')}."
    platform = run.selection.platform
    if platform and platform.elsewhere:
        yield f"Settings: {code(str(platform.settings))}."


def _state(compared: Comparison) -> str:
    """Where the state is, and its time. Addresses are in code spans, so that they can be copied."""
    if not compared.source:
        return "none"
    if not compared.exists:
        return f"not deployed yet, according to {code(compared.source)}"
    time = f", last deployed {code(compared.time)}" if compared.time else ""
    snapshot = "snapshot " if compared.is_snapshot else ""
    return f"{snapshot}{code(compared.source)}{time}"


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


def _details(page: _Page, stack: StackRun, changes: StackChanges) -> list[str]:
    """Add the collapsed details of a stack as far as they fit; return its name if they don't."""
    about = f"{raw_code(stack.name)}: {counts_text(changes)}"
    head = ["<details>", f"<summary>{about}</summary>", ""]
    head += [f"State: {_state(changes.plan.compared)}.", ""]
    head += [f"- {prose(reason)}." for reason in changes.reasons]
    head += [f"- {prose(line)}" for line in pending_lines(changes.plan.pending)]
    end = ["", "</details>", ""]
    if not page.fits([*head, *end]):
        return [stack.name]
    page.add(*head)
    if changes.reasons or changes.plan.pending:
        page.add("")
    units = list(_units(changes))
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
    findings = [_finding(finding) for finding in findings_of(stack)]
    shown = 0
    while shown < len(findings) and page.fits([findings[shown], *end]):
        page.add(findings[shown])
        shown += 1
    page.add(*(end if shown else end[1:]))
    return [stack.name] if added < len(units) or shown < len(findings) else []


def _units(changes: StackChanges) -> Iterator[list[str]]:
    """The lines of each change: those with a risk first, then the groups, the others and the outputs."""
    found = grouped(changes.changes)
    risky = [(change, edits) for change, edits in found.rest if change.facts or change.refused]
    others = [(change, edits) for change, edits in found.rest if not change.facts and not change.refused]
    yield from (_change_lines(change, edits) for change, edits in risky)
    for group in found.groups:
        lines = [f"{_diff(symbol)} {text}" for symbol, text in edit_lines(group.edit)]
        names = listed([change.step.name for change in group.changes], _MOST_NAMES)
        yield [*lines, f"    on {group.resources}: {names}"]
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
    findings = [_finding(finding) for finding in findings_of(stack)]
    return [
        "<details>",
        f"<summary>{raw_code(stack.name)}: {text}</summary>",
        "",
        *findings,
        "",
        "</details>",
        "",
    ]


def _finding(finding: Finding) -> str:
    mark = "✗" if finding.fails else "!"
    return f"- {mark} {code(finding.rule)} {code(finding.name)}: {prose(finding.message)}"


def _cell(text: str) -> str:
    """A text in a table, in which a pipe ends the cell, also in code."""
    return text.replace("|", "\\|")


def _bytes(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)
