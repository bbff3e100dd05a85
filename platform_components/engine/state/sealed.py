"""Secrets of a state that are not decrypted: they can be compared, and revealed if there is a key."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Sealed(Protocol):
    """The `value` of a `Secret` in a state, as long as nothing needs it in plain text."""

    def equals(self, value: Any) -> bool | None:
        """Whether it is equal to a plain value (JSON data); None if there is no key for that."""

    def reveal(self) -> Any:
        """Return the plain value (JSON data), or UNKNOWN without a key.

        Raises:
            CannotDecrypt: there is a key, but it does not fit.
        """
