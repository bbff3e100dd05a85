"""Secrets of a state that are not decrypted: they can be compared, and revealed if there is a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from platform_components.engine.values import UNKNOWN, Secret


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


Unseal = Callable[[Mapping[str, Any]], Secret]
"""Returns the secret for its object in a state: `{"ciphertext": ...}`, or `{"plaintext": ...}` with JSON text."""

Unsealing = Callable[[Mapping[str, Any] | None], Unseal]
"""Returns how to unseal the secrets of a deployment. The argument is its `secrets_providers`, None without it."""


class Incomparable:
    """A secret without a key: it can neither be compared nor revealed."""

    def equals(self, value: Any) -> bool | None:
        return None

    def reveal(self) -> Any:
        return UNKNOWN


def incomparable(secrets_providers: Mapping[str, Any] | None) -> Unseal:
    """Treat all secrets of a deployment as `Incomparable`."""
    return lambda marked: Secret(Incomparable())
