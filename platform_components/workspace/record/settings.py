"""The settings of a stack: the parts of platform.yaml and of the command that its evaluation depends on."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal

from platform_components.base.settings import Platform, split_stack
from platform_components.functions import Answers
from platform_components.kubernetes.container import checked_image
from platform_components.workspace.image import image_key
from platform_components.workspace.record.tree import ABSENT, digest_of

if TYPE_CHECKING:
    from platform_components.workspace.stack import Task

AvailableState = Literal["own", "referenced"]

_NOT_SETTINGS: Final = frozenset(
    {"project", "stack", "organization", "reads", "policy_context", "values", "functions"}
    | {"state", "referenced_states", "tree", "known"}
)
"""Fields of a task that are part of the record otherwise, or that do not affect the evaluation."""


@dataclass(frozen=True)
class Settings:
    """The settings of all stacks, for one content of platform.yaml."""

    platform: Platform
    answers: Answers
    tasks: Mapping[str, Task]
    """By stack."""

    def digest(self, stack: str, functions: Collection[str]) -> str:
        """The digest of a stack's settings. `functions` are the provider functions that its program calls.

        `callers` of a context is not among them: a name that is added changes no evaluation that succeeded.
        """
        layer, environment = split_stack(stack)
        task = self.tasks[stack]
        parts: dict[str, Any] = {field.name: getattr(task, field.name) for field in fields(task)}
        parts = {name: value for name, value in parts.items() if name not in _NOT_SETTINGS}
        parts["evaluated"] = task.policy_context is not None
        parts["answers"] = [
            [entry.function, entry.arguments, entry.region, entry.result]
            for entry in self.answers.entries
            if entry.function in functions and entry.environment in ("", environment)
        ]
        place = self.platform.environments[environment]
        parts["platform"] = {
            "organization": self.platform.organization,
            "regions": self.platform.regions,
            "teams": self.platform.teams,
            "environment": place.model_dump(mode="json"),
            "layer": self.platform.stacks[layer].model_dump(mode="json"),
            "sizing": self.platform.sizing.get(place.tier),
        }
        return digest_of(json.dumps(parts, sort_keys=True, default=repr).encode())


def configured_digest(task: Task) -> str | None:
    """The digest of the image that the command sets for a stack; empty if it sets nothing.

    None if it sets anything else, which can be secret.
    """
    overrides = task.project.overrides.get(task.stack, ())
    if not overrides:
        return ABSENT
    if [each.path for each in overrides] != [(image_key(task.project),)]:
        return None
    try:
        checked_image(overrides[0].value)
    except ValueError:
        return None
    return digest_of(overrides[0].value.encode())


def available_states(task: Task) -> tuple[AvailableState, ...]:
    """The states that outputs are read from: those of the stack itself, and of stacks that it references."""
    available: dict[AvailableState, object] = {"own": task.state, "referenced": task.referenced_states}
    return tuple(name for name, state in available.items() if state is not None)
