"""Snapshots of states contain no secrets, and are compared as the states themselves."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from platform_components.base.errors import InvalidInput
from platform_components.base.secret_forms import forms_of
from platform_components.base.secret_names import is_common
from platform_components.engine import wire
from platform_components.engine.state.canonical import canonical
from platform_components.engine.state.deployment import Deployment, ResourceState
from platform_components.engine.state.digests import Scrypt
from platform_components.engine.state.sealed import Sealed
from platform_components.engine.state.secrets import Unsealer
from platform_components.engine.state.snapshot import Snapshot, snapshot_of
from platform_components.engine.values import UNKNOWN, Secret
from tests.engine import exports, sealed_states
from tests.engine.exports import BUCKET, PREFIX, TOPIC
from tests.plants import AWS_KEY, JWT, PEM, PLANTS, WORD, Plant

SECRET = "x7Kp2vQz9mTw-invented"


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of digests is a matter of their own tests."""
    monkeypatch.setattr(Scrypt, "random", lambda: Scrypt(b"an invented salt", n=2, r=1))


def plain(value: Any) -> dict[str, str]:
    """Return a secret as an export with --show-secrets contains it."""
    return exports.secret(plaintext=json.dumps(value))


def with_bucket(**changes: Any) -> dict[str, Any]:
    """Return a state whose bucket has other fields, without secrets elsewhere."""
    resources = exports.resources()
    resources[3] |= changes
    resources[4] |= {"inputs": {}, "outputs": {}}
    return exports.export(resources=resources)


def taken(state: Mapping[str, Any]) -> Snapshot:
    return snapshot_of(exports.parsed_deployment(state, unsealing=Unsealer()))


def read_back(content: Mapping[str, Any]) -> Deployment:
    return exports.parsed_deployment(dict(content), unsealing=Unsealer())


def bucket_of(state: Mapping[str, Any]) -> ResourceState:
    """Return the bucket of the snapshot of a state, as it is read back."""
    return read_back(taken(state).content).current[BUCKET]


def equals(value: Any, program: Any) -> bool | None:
    """Whether a value of a state is equal to one of a program."""
    sealed = value.value if isinstance(value, Secret) else value
    if isinstance(sealed, Sealed):
        return sealed.equals(program)
    if isinstance(sealed, Mapping):
        if not isinstance(program, Mapping) or sealed.keys() != program.keys():
            return False
        return _all(equals(item, program[key]) for key, item in sealed.items())
    if isinstance(sealed, list):
        if not isinstance(program, list) or len(sealed) != len(program):
            return False
        return _all(equals(*pair) for pair in zip(sealed, program, strict=True))
    return canonical(sealed) == canonical(program)


def _all(parts: Any) -> bool | None:
    found = list(parts)
    return False if False in found else None if None in found else True


def test_a_snapshot_has_the_fields_of_the_state() -> None:
    """All that a plan compares is the same when it is read back, without messages and paths."""
    resources = exports.resources()
    resources[4] |= {
        "aliases": [f"{PREFIX}aws:sns/topic:Topic::former"],
        "additionalSecretOutputs": ["arn"],
        "deletedWith": BUCKET,
        "importID": "paid",
        "initErrors": ["timed out in a directory of the deployment"],
        "pendingReplacement": True,
        "propertyDependencies": {"displayName": [BUCKET], "tags": []},
        "replacementTrigger": 0,
        "retainOnDelete": True,
        "taint": True,
    }
    resources[4]["inputs"] = resources[4]["outputs"] = {"displayName": "Paid", "n": 1, "on": False, "x": None}
    operation = {
        "type": "creating",
        "resource": {"urn": TOPIC, "type": "aws:sns/topic:Topic", "custom": True},
    }
    state = exports.export(resources=resources, pending_operations=[operation])
    before = exports.parsed_deployment(state, unsealing=Unsealer())
    after = read_back(snapshot_of(before).content)
    assert (after.time, after.pending, after.is_snapshot) == (before.time, before.pending, True)
    for one, other in zip(before.resources, after.resources, strict=True):
        different = {
            each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)
        }
        assert different == ({"init_errors"} if one.urn == TOPIC else set())
    assert "timed out" not in json.dumps(snapshot_of(before).content)
    assert len(after.current[TOPIC].init_errors) == 1


