"""Differences between two values, path by path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from platform_components.engine.plan.difference import differences
from platform_components.engine.values import UNKNOWN, Asset, ResourceReference, Secret

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3),
        inner.map(Secret),
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUES, max_size=4)


def found(old: Any, new: Any) -> list[tuple[str, str]]:
    return [(each.path, each.kind) for each in differences({"p": old}, {"p": new})]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1, 1.0, []),
        (1, True, [("p", "update")]),
        ("1", 1, [("p", "update")]),
        (None, [], [("p", "add")]),
        ({"a": None}, {}, []),
        ({"a": 1, "__defaults": ["a"]}, {"a": 1}, []),
        ([1, 2], [1, 3, 4], [("p[1]", "update"), ("p[2]", "add")]),
        ([1, 2], [1], [("p[1]", "delete")]),
        ({"a.b": 1}, {"a.b": 2}, [('p["a.b"]', "update")]),
        ("a", UNKNOWN, [("p", "update")]),
        (Secret("a"), "a", []),
        (Secret({"a": 1}), Secret({"a": 2}), [("p.a", "update")]),
        (Asset(path="a", hash="1"), Asset(path="b", hash="1"), []),
        (Asset(path="a", hash="1"), Asset(path="a", hash="2"), [("p", "update")]),
        (ResourceReference("urn", "1"), ResourceReference("urn", "2"), [("p", "update")]),
    ],
)
def test_differences(old: Any, new: Any, expected: list[tuple[str, str]]) -> None:
    assert found(old, new) == expected


def test_values_of_secrets_stay_marked() -> None:
    """A part of a secret is a secret."""
    (change,) = differences({"p": Secret({"a": "x"})}, {"p": Secret({"a": "y"})})
    assert (change.old, change.new) == (Secret("x"), Secret("y"))


def test_a_reference_to_an_adopted_resource_is_the_same() -> None:
    """The state names its former URN."""
    old, new = ResourceReference("former", "1"), ResourceReference("present", "1")
    assert not differences({"p": old}, {"p": new}, current={"former": "present"}.__getitem__)


@given(OBJECTS)
def test_equal_values_have_no_differences(value: dict[str, Any]) -> None:
    assert differences(value, value) == ()


@given(OBJECTS, OBJECTS)
def test_differences_have_the_same_paths_in_both_directions(old: dict[str, Any], new: dict[str, Any]) -> None:
    """What one direction adds, the other deletes."""
    opposite = {"add": "delete", "delete": "add", "update": "update"}
    forward = {(each.path, each.kind) for each in differences(old, new)}
    backward = {(each.path, opposite[each.kind]) for each in differences(new, old)}
    assert forward == backward
