"""Secrets in plain text: values that have the shape or the name of a secret, but are not marked as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from platform_components.engine.graph import Resource
from platform_components.engine.journal import Journal
from platform_components.engine.plan.steps import Plan
from platform_components.engine.source import Source

_REMEDY = "pass pulumi.Output.secret(...), or encrypt it in the configuration and read it with require_secret"


def report(resources: Iterable[Resource], outputs: Mapping[str, Any], journal: Journal) -> None:
    """Register these secrets, so that they are not shown, and warn about each, without its value."""
    for resource in resources:
        if resource.is_stack:
            continue
        subject = f'{resource.type} "{resource.name}"'
        paths = journal.redact.learn_plain(resource.inputs)
        journal.redact.learn_plain([resource.name, resource.outputs])
        if not resource.external:
            _warn(paths, f" of {subject}", journal, urn=resource.urn, source=resource.source)
    for path in journal.redact.learn_plain(outputs):
        _warn([path], " of the stack's outputs", journal, source=journal.export_of(path))


def learn_changes(plan: Plan, journal: Journal) -> None:
    """Register the secrets in the former values of a plan, so that they are not shown."""
    for step in plan.changes:
        journal.redact.learn_plain(step.former)
        for change in step.changes:
            journal.redact.learn_plain({change.path.rpartition(".")[2]: change.old})
    for change in plan.outputs:
        journal.redact.learn_plain({change.path.rpartition(".")[2]: change.old})


def _warn(
    paths: Iterable[str], subject: str, journal: Journal, *, urn: str = "", source: Source | None = None
) -> None:
    for path in paths:
        message = f"{path}{subject} looks like a secret, but is not marked as one; {_REMEDY}"
        journal.diagnose("warning", message, urn=urn, source=source)
