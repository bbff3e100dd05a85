"""Secrets of a state: encrypted, in plain text, or as the digests of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from platform_components.base.errors import Problem
from platform_components.engine.decryption import CannotDecrypt
from platform_components.engine.state.canonical import canonical
from platform_components.engine.state.content import parse_json
from platform_components.engine.state.digests import unseal_digests
from platform_components.engine.state.fields import Fields, InvalidState
from platform_components.engine.state.keyring import DataKey, Keyring, keyring, no_data_key
from platform_components.engine.state.properties import Properties
from platform_components.engine.state.sealed import SNAPSHOT, Unseal
from platform_components.engine.values import UNKNOWN, Secret


@dataclass(frozen=True)
class Unsealer:
    """Returns how the secrets of a deployment are unsealed (`Unsealing`), by its secrets provider.

    Nothing is decrypted until a secret is compared or revealed. It can be sent to another process.
    """

    data_key: DataKey = no_data_key

    def __call__(self, secrets_providers: Mapping[str, Any] | None) -> Unseal:
        """Raises InvalidState if a field is invalid."""
        if secrets_providers is not None and secrets_providers.get("type") == SNAPSHOT:
            return unseal_digests(secrets_providers)
        keys = keyring(secrets_providers, self.data_key)

        def unseal(marked: Mapping[str, Any], path: str) -> Secret:
            ciphertext = marked.get("ciphertext")
            if ciphertext:
                return Secret(Encrypted(ciphertext, keys, path))
            return Secret(Plaintext(marked.get("plaintext", ""), path))

        return unseal


class _Json:
    """A secret as JSON text, which subclasses return. It is parsed once, on first use."""

    _text: str | None
    """None without a key."""
    _path: str
    """Of the property in the state, for messages."""

    def equals(self, value: Any) -> bool | None:
        return None if self._text is None else self._canonical == canonical(value)

    def reveal(self) -> Any:
        return self._value

    def _undamaged(self) -> Any:
        """The value; UNKNOWN if it is damaged, which only matters to what needs it."""
        try:
            return self._value
        except CannotDecrypt:
            return UNKNOWN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret of a state stays in the process that read it")

    @cached_property
    def _value(self) -> Any:
        return UNKNOWN if self._text is None else _parsed(self._text, self._path)

    @cached_property
    def _canonical(self) -> str:
        return canonical(self._value)


class Plaintext(_Json):
    """A secret of `pulumi stack export --show-secrets`."""

    obstacle = ""

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path

    def known(self) -> Any:
        return self._undamaged()


class Encrypted(_Json):
    """A secret that is decrypted when it is compared or revealed."""

    def __init__(self, ciphertext: str, keys: Keyring, path: str) -> None:
        self._ciphertext = ciphertext
        self._keys = keys
        self._path = path

    @property
    def obstacle(self) -> str:
        return self._keys.obstacle

    def known(self) -> Any:
        return self._undamaged() if self._keys.is_open else UNKNOWN

    @cached_property
    def _text(self) -> str | None:  # type: ignore[override]
        return self._keys.decrypt(self._ciphertext, self._path)


def _parsed(text: str, path: str) -> Any:
    def unseal(marked: Mapping[str, Any], _: str) -> Secret:
        # A secret in a secret is not encrypted again: see SerializePropertyValue in
        # pkg/resource/stack/deployment.go of pulumi/pulumi.
        return Secret(_parsed(marked.get("plaintext") or marked.get("ciphertext") or "", path))

    try:
        fields = Fields({"secret": parse_json(text.encode())}, "")
        return Properties(unseal).value(fields, "secret")
    except InvalidState:
        raise CannotDecrypt(Problem(path, "is not a valid value", "export the state again")) from None
