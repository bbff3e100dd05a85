"""Fixtures for encrypted configuration and states, and for recorded plans."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from platform_components.engine import decryption
from tests.engine.plans import recording
from tests.engine.plans.recording import Recorder


@pytest.fixture
def no_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """No passphrase in the environment, and no key from an earlier test."""
    for name in (decryption.PASSPHRASE, decryption.PASSPHRASE_FILE):
        monkeypatch.delenv(name, raising=False)
    decryption._derived.cache_clear()


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The passphrases from which a key was derived."""
    seen: list[bytes] = []
    derive = hashlib.pbkdf2_hmac

    def counting(name: str, password: bytes, *rest: Any) -> bytes:
        seen.append(password)
        return derive(name, password, *rest)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counting)
    return seen


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    """The real engine with a project for plans."""
    with recording.recorder(tmp_path_factory.mktemp("plans")) as recorder:
        yield recorder
