"""Secrets of a state that are not decrypted: they can be compared, and revealed if there is a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Protocol, runtime_checkable

from platform_components.engine.values import UNKNOWN, Secret

SNAPSHOT: Final = "platform-snapshot"
"""The `type` in `secrets_providers` of a snapshot, with digests instead of secrets. Pulumi rejects it."""


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


Unseal = Callable[[Mapping[str, Any], str], Secret]
"""Returns the secret for its object in a state, with `ciphertext`, or with JSON text as `plaintext`, and for
the path of the property that contains it."""

Unsealing = Callable[[Mapping[str, Any] | None], Unseal]
"""Returns how to unseal the secrets of a deployment, for its `secrets_providers`; None if it has none."""


def secrets_in(value: Any) -> Iterator[Secret]:
    """Yield the marked secrets in a value of a state, the outer ones."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secrets_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets_in(item)


def revealed(value: Any) -> Any:
    """Return a value of a state with its secrets in plain text, each still a `Secret`; UNKNOWN without a key.

    Raises:
        CannotDecrypt: there is a key, but it does not fit.
    """
    if isinstance(value, Mapping):
        return {key: revealed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [revealed(item) for item in value]
    if isinstance(value, Secret) and isinstance(value.value, Sealed):
        return Secret(value.value.reveal())
    return value


@runtime_checkable
class Explained(Sealed, Protocol):
    """A sealed secret with a reason."""

    @property
    def obstacle(self) -> str:
        """Why it can't be compared; empty if it can, or if nothing compared it yet."""


def obstacle_of(sealed: Sealed) -> str:
    """Return why a secret can't be compared, after an attempt; empty if it can, or if that is unknown."""
    return sealed.obstacle if isinstance(sealed, Explained) else ""


class Incomparable:
    """A secret without a key: it can neither be compared nor revealed."""

    def equals(self, value: Any) -> bool | None:
        return None

    def reveal(self) -> Any:
        return UNKNOWN


def incomparable(secrets_providers: Mapping[str, Any] | None) -> Unseal:
    """Treat all secrets of a deployment as `Incomparable`."""
    return lambda marked, path: Secret(Incomparable())
