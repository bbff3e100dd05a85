"""Digests of secrets in a snapshot: the same value is equal, nothing else is readable."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from platform_components.base.errors import InvalidInput
from platform_components.engine import wire
from platform_components.engine.state.digests import (
    Digested,
    Digester,
    Scrypt,
    is_guessable,
    snapshot_provider,
)
from platform_components.engine.state.fields import InvalidState
from platform_components.engine.state.sealed import obstacle_of
from platform_components.engine.state.secrets import Unsealer
from platform_components.engine.values import UNKNOWN, Asset, Secret
from tests.engine import exports

FAST = Scrypt(b"an invented salt", n=2, r=1)
STRONG = "an invented passphrase, 1"


def read(marked: Mapping[str, Any], scrypt: Scrypt = FAST) -> Digested:
    """Return a secret of a snapshot as it is read back."""
    secret = Unsealer()(snapshot_provider(scrypt))(marked, "it")
    assert isinstance(secret.value, Digested)
    return secret.value


def provider(**scrypt: Any) -> dict[str, Any]:
    parameters = {"n": 16384, "r": 8, "p": 1, "salt": base64.b64encode(FAST.salt).decode(), **scrypt}
    return {"type": "platform-snapshot", "state": {"version": 1, "scrypt": parameters}}


def test_a_digest_is_equal_to_its_value_only() -> None:
    """A digest can't be revealed."""
    secret = read(Digester(FAST).marked(STRONG))
    assert secret.equals(STRONG) is True
    assert secret.equals(Secret(STRONG)) is True
    assert secret.equals(STRONG + "!") is False
    assert secret.equals(UNKNOWN) is False
    assert secret.reveal() is UNKNOWN
    assert obstacle_of(secret) == ""


VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers(-(2**53), 2**53)
    | strategies.floats(allow_nan=False, allow_infinity=False)
    | strategies.text(min_size=0, max_size=30),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(strategies.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(VALUES, VALUES)
def test_digests_compare_as_values_do(one: Any, other: Any) -> None:
    """A digest is equal to the same values as an unencrypted secret, or can't be compared."""
    plain = Unsealer()(None)(exports.secret(plaintext=json.dumps(one)), "it").value
    digest = read(Digester(FAST).marked(plain.reveal()))
    for value in (one, other):
        assert digest.equals(value) == (None if is_guessable(one) else plain.equals(value))


def test_equal_secrets_have_different_digests() -> None:
    """Neither in one snapshot nor in two is visible which secrets are equal."""
    digester = Digester(Scrypt.random())
    digests = [digester.marked(STRONG)["digest"] for _ in range(2)]
    assert len({*digests, Digester(Scrypt.random()).marked(STRONG)["digest"]}) == 3
    assert Scrypt.random().salt != Scrypt.random().salt


def test_each_value_is_derived_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that many secrets have costs one derivation per process."""
    derived: list[bytes] = []
    derive = hashlib.scrypt

    def counting(password: bytes, **options: Any) -> bytes:
        derived.append(password)
        return derive(password, **options)

    monkeypatch.setattr(hashlib, "scrypt", counting)
    unseal = Unsealer()(snapshot_provider(FAST))
    marked = Digester(FAST).marked(STRONG)
    assert len(derived) == 1
    assert [unseal(marked, "it").value.equals(value) for value in (STRONG, STRONG, "other", "other")] == [
        True,
        True,
        False,
        False,
    ]
    assert len(derived) == 3


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1234",
        "2026-11-22",
        "hunter2",
        "hunter22!",
        "password",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        123456789,
        True,
        None,
        {"user": "", "pin": "1234"},
        '{"pin": "1234"}',
        base64.b64encode(b"hunter2").decode(),
        "postgres://application:1234@database.internal:5432/orders",
        Asset(text="pin 1234", hash="0" * 64),
        UNKNOWN,
    ],
)
def test_secrets_that_are_easy_to_guess_have_no_digest(value: Any) -> None:
    """They can't be compared: a digest would only slow down an attacker who tries all."""
    marked = Digester(FAST).marked(value)
    assert marked == {wire.SIGNATURE: wire.SECRET}
    secret = read(marked)
    assert secret.equals(value) is None
    assert obstacle_of(secret) == "the snapshot has no digest of it"


@pytest.mark.parametrize(
    "value",
    [
        STRONG,
        "x7Kp2vQz9mTw",
        "0123456789abcdef0123456789abcdef",
        {"user": "app", "password": "x7Kp2vQz9mTw"},
        base64.b64encode(bytes(range(100, 132))).decode(),
        "postgres://app:x7Kp2vQz9mTw@db.internal:5432/orders",
    ],
)
def test_other_secrets_have_one(value: Any) -> None:
    """Generated passwords, tokens and keys can be compared."""
    assert read(Digester(FAST).marked(value)).equals(value) is True


def test_a_guess_of_an_attacker_is_expensive() -> None:
    """The default is N=2^14, r=8, p=1 of RFC 7914: 16 MiB for each guess."""
    scrypt = Scrypt.random()
    assert 128 * scrypt.n * scrypt.r == 16 * 2**20
    assert len(scrypt.salt) == 16


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (provider(n=2**30), "n  must be 1 to 131072"),
        (provider(n=-1), "n  must be 1 to 131072"),
        (provider(n=3), "n  must be a power of 2"),
        (provider(n=1), "n  must be a power of 2"),
        (provider(n="16384"), "n  must be a number"),
        (provider(n=16384.0), "n  must be 1 to 131072"),
        (provider(r=2**20), "r  must be 1 to 8"),
        (provider(p=10**9), "p  must be 1 to 4"),
        (provider(salt=""), "salt  must be 16 bytes in base64"),
        (provider(salt="!"), "salt  must be 16 bytes in base64"),
        ({"type": "platform-snapshot"}, "version  must be 1"),
        ({"type": "platform-snapshot", "state": {"version": 2}}, "version  must be 1"),
    ],
)
def test_a_hostile_snapshot_is_rejected_when_it_is_read(state: object, message: str) -> None:
    """Its parameters can neither exhaust the memory nor the time of a preview."""
    with pytest.raises(InvalidInput, match=message):
        exports.parsed(exports.export(secrets_providers=state), unsealing=Unsealer())


@pytest.mark.parametrize(
    "marked",
    [
        {"digest": "AAAA"},
        {"digest": 1},
        {"digest": "!"},
        {"ciphertext": "v1:AAAA:BBBB"},
        {"plaintext": '"x"'},
    ],
)
def test_an_invalid_digest_is_rejected(marked: Mapping[str, Any]) -> None:
    """A snapshot contains nothing to decrypt."""
    with pytest.raises(InvalidState):
        read({wire.SIGNATURE: wire.SECRET, **marked})
