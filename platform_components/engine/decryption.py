"""Decryption of secrets that a passphrase protects, in the configuration and the state of a stack.

AES-256-GCM with a key derived by PBKDF2; the format is that of pkg/secrets/passphrase/manager.go and
sdk/go/common/resource/config/crypt.go in pulumi/pulumi.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from platform_components.base.errors import Problem
from platform_components.files.strict_yaml import bounded_content

PASSPHRASE, PASSPHRASE_FILE = "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"
KEY_BYTES = 32
_ROUNDS = 1_000_000
_PLAIN_CHECK = "pulumi"
"""The text that the salt of a stack contains encrypted."""


class CannotDecrypt(Exception):  # noqa: N818 - states the outcome
    """A value can't be decrypted. Contains the problem, without any part of the value or the passphrase."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class Decrypter:
    """Decrypts the configuration of one stack. The key is derived on first use; that takes 0.2 to 0.5 s."""

    def __init__(self, salt: str, passphrase: bytes) -> None:
        self._salt = salt
        self._passphrase = passphrase

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Decrypter | None:
        """Return the decrypter of a stack file; None without a passphrase, or with another provider.

        Raises:
            CannotDecrypt: the file with the passphrase can't be read.
        """
        salt, provider = settings.get("encryptionsalt"), settings.get("secretsprovider")
        if not isinstance(salt, str) or provider not in (None, "", "default", "passphrase"):
            return None
        found = passphrase()
        return None if found is None else cls(salt, found)

    def decrypt(self, ciphertext: str) -> str:
        """Decrypt one value.

        Raises:
            CannotDecrypt: wrong passphrase, or an invalid salt or value.
        """
        key = passphrase_key(self._salt, self._passphrase, "encryptionsalt")
        try:
            return decrypt(key, ciphertext)
        except ValueError:
            remedy = "set it again with `pulumi config set --secret`"
            raise CannotDecrypt(Problem("", "can't be decrypted", remedy)) from None


def passphrase() -> bytes | None:
    """Return the passphrase in the environment; None if there is none.

    As in Pulumi, an empty one is valid, and precedes the file.

    Raises:
        CannotDecrypt: the file with the passphrase can't be read.
    """
    text, path = os.environ.get(PASSPHRASE), os.environ.get(PASSPHRASE_FILE)
    if text is not None:
        return os.fsencode(text)  # any bytes, as in Pulumi
    if not path:
        return None
    try:
        content = bounded_content(Path(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        what = f"can't be read: {path}: {reason}"
        raise CannotDecrypt(Problem(PASSPHRASE_FILE, what, "correct the path, or unset it")) from None
    if content is None:
        what = f"is not a file with a passphrase: {path} has more than 1 MiB"
        raise CannotDecrypt(Problem(PASSPHRASE_FILE, what, "correct the path, or unset it"))
    return content.strip()


def passphrase_key(salt: str, passphrase: bytes, field: str) -> bytes:
    """Return the key of a stack, checked with the text in its salt: `v1:<salt>:<encrypted text>`.

    `field` is where the salt is, for messages. A process derives each key once.

    Raises:
        CannotDecrypt: wrong passphrase, or an invalid salt.
    """
    version, _, rest = salt.partition(":")
    encoded, _, check = rest.partition(":")
    try:
        if version != "v1":
            raise ValueError(version)
        decoded = b64decode(encoded, validate=True)
    except ValueError:
        remedy = "restore it from version control"
        raise CannotDecrypt(Problem(field, "is not a valid salt", remedy)) from None
    key = _derived(decoded, passphrase)
    try:
        correct = decrypt(key, check) == _PLAIN_CHECK
    except ValueError:
        correct = False
    if not correct:
        remedy = f"set {PASSPHRASE} to the passphrase of this stack, or unset it to keep secrets unknown"
        raise CannotDecrypt(Problem(field, "the passphrase is incorrect", remedy))
    return key


@lru_cache(maxsize=64)  # the configuration and the state of a stack have the same salt, and so have copies
def _derived(salt: bytes, passphrase: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase, salt, _ROUNDS, KEY_BYTES)


def decrypt(key: bytes, ciphertext: str) -> str:
    """Decrypt `v1:<nonce>:<ciphertext>`.

    Raises:
        ValueError: the value is invalid, or of another key.
        CannotDecrypt: the package that decrypts is not installed.
    """
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ModuleNotFoundError:
        remedy = f"pip install 'platform-components[cli]', or unset {PASSPHRASE} to keep secrets unknown"
        raise CannotDecrypt(
            Problem("cryptography", "decrypts secrets, but is not installed", remedy)
        ) from None
    version, nonce, sealed = ciphertext.split(":")
    if version != "v1":
        raise ValueError(version)
    try:
        plain = AESGCM(key).decrypt(b64decode(nonce, validate=True), b64decode(sealed, validate=True), None)
    except InvalidTag:
        raise ValueError(ciphertext) from None
    return plain.decode()
