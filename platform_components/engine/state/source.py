"""The interface of the places that states are read from."""

from __future__ import annotations

from typing import Protocol

from platform_components.engine.state.deployment import Deployment


class StateSource(Protocol):
    """Where the state of one stack is. Plain data, to be sent to the process that evaluates the stack."""

    def load(self) -> Deployment | None:
        """Read the state; None if the stack was never deployed.

        Raises:
            InvalidInput: the state can't be read, or is invalid.
        """
