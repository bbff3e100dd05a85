"""The causes of a change: the changed resources whose outputs a changed property contains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from platform_components.base.markers import UNKNOWN
from platform_components.engine.graph import Resource
from platform_components.engine.plan.steps import Step
from platform_components.engine.plan.verdict import Verdict, top
from platform_components.engine.stack_references import STACK_REFERENCE
from platform_components.engine.state.canonical import scalars

_SHORTEST: Final = 4
"""Characters. Shorter texts are part of many others."""


def causes_of(resource: Resource, verdict: Verdict, steps: Mapping[str, Step]) -> set[str]:
    """Return the URNs of the causes of a resource's changes: references to other stacks, too.

    A dependency that is updated keeps most outputs. It is a cause if a value that it changes is in the
    changed property, or if that is unknown.
    """
    found: set[str] = set()
    for key in verdict.changed:
        values = [each.new for each in verdict.changes if top(each.path) == key]
        texts = [text for value in values for text in scalars(value)]
        for urn in resource.property_dependencies.get(key, ()):
            step = steps.get(urn)
            if step is None or urn in found:
                continue
            if (
                step.type == STACK_REFERENCE
                or step.operation in ("create", "replace", "import")
                or (step.is_change and (UNKNOWN in values or _has_value_of(step, texts)))
            ):
                found.add(urn)
    return found


def _has_value_of(step: Step, texts: list[str]) -> bool:
    changed = (text for each in step.changes for text in scalars(each.new))
    return any(
        value == text or (len(value) >= _SHORTEST and value in text) for value in changed for text in texts
    )
