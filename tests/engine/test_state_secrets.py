"""Secrets of a state are decrypted only to compare or reveal them, and only with the right key."""

from __future__ import annotations

import base64
import builtins
import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from platform_components.base.errors import InvalidInput
from platform_components.engine import wire
from platform_components.engine.decryption import CannotDecrypt
from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.keyring import NoKey
from platform_components.engine.state.sealed import Sealed, obstacle_of
from platform_components.engine.state.secrets import Unsealer
from platform_components.engine.values import UNKNOWN, Secret
from tests.engine import exports, sealed_states
from tests.engine.sealed_states import VALUES, recorded

KEY, DATA_KEY = bytes(range(32)), b"an encrypted data key"
URL = "awskms:///alias/states?region=eu-west-1"
CLOUD = {"type": "cloud", "state": {"url": URL, "encryptedkey": base64.b64encode(DATA_KEY).decode()}}


@pytest.fixture
def passphrase(monkeypatch: pytest.MonkeyPatch, no_passphrase: None) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", sealed_states.PASSPHRASE)


def sealed(state: Deployment, output: str) -> Sealed:
    """Return the secret in an output of the stack."""
    secret = state.outputs[output]
    assert isinstance(secret, Secret)
    assert isinstance(secret.value, Sealed)
    return secret.value


def encrypted(value: Any, key: bytes = KEY) -> dict[str, str]:
    """Return a secret as a state contains it."""
    nonce = bytes(12)
    parts = (nonce, AESGCM(key).encrypt(nonce, json.dumps(value).encode(), None))
    return exports.secret(ciphertext=":".join(["v1", *(base64.b64encode(part).decode() for part in parts)]))


def with_secret(
    secret: Mapping[str, Any], provider: object = CLOUD, *, unsealing: Unsealer | None = None
) -> Sealed:
    """Return a secret of a state with this secrets provider."""
    resources = exports.resources()
    resources[0]["outputs"] = {"it": secret}
    for resource in resources[1:]:
        resource.pop("inputs", None), resource.pop("outputs", None)
    state = exports.export(resources=resources, secrets_providers=provider)
    return sealed(exports.parsed_deployment(state, unsealing=unsealing or Unsealer()), "it")


@pytest.mark.usefixtures("passphrase")
@pytest.mark.parametrize("output", VALUES)
def test_a_secret_is_compared_and_revealed(output: str) -> None:
    """The state is one that the real CLI wrote. Each secret equals its own value only."""
    state = recorded()
    secret = sealed(state, output)
    assert [other for other, value in VALUES.items() if secret.equals(value)] == [output]
    assert secret.equals(UNKNOWN) is False
    assert secret.equals([VALUES[output]]) is False
    revealed = secret.reveal()
    if output == "structure":
        revealed = {key: item for key, item in revealed.items() if item is not None}
    assert revealed == VALUES[output]


@pytest.mark.usefixtures("passphrase")
@pytest.mark.parametrize(
    ("output", "value", "equal"),
    [
        ("number", 8675309.0, True),
        ("number", "8675309", False),
        ("flag", 1, False),
        ("structure", {"port": 5432.0, "hosts": ("a", "b"), "user": Secret("app"), "more": None}, True),
        ("structure", {"port": 5432, "hosts": ["b", "a"], "user": "app"}, False),
        ("structure", {"port": 5432, "hosts": ["a", "b"], "user": UNKNOWN}, False),
        ("nested", {"inner": "an invented token 2", "plain": "x"}, True),
        ("text", Secret("an invented password 1"), True),
        ("empty", None, False),
    ],
)
def test_values_are_equal_as_in_pulumi(output: str, value: Any, equal: bool) -> None:
    """All numbers are doubles, a key without a value is the same as none, and marks don't matter."""
    assert sealed(recorded(), output).equals(value) is equal


def test_the_key_is_derived_once_and_only_for_a_comparison(
    passphrase: None, derivations: list[bytes]
) -> None:
    """Reading a state derives no key; comparing all its secrets derives one, even if it is read again."""
    state = recorded()
    assert derivations == []
    for output in VALUES:
        assert sealed(state, output).equals("x") is False
        assert sealed(recorded(), output).equals("x") is False
    assert derivations == [b"passphrase"]


