"""Property paths of the options `ignore_changes` and `replace_on_changes`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from platform_components.engine.config_path import parse_path
from platform_components.engine.plan.paths import contains, generic, shown, with_old
from platform_components.engine.values import Secret

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
