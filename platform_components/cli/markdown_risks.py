"""What a change risks, as an item of a list in Markdown: the consequences, the reasons and the owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.cli.edit_lines import lost_id, value_text
from platform_components.cli.markdown_text import code, prose
from platform_components.engine.plan.steps import PropertyChange, Step
from platform_components.engine.values import UNKNOWN
from platform_components.report.changes import Change
from platform_components.report.edits import overlap
from platform_components.report.names import listed, short_type
from platform_components.report.reasons import OPEN, replacing
from platform_components.report.subject import Risk

_MOST_EDITS: Final = 3
_MOST_UNCLASSIFIED: Final = 20
_ORDERS: Final = {
    "delete first": "The old resource is deleted, with all it contains, before the new, empty one is created",
    "create first": "The new, empty resource is created before the old one is deleted, with all it contains",
}


def subject(change: Change) -> str:
    """`name` (`type`, ID) in `stack`."""
    id_ = f", ID {code(lost_id(change.step))}" if lost_id(change.step) else ""
    return f"{code(change.step.name)} ({code(short_type(change.step.type))}{id_}) in {code(change.stack)}"


def risk_item(change: Change, risk: Risk) -> str:
    """The consequences of one kind, then why the resource changes, who owns it, and where it is declared."""
    facts = [prose(fact.text) for fact in change.facts if fact.risk == risk]
    first = f"- {subject(change)}: {'; '.join(facts)}."
    if risk == "loss" and change.step.operation == "replace":
        order = _ORDERS.get(change.step.order or "")
        first += f" {order}." if order else ""
        first += _final_snapshot(change.step)
    elif risk == "loss" and change.step.operation == "delete":
        first += _final_snapshot(change.step)
    reasons = list(_reasons(change, risk))
    lines = [first, *([f"  - Why: {'; '.join(reasons)}."] if reasons else [])]
    about = [f"Owner: {code(change.owner)}."] if change.owner else ["Owner: unknown."]
    if change.step.source:
        about.append(f"Declared at {code(str(change.step.source))}.")
    return "\n".join([*lines, f"  - {' '.join(about)}"])


def unclassified_item(changes: tuple[Change, ...]) -> str:
    """The deletions and replacements of which it is not known what they lose."""
    shown = [f"{subject(change)} ({change.step.operation}d)" for change in changes]
    return (
        f"- Also deleted or replaced; what this loses is not classified: {listed(shown, _MOST_UNCLASSIFIED)}."
    )


def _reasons(change: Change, risk: Risk) -> Iterator[str]:
    """The causes, then the differences, first those that force a replacement or have the consequence."""
    step = change.step
    forcing = [edit for edit in change.edits if any(overlap(edit.path, path) for path in step.replaced_by)]
    stated = {*replacing(step)} if forcing else set()
    yield from (prose(reason) for reason in change.reasons if reason not in stated)
    yield from (f"{_edit(edit)}, which requires a replacement" for edit in forcing[:_MOST_EDITS])
    if step.operation == "create":
        yield "the program newly declares it"
    if step.operation in ("update", "replace") and not forcing:
        edits = change.edits_about(risk)
        yield from map(_edit, edits[:_MOST_EDITS])
        if len(edits) > _MOST_EDITS:
            yield f"{len(edits) - _MOST_EDITS} more differences"
        if not change.edits and not change.reasons:
            yield "an option of the resource changes"


def _edit(edit: PropertyChange) -> str:
    path = code(edit.path)
    if edit.kind == "undetermined":
        return f"{path}: {prose(OPEN[edit.reason])}"
    if edit.path.endswith("[]"):
        what = "gains" if edit.kind == "add" else "loses"
        return f"{path} {what} {code(value_text(edit.new if edit.kind == 'add' else edit.old))}"
    if edit.kind == "add":
        return f"{path} is set to {code(value_text(edit.new))}, without a value before"
    if edit.kind == "delete":
        return f"{path} is removed, {code(value_text(edit.old))} before"
    if edit.old is None and edit.new is None:
        return path
    new = "a value known after the deployment" if edit.new is UNKNOWN else code(value_text(edit.new))
    return f"{path} changes from {code(value_text(edit.old))} to {new}"


def _final_snapshot(step: Step) -> str:
    """Of a database: whether its deletion creates a final snapshot, according to the inputs in the state."""
    if step.type not in _WITH_FINAL_SNAPSHOT:
        return ""
    if step.former.get("skipFinalSnapshot") is True:
        return " No final snapshot is created."
    name = step.former.get("finalSnapshotIdentifier")
    if isinstance(name, str) and name:
        return f" AWS creates the final snapshot {code(name)} first."
    return " Whether a final snapshot is created is unknown."


_WITH_FINAL_SNAPSHOT: Final = frozenset(
    {
        "aws:docdb/cluster:Cluster",
        "aws:neptune/cluster:Cluster",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:redshift/cluster:Cluster",
    }
)
"""Types with `skipFinalSnapshot`, whose default is false, and `finalSnapshotIdentifier`, according to the
provider's schema."""
