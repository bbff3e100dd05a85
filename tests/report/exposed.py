"""What steps open up, for the tests of the rules."""

from __future__ import annotations

import json
from typing import Any

from platform_components.report.exposure import exposures
from platform_components.report.subject import Subject
from tests.report.plans import changed, subject


def texts(step: Subject) -> list[str]:
    """The facts of a step."""
    return [fact.text for fact in exposures(step)]


def broad(step: Subject) -> list[str]:
    """Those that admit anyone."""
    return [fact.text for fact in exposures(step) if fact.is_broad]


def update(type_: str, old: dict[str, Any], new: dict[str, Any], **options: Any) -> Subject:
    """An update whose changes are the top-level properties that differ."""
    changes = [
        changed(name, old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]
    return subject("update", type_, new, *changes, **options)


def delete(type_: str, inputs: dict[str, Any], **options: Any) -> Subject:
    return subject("delete", type_, former=inputs, **options)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": more.pop("effect", "Allow"), "Action": actions, "Resource": resources, **more}
