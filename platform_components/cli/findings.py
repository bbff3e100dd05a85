"""The policy findings of a preview as text, and the resources that no rule reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.text import Text

from platform_components.cli.output import shortened, styled
from platform_components.policy import Finding, Report

_MOST_ALIKE = 3
"""Up to this many findings of a rule with the same message are listed individually."""
_MOST_LINES = 10
"""Maximum number of lines per rule in a stack; --json lists all findings."""
_MOST_TYPES = 5


def finding_lines(report: Report) -> Iterator[Text]:
    """Errors and violations, then undetermined rules. Findings that are alike share a line."""
    lines: Counter[str] = Counter()
    hidden: Counter[str] = Counter()
    for finding, names in _alike((*report.errors, *report.violations)):
        for subject, count in _subjects(names):
            lines[finding.rule] += 1
            if lines[finding.rule] <= _MOST_LINES:
                yield _line(finding, subject)
            else:
                hidden[finding.rule] += count
    for rules, subject, message, count in _undetermined(report.undetermined):
        lines[rules] += 1
        if lines[rules] <= _MOST_LINES:
            yield styled((f"? {rules}  {subject}: {shortened(message)}", "dim"))
        else:
            hidden[rules] += count
    for rule, count in hidden.items():
        yield styled((f"… {rule}  {count_of(count, 'more finding')}; --json lists all", "dim"))


def unread_lines(reports: Iterable[Report]) -> Iterator[Text]:
    """The resources without a rule, and those with general rules only, with their most frequent types."""
    counts: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    for report in reports:
        for each in report.unread:
            counts[each.general][each.type] += each.count
    what = {False: "of types that no rule reads", True: "of types that only general rules read"}
    for general, types in counts.items():
        if types:
            total = types.total()
            listed = [f"{_short(type_)} {count}" for type_, count in types.most_common(_MOST_TYPES)]
            others = len(types) - len(listed)
            if others:
                rest = total - sum(count for _, count in types.most_common(_MOST_TYPES))
                listed.append(f"{count_of(others, 'other type')} {rest}")
            text = f"{count_of(total, 'resource')} {what[general]}: {', '.join(listed)}"
            yield styled((text, "dim" if general else "yellow"))


def _alike(findings: Iterable[Finding]) -> Iterator[tuple[Finding, list[str]]]:
    """The findings without those that repeat rule and message, each with the names of all its resources."""
    first: dict[tuple[str, str, str], Finding] = {}
    names: dict[tuple[str, str, str], list[str]] = {}
    for finding in findings:
        key = (finding.rule, finding.outcome, finding.message)
        first.setdefault(key, finding)
        names.setdefault(key, []).append(finding.name)
    for group, finding in first.items():
        yield finding, names[group]


def _undetermined(findings: Iterable[Finding]) -> Iterator[tuple[str, str, str, int]]:
    """The rules, subject, message and count of each line. Rules that are undetermined for the same resources
    and reason share one."""
    rules: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for finding, names in _alike(findings):
        rules.setdefault((finding.message, tuple(names)), []).append(finding.rule)
    for (message, same), ids in rules.items():
        subject = same[0] if len(same) == 1 else f"{len(same)} resources"
        yield ", ".join(ids), subject, message, len(same)


def _subjects(names: list[str]) -> Iterator[tuple[str, int]]:
    """The text for each line about these resources, and how many of them it is about."""
    if len(names) <= _MOST_ALIKE:
        yield from ((name, 1) for name in names)
    else:
        yield f"{', '.join(names[:_MOST_ALIKE])} and {len(names) - _MOST_ALIKE} more", len(names)


def _line(finding: Finding, subject: str) -> Text:
    line = Text("✗ " if finding.fails else "! ", style="bold red" if finding.fails else "yellow")
    line.append(styled((f"{finding.rule}  ", "bold"), f"{subject}: {shortened(finding.message)}"))
    if finding.remedy:
        line.append(styled((f" → {finding.remedy}", "dim")))
    return line


def _short(type_: str) -> str:
    """`aws:docdb.Cluster` for `aws:docdb/cluster:Cluster`; other modules are not abbreviated."""
    package, _, rest = type_.partition(":")
    module, _, kind = rest.rpartition(":")
    service, _, last = module.rpartition("/")
    return f"{package}:{service if last.lower() == kind.lower() else module}.{kind}"


def count_of(number: int, noun: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
