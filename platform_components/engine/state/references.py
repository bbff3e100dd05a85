"""The outputs of stacks that are not evaluated, from their states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from platform_components.base.errors import InvalidInput
from platform_components.engine.decryption import CannotDecrypt
from platform_components.engine.state.backend import BackendState, Store
from platform_components.engine.state.format import StackName
from platform_components.engine.state.sealed import Unsealing, incomparable, revealed
from platform_components.engine.state.source import StateSource
from platform_components.files.project_file import STACK_NAME

_PARTS = 3


@dataclass(frozen=True)
class ReferencedStates:
    """Where the states of referenced stacks are. Plain data, to be sent to another process."""

    files: Mapping[str, StateSource] = field(default_factory=dict)
    """By `organization/project/stack`; they take precedence over the backend."""
    store: Store | None = None
    """The backend of the stack that references them."""
    unsealing: Unsealing = incomparable

    def outputs(self, qualified: str) -> Mapping[str, Any] | None:
        """Return the outputs of a stack by `organization/project/stack`; None if its state is not available.

        Raises:
            InvalidInput: the state can't be read, or is invalid.
        """
        source = self.files.get(qualified) or self._in_backend(qualified)
        found = source.load() if source else None
        if found is None:
            return None
        try:
            return {name: revealed(value) for name, value in found.outputs.items()}
        except CannotDecrypt as error:
            raise InvalidInput(found.source, [error.problem]) from None

    def _in_backend(self, qualified: str) -> StateSource | None:
        name = parse_qualified(qualified)
        # A self-managed backend has only this organization.
        if self.store is None or name is None or not qualified.startswith("organization/"):
            return None
        return BackendState(self.store, name, self.unsealing)


def parse_qualified(name: str) -> StackName | None:
    """Parse `organization/project/stack`; None if the name is not of this form."""
    parts = name.split("/")
    if len(parts) != _PARTS or not all(STACK_NAME.fullmatch(part) and part.strip(".") for part in parts):
        return None
    return StackName(parts[1], parts[2])
