"""Differences of properties as lines, for the terminal and for Markdown."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any, Final

from platform_components.cli.output import one_line, shortened
from platform_components.engine.plan.steps import ChangeKind, PropertyChange, Step
from platform_components.engine.values import UNKNOWN, without_secrets
from platform_components.report.edits import overlap
from platform_components.report.reasons import OPEN

SYMBOLS: Final[dict[str, str]] = {
    "create": "+",
    "update": "~",
    "replace": "±",
    "delete": "-",
    "import": "=",
    "undetermined": "?",
}
"""A symbol per operation: colours are not the only difference."""
_KINDS: Final[dict[ChangeKind, str]] = {"add": "+", "update": "~", "delete": "-", "undetermined": "?"}
_LONGEST_VALUE: Final = 160
_MOST_LINES: Final = 12
"""Maximum number of lines of the difference between two texts."""

Line = tuple[str, str]
"""A symbol (`+`, `-`, `~`, `?`, or a space) and a text without line breaks."""


def value_text(value: Any) -> str:
    """The value on one line, shortened, without secrets."""
    if value is UNKNOWN:
        return "(known after the deployment)"
    shown = without_secrets(value)
    if shown in ("[secret]", "[unknown]"):
        return str(shown)
    return one_line(shortened(json.dumps(shown, ensure_ascii=False, sort_keys=True), _LONGEST_VALUE))


def lost_id(step: Step) -> str:
    """The ID of a resource that is deleted or replaced, with which it is found in the cloud; or empty."""
    return step.id if step.operation in ("delete", "replace") and step.id != step.name else ""


def edit_lines(edit: PropertyChange, step: Step | None = None) -> Iterator[Line]:
    """The lines of a difference, with the effect of the step on the resource if this property causes it."""
    path, note = one_line(shortened(edit.path, _LONGEST_VALUE)), _note(edit, step)
    if edit.kind == "undetermined":
        yield "?", f"{path}: {OPEN[edit.reason]}{note}"
    elif edit.kind == "update" and edit.old is None and edit.new is None:
        yield "~", f"{path}{note}"
    elif edit.kind == "update" and _is_text(edit.old) and _is_text(edit.new):
        yield "~", f"{path}:{note}"
        yield from _text_lines(edit.old, edit.new)
    elif edit.kind == "update":
        yield "~", f"{path}: {value_text(edit.old)} → {value_text(edit.new)}{note}"
    else:
        yield _KINDS[edit.kind], f"{path}: {value_text(edit.new if edit.kind == 'add' else edit.old)}{note}"


def _note(edit: PropertyChange, step: Step | None) -> str:
    if step is not None and any(overlap(edit.path, cause) for cause in step.replaced_by):
        return "  (forces the replacement)"
    if step is not None and any(overlap(edit.path, cause) for cause in step.possibly_replaced_by):
        return "  (may force a replacement)"
    return ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value.rstrip("\n")


def _text_lines(old: str, new: str) -> Iterator[Line]:
    """The lines that differ, with one line of context."""
    compared = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1)
    lines = [line for line in compared if not line.startswith(("---", "+++", "@@"))]
    for line in lines[:_MOST_LINES]:
        yield line[0], "  " + one_line(shortened(line[1:], _LONGEST_VALUE))
    if len(lines) > _MOST_LINES:
        yield " ", f"  … {len(lines) - _MOST_LINES} more lines; --json has all of them"
