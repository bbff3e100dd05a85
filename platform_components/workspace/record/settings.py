"""The settings of a stack: the parts of platform.yaml and of the command that its evaluation depends on."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from platform_components.base.settings import Platform, split_stack
from platform_components.functions import Answers
from platform_components.workspace.record.tree import digest_of

if TYPE_CHECKING:
    from platform_components.workspace.stack import Task

_NOT_SETTINGS: Final = frozenset(
    {"project", "stack", "organization", "reads", "policy_context", "values", "functions"}
    | {"state", "referenced_states", "tree", "known"}
)
"""Fields of a task that are part of the record otherwise, or that do not affect the evaluation."""


def settings_digest(
    platform: Platform, stack: str, task: Task, functions: Collection[str], answers: Answers
) -> str:
    """The digest of a stack's settings. `functions` are the provider functions that its program calls.

    `callers` of a context is not among them: a name that is added changes no evaluation that succeeded.
    """
    layer, environment = split_stack(stack)
    parts: dict[str, Any] = {field.name: getattr(task, field.name) for field in fields(task)}
    parts = {name: value for name, value in parts.items() if name not in _NOT_SETTINGS}
    parts["evaluated"] = task.policy_context is not None
    parts["answers"] = [
        [entry.function, entry.arguments, entry.region, entry.result]
        for entry in answers.entries
        if entry.function in functions and entry.environment in ("", environment)
    ]
    place = platform.environments[environment]
    parts["platform"] = {
        "organization": platform.organization,
        "regions": platform.regions,
        "teams": platform.teams,
        "environment": place.model_dump(mode="json"),
        "layer": platform.stacks[layer].model_dump(mode="json"),
        "sizing": platform.sizing.get(place.tier),
    }
    return digest_of(json.dumps(parts, sort_keys=True, default=repr).encode())