def test_marked_secrets_of_inputs_can_be_compared() -> None:
    """Those of outputs have no digest, except for the outputs of the stack: nothing compares them."""
    state = with_bucket(inputs={"policy": plain(SECRET)}, outputs={"policy": plain(SECRET)})
    state["deployment"]["resources"][0]["outputs"] = {"it": plain(SECRET)}
    found = taken(state)
    after = read_back(found.content)
    assert [after.current[BUCKET].inputs["policy"].value.equals(value) for value in (SECRET, "x")] == [
        True,
        False,
    ]
    assert after.current[BUCKET].outputs["policy"].value.equals(SECRET) is None
    assert after.outputs["it"].value.equals(SECRET) is True
    assert (found.digests, found.not_comparable) == (2, 0)


@pytest.mark.parametrize(
    "inputs",
    [
        {"name": "x", "plain": SECRET},
        {"text": f"use {SECRET} here"},
        {"list": [1, f"a\n{SECRET}\nb"]},
        {"encoded": SECRET.encode().hex()},
        {"upper": SECRET.upper()},
        {"password": "p4ss-w0rd-of-db-1"},
        {"password": "p4ss-w0rd-of-db-1", "copy": "it is p4ss-w0rd-of-db-1"},
        {"env": [{"name": "DB_PASSWORD", "value": "p4ss-w0rd-of-db-1"}]},
        {"command": ["run", "--token", "p4ss-w0rd-of-db-1"]},
        {"url": "postgres://app:p4ss-w0rd-of-db-1@db.internal/orders"},
        {"note": JWT, "key": PEM},
        {"id": "AKIAIOSFODNN7EXAMPLE", "secret": AWS_KEY},
        {"number": 8675309123456789},
        {"asset": {wire.SIGNATURE: wire.ASSET, "hash": "ab" * 32, "text": "an invented file of text"}},
    ],
    ids="-".join,
)
def test_unmarked_secrets_are_hidden_and_still_compared(inputs: dict[str, Any]) -> None:
    """Recognized by a marked secret elsewhere, by name or by shape; the rest of the inputs stays readable."""
    state = with_bucket(inputs=inputs | {"rest": "visible"})
    state["deployment"]["resources"][0]["outputs"] = {"it": plain(SECRET), "n": plain(8675309123456789)}
    found = taken(state)
    text = json.dumps(found.content)
    for secret in (SECRET, "p4ss-w0rd", "8675309123456789", JWT, "MIIEvQIBADAN", AWS_KEY, "invented file"):
        assert not [form for form in (secret, *forms_of(secret)) if form in text]
    after = read_back(found.content).current[BUCKET].inputs
    before = exports.parsed_deployment(state).current[BUCKET].inputs
    assert after["rest"] == "visible"
    assert {name: equals(after[name], before[name]) for name in before} == dict.fromkeys(before, True)
    changed = {name: [value, "changed"] for name, value in before.items()}
    assert {name: equals(after[name], changed[name]) for name in before} == dict.fromkeys(before, False)


def test_a_mapping_with_a_secret_as_key_is_hidden() -> None:
    """It can't be compared: a snapshot has digests of values."""
    state = with_bucket(inputs={"keys": {SECRET: 1, f"{SECRET}2": 2}, "secret": plain(SECRET)})
    assert SECRET not in json.dumps(taken(state).content)
    assert bucket_of(state).inputs["keys"].value.equals({SECRET: 1, f"{SECRET}2": 2}) is None


def test_a_text_with_a_guessable_secret_has_no_digest() -> None:
    """The rest of the text may be known, so that only the secret has to be guessed."""
    state = with_bucket(inputs={"secret": plain("8675309123"), "text": "this is a long text with 8675309123"})
    bucket = bucket_of(state)
    assert "8675309123" not in json.dumps(taken(state).content)
    assert bucket.inputs["text"].value.equals("this is a long text with 8675309123") is None


def test_common_words_hide_equal_values_only() -> None:
    """A word as a secret does not make the rest of the state unreadable; it can't be compared."""
    state = with_bucket(inputs={"secret": plain("orders"), "copy": "orders", "name": "orders-db"})
    bucket = bucket_of(state)
    assert bucket.inputs["name"] == "orders-db"
    for name in ("secret", "copy"):
        assert bucket.inputs[name].value.equals("orders") is None


