"""The key of the secrets of a state: derived from a passphrase, or decrypted by a KMS."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from platform_components.base.errors import Problem
from platform_components.engine.decryption import (
    KEY_BYTES,
    PASSPHRASE,
    CannotDecrypt,
    decrypt,
    passphrase,
    passphrase_key,
)
from platform_components.engine.state.fields import Fields, InvalidState, quoted

DataKey = Callable[[str, bytes], bytes]
"""Returns the data key of a state, from the URL of the KMS key and the encrypted data key.

Raises:
    NoKey: it is not available here.
    CannotDecrypt: the KMS can't decrypt it.
"""

_FIELD: Final = "secrets_providers"
_AGAIN: Final = "export the state again"


class NoKey(Exception):  # noqa: N818 - states the outcome
    """There is no key in this environment. `str()` is the reason, as a phrase."""


class Keyring:
    """The key of one state. It is obtained on first use, once; without one, nothing is decrypted."""

    def __init__(self, obtain: Callable[[], bytes]) -> None:
        self._obtain = obtain
        self.obstacle = ""
        """Why there is no key; empty if there is one, or if it was not needed yet."""

    @property
    def is_open(self) -> bool:
        """Whether something needed the key, and there is one."""
        return "_key" in vars(self) and self._key is not None

    def decrypt(self, ciphertext: str, path: str) -> str | None:
        """Decrypt the value at a path of the state; None without a key.

        Raises:
            CannotDecrypt: wrong passphrase, or the value is invalid.
        """
        key = self._key
        if key is None:
            return None
        try:
            return decrypt(key, ciphertext)
        except ValueError:
            raise CannotDecrypt(Problem(path, "can't be decrypted", _AGAIN)) from None

    @cached_property
    def _key(self) -> bytes | None:
        try:
            return self._obtain()
        except NoKey as reason:
            self.obstacle = str(reason)
            return None


def keyring(secrets_providers: Mapping[str, Any] | None, data_key: DataKey) -> Keyring:
    """Return the keyring of a deployment, by its `secrets_providers`.

    Raises:
        InvalidState: a field is invalid.
    """
    if secrets_providers is None:
        return Keyring(_without("its state has no secrets provider"))
    fields = Fields(secrets_providers, _FIELD)
    type_, state = fields.text("type"), fields.part("state")
    if type_ == "passphrase":
        return _of_passphrase(state.text("salt"), state.at("salt"))
    if type_ == "cloud":
        url, encrypted = state.text("url"), _bytes(state, "encryptedkey")
        return Keyring(lambda: _checked(data_key(url, encrypted), state.at("encryptedkey")))
    if type_ == "service":
        return Keyring(_without("Pulumi Cloud keeps the key"))
    return Keyring(_without(f"the secrets provider {quoted(type_)} is not supported"))


def no_data_key(url: str, encrypted: bytes) -> bytes:
    """The `DataKey` without access to a KMS."""
    raise NoKey("it is encrypted with a KMS key, which is not available here")


def _without(reason: str) -> Callable[[], bytes]:
    def obtain() -> bytes:
        raise NoKey(reason)

    return obtain


def _of_passphrase(salt: str, field: str) -> Keyring:
    try:
        found = passphrase()  # now: a program has no variables of Pulumi, and can change the others
    except CannotDecrypt as error:
        raise InvalidState(error.problem.where, error.problem.what, error.problem.remedy) from None
    if found is None:
        return Keyring(_without(f"{PASSPHRASE} is not set"))
    return Keyring(lambda: passphrase_key(salt, found, field))


def _checked(key: bytes, field: str) -> bytes:
    """A data key of the length of AES-256, which decrypts nothing otherwise."""
    if len(key) != KEY_BYTES:
        raise CannotDecrypt(Problem(field, f"must be a key of {KEY_BYTES} bytes", _AGAIN))
    return key


def _bytes(fields: Fields, name: str) -> bytes:
    try:
        return b64decode(fields.text(name), validate=True)
    except binascii.Error:
        raise InvalidState(fields.at(name), "is not base64", _AGAIN) from None
