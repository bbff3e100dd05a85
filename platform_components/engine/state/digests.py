"""Digests of secrets in a snapshot: they show whether a value is the same, and nothing else.

The key of a digest is derived from the value with scrypt, so that each guess of an attacker takes 16 MiB and
some 0.06 s. A preview derives it once for each different value. A nonce per secret hides which are equal.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import math
import secrets
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from platform_components.base.secret_names import assigned_secrets
from platform_components.base.secret_shapes import shaped_secrets
from platform_components.engine import wire
from platform_components.engine.state.canonical import canonical, scalars
from platform_components.engine.state.content import parse_json
from platform_components.engine.state.fields import Fields, InvalidState
from platform_components.engine.state.sealed import SNAPSHOT, Unseal
from platform_components.engine.values import UNKNOWN, Secret, is_unknown

VERSION: Final = 1
_AGAIN: Final = "publish the snapshot again with `platform state snapshot`"
_SALT_BYTES, _NONCE_BYTES, _DIGEST_BYTES = 16, 12, 32
_LARGEST_N, _LARGEST_R, _LARGEST_P = 2**17, 8, 4
"""Bounds for a snapshot of unknown origin: 128 MiB, and some 2 s for each value."""
_FEWEST_BITS: Final = 40
"""A secret that takes fewer than 2^40 guesses has no digest; on one core, they take some 2,000 years."""
_MOST_REPEATED: Final = 3
"""Occurrences of a character that count for the number of guesses."""


@dataclass(frozen=True)
class Scrypt:
    """The parameters of the key derivation (RFC 7914)."""

    salt: bytes
    n: int = 2**14
    r: int = 8
    p: int = 1

    @classmethod
    def random(cls) -> Scrypt:
        """Return the default parameters with a new salt."""
        return cls(secrets.token_bytes(_SALT_BYTES))

    @classmethod
    def read(cls, fields: Fields) -> Scrypt:
        """Read the parameters of a snapshot.

        Raises:
            InvalidState: one is missing, or above its bound.
        """
        salt = _decoded(fields, "salt", _SALT_BYTES)
        n = _bounded(fields, "n", _LARGEST_N)
        if n < 2 or n & (n - 1):
            raise InvalidState(fields.at("n"), "must be a power of 2", _AGAIN)
        return cls(salt, n, _bounded(fields, "r", _LARGEST_R), _bounded(fields, "p", _LARGEST_P))

    def to_dict(self) -> dict[str, Any]:
        return {"n": self.n, "r": self.r, "p": self.p, "salt": b64encode(self.salt).decode()}

    def derive(self, text: str) -> bytes:
        # OpenSSL needs some KiB more than the 128 * n * r bytes of the algorithm.
        memory = 128 * self.r * (self.n + self.p) + 2**20
        return hashlib.scrypt(
            text.encode(), salt=self.salt, n=self.n, r=self.r, p=self.p, maxmem=memory, dklen=_DIGEST_BYTES
        )


class Digester:
    """Creates and compares the digests of one snapshot."""

    def __init__(self, scrypt: Scrypt) -> None:
        self.scrypt = scrypt
        self._key = lru_cache(maxsize=None)(scrypt.derive)

    def marked(self, value: Any) -> dict[str, Any]:
        """Return the JSON of a secret in a snapshot; without a digest if it is unknown or easy to guess."""
        marked: dict[str, Any] = {wire.SIGNATURE: wire.SECRET}
        if is_unknown(value) or is_guessable(value):
            return marked
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return marked | {"digest": b64encode(nonce + self.digest(nonce, value)).decode()}

    def digest(self, nonce: bytes, value: Any) -> bytes:
        return hmac.digest(self._key(canonical(value)), nonce, "sha256")


class Digested:
    """A secret of a snapshot: it can be compared if it has a digest, and never be revealed."""

    def __init__(self, digester: Digester, digest: bytes) -> None:
        self._digester = digester
        self._nonce, self._digest = digest[:_NONCE_BYTES], digest[_NONCE_BYTES:]

    @property
    def obstacle(self) -> str:
        return "" if self._digest else "the snapshot has no digest of it"

    def equals(self, value: Any) -> bool | None:
        if not self._digest:
            return None
        if is_unknown(value):
            return False
        return hmac.compare_digest(self._digest, self._digester.digest(self._nonce, value))

    def reveal(self) -> Any:
        return UNKNOWN


def unseal_digests(secrets_providers: Mapping[str, Any]) -> Unseal:
    """Return how the secrets of a snapshot are unsealed.

    Raises:
        InvalidState: the version or a parameter is not supported.
    """
    state = Fields(secrets_providers, "secrets_providers").part("state")
    if state.number("version") != VERSION:
        raise InvalidState(
            state.at("version"), f"must be {VERSION}", "update platform-components, or " + _AGAIN
        )
    digester = Digester(Scrypt.read(state.part("scrypt")))

    def unseal(marked: Mapping[str, Any], path: str) -> Secret:
        fields = Fields(marked, "")
        if "ciphertext" in fields or "plaintext" in fields:
            raise InvalidState("", "must be a secret with a digest only", _AGAIN)
        digest = _decoded(fields, "digest", _NONCE_BYTES + _DIGEST_BYTES) if "digest" in fields else b""
        return Secret(Digested(digester, digest))

    return unseal


def snapshot_provider(scrypt: Scrypt) -> dict[str, Any]:
    """Return the `secrets_providers` of a snapshot."""
    return {"type": SNAPSHOT, "state": {"version": VERSION, "scrypt": scrypt.to_dict()}}


def is_guessable(value: Any) -> bool:
    """Whether trying all values of this kind is feasible: PINs, short words, numbers.

    An estimate by length and kinds of characters, without a dictionary. Of structures, and of texts with a
    known form, such as URLs, JSON and base64, one part must be hard to guess: the others may be known.
    """
    return all(_bits(part) < _FEWEST_BITS for text in scalars(value) for part in _secret_parts(text))


def _secret_parts(text: str) -> Iterator[str]:
    """The parts of a text that have to be guessed."""
    if text.lstrip().startswith(("{", "[")):
        try:
            yield from scalars(parse_json(text.encode()))
            return
        except InvalidState:
            pass  # it is not JSON
    try:
        yield b64decode(text, validate=True).decode()
        return
    except ValueError:
        pass  # it is not base64 of text
    spans = [*shaped_secrets(text), *assigned_secrets(text)]
    yield from (text[start:end] for start, end in spans) if spans else (text,)


def _bits(text: str) -> float:
    """A low estimate of the bits of a text: of each character as if its kind were known."""
    return sum(
        min(count, _MOST_REPEATED) * math.log2(26 if character.isalpha() else 10)
        for character, count in Counter(text).items()
    )


def _bounded(fields: Fields, name: str, largest: int) -> int:
    value = fields.number(name)
    if not isinstance(value, int) or not 1 <= value <= largest:
        raise InvalidState(fields.at(name), f"must be 1 to {largest}", _AGAIN)
    return value


def _decoded(fields: Fields, name: str, size: int) -> bytes:
    try:
        content = b64decode(fields.text(name), validate=True)
    except binascii.Error:
        content = b""
    if len(content) != size:
        raise InvalidState(fields.at(name), f"must be {size} bytes in base64", _AGAIN)
    return content