def test_secrets_without_a_key_cannot_be_compared(no_passphrase: None) -> None:
    """The snapshot of a state that can't be decrypted here is valid, and contains no ciphertext."""
    found = snapshot_of(sealed_states.recorded())
    assert found.digests == 0
    assert found.not_comparable == len(sealed_states.VALUES) + 2
    assert found.obstacle == "PULUMI_CONFIG_PASSPHRASE is not set"
    assert "ciphertext" not in json.dumps(found.content)


def test_a_wrong_passphrase_is_one_problem(no_passphrase: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its subject is the state."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong-passphrase")
    with pytest.raises(InvalidInput, match=r"secrets\.json: 1 problem") as error:
        snapshot_of(sealed_states.recorded())
    assert "the passphrase is incorrect" in str(error.value)


def test_secrets_in_names_and_ids_are_hidden() -> None:
    """A URN is the same everywhere, so that the snapshot is a valid state; the number is reported."""
    urn = f"{PREFIX}aws:sns/topic:Topic::{SECRET}"
    resources = exports.resources()
    resources[0]["outputs"] = {"it": plain(SECRET)}
    resources[3] |= {"id": SECRET, "importID": SECRET}
    resources[4] |= {"urn": urn, "inputs": {}, "outputs": {}}
    resources.append(copy.deepcopy(resources[4]) | {"urn": f"{urn}-2", "dependencies": [urn]})
    found = taken(exports.export(resources=resources))
    assert SECRET not in json.dumps(found.content)
    after = read_back(found.content)
    assert (after.resources[3].id, after.resources[3].import_id) == ("[secret]", "[secret]")
    assert after.resources[5].dependencies == (after.resources[4].urn,)
    assert found.hidden_names == 3


@pytest.mark.parametrize("plant", [plant for plant in PLANTS.values() if not is_common(plant.secret)])
def test_planted_secrets_are_in_no_snapshot(plant: Plant) -> None:
    """Each is a marked secret, and a part of other values; no form of it is in the file."""
    around = {"tags": {"Note": f"it is {plant.secret}."}, plant.secret: 1, "list": [f"x{plant.secret}y"]}
    around |= {"quoted": json.dumps({"it": plant.secret}), "upper": plant.secret.upper()}
    state = with_bucket(inputs={"secret": plain(plant.secret), **around}, outputs=around, id=plant.secret)
    text = json.dumps(taken(state).content, ensure_ascii=False)
    assert plant.secret not in text
    assert not [form for form in plant.forms if len(form) >= 8 and form in text]


JSON = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers(-(2**53), 2**53)
    | strategies.text(max_size=12)
    | strategies.sampled_from([SECRET, WORD, f"use {SECRET}", "p4ss-w0rd-of-db-1"]),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(strategies.sampled_from(["a", "b", "password", SECRET]), inner, max_size=3)
    ),
    max_leaves=8,
)
SEALED = JSON | JSON.map(plain)


@settings(max_examples=80, deadline=None)
@given(strategies.dictionaries(strategies.sampled_from(["one", "two", "token"]), SEALED, max_size=3), JSON)
def test_a_snapshot_is_compared_as_its_state(inputs: dict[str, Any], other: Any) -> None:
    """Each property is equal to the same values of a program, or reported as not comparable."""
    state = with_bucket(inputs=inputs)
    before = exports.parsed_deployment(state, unsealing=Unsealer()).current[BUCKET].inputs
    after = bucket_of(state).inputs
    for name, value in before.items():
        for program in (_revealed(value), other):
            assert equals(after[name], program) in (equals(value, program), None)
    assert after.keys() == before.keys()


def _revealed(value: Any) -> Any:
    return value.value.reveal() if isinstance(value, Secret) else value


def test_what_has_no_secret_is_unchanged() -> None:
    """A state without secrets has no digests, and its values are readable."""
    found = taken(with_bucket())
    assert (found.digests, found.not_comparable, found.hidden_names, found.obstacle) == (0, 0, 0, "")
    assert read_back(found.content).current[BUCKET].inputs == {
        "forceDestroy": False,
        "tags": {"Owner": "payments-team"},
        "__defaults": ["bucket"],
    }


def test_an_unknown_value_stays_unknown() -> None:
    """Pulumi stores outputs that are unknown after a failed deployment."""
    assert bucket_of(with_bucket(outputs={"arn": wire.UNKNOWN_TEXT})).outputs == {"arn": UNKNOWN}
