"""Damaged states: whatever is changed, the result is a state or a message, without values of the state."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, strategies as some

from platform_components.base.errors import InvalidInput
from platform_components.engine import wire
from tests.engine import exports

PLANTED = "planted-7f3a"
"""In all values that are not names, so that a message with a value is found."""

anything = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.just(PLANTED)
    | some.text(max_size=5)
    | some.sampled_from([wire.SECRET, wire.ASSET, wire.ARCHIVE, wire.RESOURCE, wire.UNKNOWN_TEXT]),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.sampled_from([wire.SIGNATURE, "urn", "id", "value", "assets", "a"]), inner)
    ),
    max_leaves=6,
)


def planted() -> dict[str, Any]:
    """A state whose values contain the planted text."""
    state = exports.export(pending_operations=[{"resource": exports.resources()[4], "type": "updating"}])
    for resource in state["deployment"]["resources"]:
        resource["inputs"] = {
            "a": PLANTED,
            "b": {"c": [PLANTED, exports.secret(plaintext=json.dumps(PLANTED))]},
            "asset": {wire.SIGNATURE: wire.ASSET, "hash": "", "text": PLANTED},
        }
        resource["initErrors"] = [PLANTED]
    return state


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value in a JSON document."""
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield from places(item, (*path, step))


STATE = planted()
PLACES = list(places(STATE))[1:]


def message(content: object) -> str:
    """Return the message for a state that is rejected; empty for a valid one."""
    try:
        exports.parsed(content)
    except InvalidInput as error:
        return str(error)
    return ""


def check(content: object) -> None:
    text = message(content)
    assert PLANTED not in text
    assert len(text.splitlines()) <= 11


@given(some.lists(some.tuples(some.sampled_from(PLACES), anything), min_size=1, max_size=3))
def test_any_other_value_anywhere(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    """Of another type, missing, or with a signature that does not belong there."""
    state = copy.deepcopy(STATE)
    for path, value in changes:
        target: Any = state
        try:
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change removed the place
    check(state)


@given(some.permutations(range(5)), some.lists(some.integers(0, 4), max_size=3))
def test_any_order_and_repetition_of_resources(order: list[int], repeated: list[int]) -> None:
    """A resource follows what it refers to, and is there once."""
    resources = planted()["deployment"]["resources"]
    check(exports.export(resources=[resources[index] for index in [*order, *repeated]]))


CONTENT = json.dumps(STATE).encode()
COMPRESSED = gzip.compress(CONTENT, mtime=0)


@given(some.sampled_from([CONTENT, COMPRESSED]), some.data())
def test_any_damage_of_the_bytes(content: bytes, data: some.DataObject) -> None:
    """Flipped bits, and an end that is missing."""
    damaged = bytearray(content)
    for place in data.draw(some.lists(some.integers(0, len(content) - 1), max_size=4)):
        damaged[place] ^= 1 << data.draw(some.integers(0, 7))
    check(bytes(damaged[: data.draw(some.integers(0, len(content)))]))