@pytest.mark.usefixtures("no_passphrase")
def test_without_a_key_a_secret_is_neither_equal_nor_different(
    derivations: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is derived, and the package that decrypts is not imported. The reason is available."""
    load = builtins.__import__

    def without_cryptography(name: str, *rest: Any) -> Any:
        assert not name.startswith("cryptography")
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_cryptography)
    secret = sealed(recorded(), "text")
    assert secret.equals("an invented password 1") is None
    assert secret.equals("x") is None
    assert secret.reveal() is UNKNOWN
    assert obstacle_of(secret) == "PULUMI_CONFIG_PASSPHRASE is not set"
    assert derivations == []


@pytest.mark.parametrize(
    ("provider", "reason"),
    [
        ({"type": "service", "state": {"url": "https://api.pulumi.com"}}, "Pulumi Cloud keeps the key"),
        ({"type": "other", "state": {}}, 'the secrets provider "other" is not supported'),
        (None, "its state has no secrets provider"),
        (CLOUD, "it is encrypted with a KMS key, which is not available here"),
    ],
)
@pytest.mark.usefixtures("passphrase")
def test_other_providers_have_no_key(provider: object, reason: str) -> None:
    """A passphrase in the environment does not matter for them."""
    secret = with_secret(encrypted("x"), provider)
    assert obstacle_of(secret) == ""
    assert secret.equals("x") is None
    assert obstacle_of(secret) == reason


def test_a_wrong_passphrase_is_an_error(no_passphrase: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one problem, which names the field of the state and the variable, and no value."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong-passphrase")
    with pytest.raises(CannotDecrypt) as error:
        sealed(recorded(), "text").equals("x")
    problem = error.value.problem
    assert (problem.where, problem.what) == ("secrets_providers.state.salt", "the passphrase is incorrect")
    assert "PULUMI_CONFIG_PASSPHRASE" in problem.remedy
    assert "wrong-passphrase" not in str(problem)


@pytest.mark.usefixtures("passphrase")
def test_a_damaged_ciphertext_is_an_error() -> None:
    """Authenticated encryption detects a changed bit; a value that is not encrypted is reported too."""
    provider = json.loads(sealed_states.RECORDED_STATE.read_text())["deployment"]["secrets_providers"]
    state = with_secret(exports.secret(ciphertext="v1:AAAA:BBBB"), provider)
    with pytest.raises(CannotDecrypt, match=r"can't be decrypted") as raised:
        state.equals("x")
    assert raised.value.problem.where == "deployment.resources[0].outputs.it"


def test_the_data_key_of_a_kms_decrypts() -> None:
    """The callable gets the URL and the encrypted key of the state, once."""
    calls: list[tuple[str, bytes]] = []

    def data_key(url: str, content: bytes) -> bytes:
        calls.append((url, content))
        return KEY

    secret = with_secret(encrypted("an invented value"), unsealing=Unsealer(data_key))
    assert calls == []
    assert secret.equals("an invented value") is True
    assert secret.equals("another") is False
    assert calls == [(URL, DATA_KEY)]


def test_a_key_that_is_not_available_is_requested_once() -> None:
    """The reason is that of the callable."""
    calls = []

    def data_key(url: str, content: bytes) -> bytes:
        calls.append(url)
        raise NoKey("there are no credentials")

    secret = with_secret(encrypted("x"), unsealing=Unsealer(data_key))
    assert (secret.equals("x"), secret.reveal()) == (None, UNKNOWN)
    assert (calls, obstacle_of(secret)) == ([URL], "there are no credentials")


@pytest.mark.parametrize(
    ("provider", "message"),
    [
        ({"type": "cloud", "state": {"url": URL, "encryptedkey": "!"}}, "encryptedkey  is not base64"),
        ({"type": "passphrase", "state": {"salt": 1}}, "salt  must be a string"),
        ({"type": "passphrase", "state": []}, "state  must be a mapping"),
    ],
)
def test_an_invalid_secrets_provider_is_rejected(provider: object, message: str) -> None:
    """Without a secret in need of it, too."""
    with pytest.raises(InvalidInput, match=message):
        with_secret(encrypted("x"), provider)


def test_a_data_key_of_another_length_is_rejected() -> None:
    """It would be another cipher."""
    with pytest.raises(CannotDecrypt, match="must be a key of 32 bytes"):
        with_secret(encrypted("x"), unsealing=Unsealer(lambda url, content: KEY[:16])).reveal()


@pytest.mark.parametrize("value", ["plain text 4", {"a": [1, None]}, None, 0])
def test_secrets_of_an_export_with_show_secrets_are_plain(value: Any) -> None:
    """They need no key."""
    secret = with_secret(exports.secret(plaintext=json.dumps(value)), None)
    assert secret.equals(value) is True
    assert secret.equals("other") is False
    assert secret.reveal() == value


def test_a_secret_in_a_secret_is_not_encrypted_again() -> None:
    """As in pkg/resource/stack/deployment.go: its ciphertext is the JSON itself."""
    value = {"inner": exports.secret(ciphertext='"an invented value"')}
    secret = with_secret(encrypted(value), unsealing=Unsealer(lambda url, content: KEY))
    assert secret.reveal() == {"inner": Secret("an invented value")}
    assert secret.equals({"inner": "an invented value"}) is True


@pytest.mark.parametrize("text", ["{", "[" * 5000, json.dumps({wire.SIGNATURE: "other"})])
def test_a_secret_that_is_not_json_is_an_error(text: str) -> None:
    """The message does not contain it."""
    with pytest.raises(CannotDecrypt, match="is not a valid value") as raised:
        with_secret(exports.secret(plaintext=text), None).reveal()
    assert raised.value.problem.where == "deployment.resources[0].outputs.it"


@pytest.mark.usefixtures("no_passphrase")
def test_the_passphrase_is_that_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program has no variables of Pulumi, and can change the others, before a secret is compared."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", sealed_states.PASSPHRASE)
    secret = sealed(recorded(), "text")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    assert secret.equals("an invented password 1") is True


@pytest.mark.usefixtures("no_passphrase")
def test_a_missing_passphrase_file_is_an_error_of_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the variable and the path."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(tmp_path / "gone"))
    with pytest.raises(InvalidInput, match=r"PULUMI_CONFIG_PASSPHRASE_FILE  can't be read: .*/gone"):
        recorded()


@pytest.mark.usefixtures("passphrase")
def test_secrets_stay_in_the_process() -> None:
    """A state with secrets can't be sent to another process, but the unsealer can."""
    with pytest.raises(TypeError, match="stays in the process"):
        pickle.dumps(recorded())
    assert pickle.loads(pickle.dumps(Unsealer())) == Unsealer()
    assert "invented" not in repr(recorded().outputs)
