"""Property paths of the options `ignore_changes` and `replace_on_changes`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from platform_components.engine.config_path import parse_path
from platform_components.engine.plan.ignored import with_old
from platform_components.engine.plan.paths import contains, generic, shown
from platform_components.engine.state.sealed import Incomparable
from platform_components.engine.values import UNKNOWN, Secret
from tests.engine.deployments import Opened

OLD = {"tags": {"a": 1, "b": 2}, "rules": [{"port": 1}, {"port": 2}], "size": 3}
NEW = {"tags": {"a": 9, "c": 9}, "rules": [{"port": 8}, {"port": 9}], "size": 9}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("size", {**NEW, "size": 3}),
        ("tags", {**NEW, "tags": OLD["tags"]}),
        ("tags.a", {**NEW, "tags": {"a": 1, "c": 9}}),
        ("tags.b", {**NEW, "tags": {"a": 9, "b": 2, "c": 9}}),
        ("tags.c", {**NEW, "tags": {"a": 9}}),
        ('tags["a"]', {**NEW, "tags": {"a": 1, "c": 9}}),
        ("tags[*]", {**NEW, "tags": OLD["tags"]}),
        ("rules[0].port", {**NEW, "rules": [{"port": 1}, {"port": 9}]}),
        ("rules[*].port", {**NEW, "rules": [{"port": 1}, {"port": 2}]}),
        ("rules[1]", {**NEW, "rules": [{"port": 8}, {"port": 2}]}),
        ("rules[5]", NEW),
        ("rules[-1]", NEW),
        ("missing.a", NEW),
        ("*", OLD),
    ],
)
def test_ignored_paths_keep_the_old_value(path: str, expected: dict[str, Any]) -> None:
    """As `PropertyPath.Reset`: also where the property was added or removed."""
    steps = parse_path(path)
    assert steps is not None
    before = repr(NEW)
    assert with_old(OLD, NEW, steps) == expected
    assert repr(NEW) == before  # the program's value is not changed


def test_paths_lead_through_secrets() -> None:
    """An item of a secret can be ignored; the rest of it stays secret."""
    old = {"data": Secret({"a": 1, "b": 1})}
    new = {"data": Secret({"a": 2, "b": 2})}
    assert with_old(old, new, ("data", "a")) == {"data": Secret({"a": 1, "b": 2})}


def test_an_outer_path_contains_an_inner_one() -> None:
    assert contains(("rules",), ("rules", 0, "port"))
    assert contains(("rules", "*", "port"), ("rules", 3, "port"))
    assert contains(("*",), ("#initerror",))
    assert not contains(("rules", 0, "port"), ("rules", 0))
    assert not contains(("rules", 1), ("rules", 0, "port"))


@given(
    st.lists(st.one_of(st.text(min_size=1), st.integers(0, 99)), min_size=1).filter(
        lambda s: isinstance(s[0], str)
    )
)
def test_shown_paths_parse_to_the_same_path(steps: list[str | int]) -> None:
    """Keys with other characters than letters, digits and underscores are quoted."""
    if any(isinstance(step, str) and ("\\" in step or step == "*") for step in steps):
        return  # a backslash before a quote has no representation in Pulumi either
    assert parse_path(shown(tuple(steps))) == tuple(steps)


def test_a_generic_path_has_no_indexes() -> None:
    assert generic('spec.containers[0].env[12]["a.b"].value') == "spec.containers.env.value"


@pytest.mark.parametrize(
    ("old", "new", "path", "expected"),
    [
        ({}, {"tags": {"a": 1}}, ("tags", "a"), {}),
        ({}, {"tags": {"a": 1, "b": 1}}, ("tags", "a"), {"tags": {"b": 1}}),
        ({}, {"tags": {"a": {"b": 1}}}, ("tags", "a", "b"), {"tags": {"a": {"b": 1}}}),
        ({"tags": {"a": 1}}, {}, ("tags", "a"), {}),
        ({"tags": 1}, {"tags": {"a": 1}}, ("tags", "a"), {"tags": {}}),
    ],
)
def test_an_ignored_key_of_an_added_mapping_is_omitted(old: Any, new: Any, path: Any, expected: Any) -> None:
    """One step below what is added; a removed mapping is not added again."""
    assert with_old(old, new, path) == expected


def test_what_comes_out_of_a_secret_stays_secret() -> None:
    """Also if the program does not mark it any more; unknown without a key."""
    new = {"data": {"a": 2, "b": 2}}
    opened, locked = ({"data": Secret(each)} for each in (Opened({"a": 1, "b": 2}), Incomparable()))
    assert with_old(opened, new, ("data", "a")) == {"data": Secret({"a": 1, "b": 2})}
    assert with_old(locked, new, ("data", "a")) == {"data": Secret({"a": UNKNOWN, "b": 2})}
    assert with_old(locked, new, ("data", "*")) == {"data": Secret(UNKNOWN)}
