"""Snapshots of the states of stacks, and the files that contain them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.state.content import parse_json
from platform_components.engine.state.deployment import Deployment, PendingOperation
from platform_components.engine.state.fields import Fields, InvalidState
from platform_components.engine.state.file import read_state
from platform_components.engine.state.sealed import SNAPSHOT
from platform_components.engine.state.snapshot import Snapshot, snapshot_of
from platform_components.workspace.states import States

_REFRESH: Final = "check the resource, then run `pulumi refresh`"
_CREATED: Final = f"{_REFRESH} in a terminal, which asks whether it exists"


def deployment_of(states: States, stack: str) -> Deployment | None:
    """Read the state of a stack; None if it was never deployed.

    Raises:
        InvalidInput: it has none, or it can't be read or is invalid.
    """
    source = states.sources.get(stack)
    if source is None:
        remedy = f"pass --state {stack}=FILE, or set the backend of its environment in platform.yaml"
        raise InvalidInput(f'Stack "{stack}"', [Problem("state", "is not available", remedy)])
    return source.load()


def take_snapshot(states: States, stack: str) -> Snapshot | None:
    """Return the snapshot of the state of a stack; None if it was never deployed.

    Raises:
        InvalidInput: the state is not available or invalid, or a snapshot itself.
    """
    deployment = deployment_of(states, stack)
    if deployment is None:
        return None
    if deployment.is_snapshot:
        what = "is a snapshot: its secrets can't be compared again"
        raise InvalidInput(deployment.source, [Problem("state", what, "pass the state itself")])
    return snapshot_of(deployment)


def check_replaceable(path: Path) -> None:
    """Check that a file does not exist or is a snapshot, so that nothing else is overwritten.

    Raises:
        InvalidInput: it is another file.
    """
    content = read_state(path, str(path))
    if content is not None and not _is_snapshot(content):
        remedy = "remove it, or pass another directory"
        raise InvalidInput("--output", [Problem(str(path), "is not a snapshot", remedy)])


def remedy_of(operation: PendingOperation) -> str:
    """Return what to do about a pending operation.

    See pkg/cmd/pulumi/operations/refresh.go of pulumi/pulumi, which asks about pending creations.
    """
    return _CREATED if operation.kind == "creating" else _REFRESH


def _is_snapshot(content: bytes) -> bool:
    try:
        deployment = Fields(parse_json(content), "").part("deployment")
        return deployment.part("secrets_providers").text("type") == SNAPSHOT
    except InvalidState:
        return False
