"""The plan of a stack as JSON data, without secrets."""

from __future__ import annotations

from typing import Any

from platform_components.engine.plan.steps import PropertyChange, Step
from platform_components.engine.values import without_secrets
from platform_components.report.changes import Change, StackChanges


def plan_document(stack: StackChanges) -> dict[str, Any]:
    """Return the plan: what was compared, counts, the steps that change something."""
    plan, compared = stack.plan, stack.plan.compared
    by_step = {id(change.step): change for change in stack.changes}
    return {
        "compared": {
            "source": compared.source,
            "time": compared.time,
            "resources": compared.resources,
            "snapshot": compared.is_snapshot,
            "deployed": compared.exists,
        },
        "counts": dict(sorted(plan.counts.items())),
        "possibly_replaced": stack.possibly_replaced,
        "empty": plan.is_empty,
        "owner": stack.owner,
        "reasons": list(stack.reasons),
        "steps": [_step(step, by_step.get(id(step))) for step in plan.changes],
        "outputs": list(map(_edit, plan.outputs)),
        "pending": [
            {"kind": each.kind, "urn": each.urn, "type": each.type, "id": each.id} for each in plan.pending
        ],
    }


def _step(step: Step, change: Change | None) -> dict[str, Any]:
    """Return a step. Fields with their default value are omitted, except for those of the resource."""
    optional: dict[str, Any] = {
        "parent": step.parent,
        "id": step.id,
        "adopted_from": step.adopted_from,
        "changed": list(step.changed),
        "changes": list(map(_edit, step.changes)),
        "replaced_by": list(step.replaced_by),
        "possibly_replaced_by": list(step.possibly_replaced_by),
        "undetermined": list(step.undetermined),
        "order": step.order,
        "causes": list(step.causes),
        "retained": step.retained,
        "deleted_with": step.deleted_with,
        "unprotected": step.unprotected,
        "protected": step.protected,
        "leftover": step.leftover,
        "source": str(step.source or ""),
    }
    if change is not None:
        optional |= {
            "risks": [{"risk": fact.risk, "text": fact.text} for fact in change.facts],
            "owner": change.owner,
            "reasons": list(change.reasons),
            "refused": change.refused,
        }
    return {
        "operation": step.operation,
        "urn": step.urn,
        "type": step.type,
        "name": step.name,
        "custom": step.custom,
        **{key: value for key, value in optional.items() if value},
    }


def _edit(edit: PropertyChange) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": edit.path, "kind": edit.kind}
    if edit.kind != "add":
        shown["old"] = without_secrets(edit.old)
    if edit.kind != "delete":
        shown["new"] = without_secrets(edit.new)
    if edit.reason:
        shown["reason"] = edit.reason
    return shown
