"""Replacement triggers: values whose change replaces a resource (the option `replacement_trigger`)."""

from __future__ import annotations

from typing import Any, Final

from platform_components.engine.plan.difference import differences
from platform_components.engine.plan.steps import PropertyChange
from platform_components.engine.plan.verdict import Verdict
from platform_components.engine.values import UNKNOWN, Secret, is_unknown

_OPTION: Final = "replacementTrigger"


def trigger_verdict(old: Any, new: Any) -> Verdict:
    """Return whether a trigger replaces a resource (shouldTriggerReplace in step_generator.go).

    A secret that can't be compared leaves that open.
    """
    if is_unknown(new):
        if isinstance(new, Secret):  # of the configuration or another stack, without a key
            return Verdict((PropertyChange(_OPTION, "undetermined", None, UNKNOWN, "secret"),))
        return Verdict(replaced_by=(_OPTION,))
    if old is None or new is None:
        return Verdict()
    changes = differences({_OPTION: old}, {_OPTION: new})
    undetermined = tuple(each for each in changes if each.kind == "undetermined")
    return Verdict(replaced_by=(_OPTION,)) if len(undetermined) < len(changes) else Verdict(undetermined)
