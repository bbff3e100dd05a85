"""Conversion to protobuf and back preserves values, unknowns and secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, strategies as st

from platform_components.engine import UNKNOWN, Archive, Asset, ResourceReference, Secret, wire

HERE = Path(__file__).parent

numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: not number.is_integer()
)
plain = st.none() | st.booleans() | numbers | st.text()
marked = st.just(UNKNOWN) | st.builds(ResourceReference, st.text(min_size=1), st.just("") | st.just(UNKNOWN))
keys = st.text(min_size=1).filter(lambda key: key != wire.SIGNATURE)


def containers(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    secrets = values.filter(lambda value: not isinstance(value, Secret)).map(Secret)
    return st.lists(values, max_size=4) | st.dictionaries(keys, values, max_size=4) | secrets


values = st.recursive(plain | marked, containers, max_leaves=20)
properties = st.dictionaries(keys, values, max_size=5)


@given(properties)
def test_what_is_written_is_read(given_properties: dict[str, Any]) -> None:
    """Every value is equal after a round trip, with the same types, at any nesting."""
    assert _sorted(wire.read(wire.write(given_properties), HERE)) == _sorted(given_properties)


@given(properties, st.dictionaries(keys, st.lists(st.text(min_size=1), max_size=3, unique=True), max_size=3))
def test_what_a_transform_sees_and_returns_unchanged_is_unchanged(
    given_properties: dict[str, Any], dependencies: dict[str, list[str]]
) -> None:
    """Dependencies are added to and removed from properties without changing values."""
    shown = wire.with_dependencies(wire.write(given_properties), dependencies)
    plain_again, found = wire.without_dependencies(shown)
    assert wire.read(plain_again, HERE) == given_properties
    assert found == {key: sorted(dependencies.get(key, [])) for key in given_properties}


def _sorted(value: Any) -> str:
    """A representation in which 1, 1.0 and True differ, and the order of keys is irrelevant."""
    if isinstance(value, dict):
        return repr({key: _sorted(value[key]) for key in sorted(value)})
    if isinstance(value, Secret):
        return f"secret {_sorted(value.value)}"
    return repr([_sorted(item) for item in value]) if isinstance(value, list) else repr(value)


def test_whole_numbers_are_integers() -> None:
    """Protobuf only has doubles; 20 must not become 20.0 in a state or a diff."""
    read = wire.read(wire.write({"whole": 20.0, "part": 2.5, "vast": 1e300, "truth": True}), HERE)
    assert {key: type(value) for key, value in read.items()} == {
        "whole": int,
        "part": float,
        "vast": float,
        "truth": bool,
    }


def test_assets_and_archives_survive() -> None:
    """Assets keep their hash and content."""
    asset = Asset(text="hello", hash="0" * 64)
    archive = Archive(assets={"a.txt": asset}, hash="1" * 64)
    read = wire.read(wire.write({"asset": asset, "archive": archive}), HERE)
    assert read["asset"].text == "hello"
    assert list(read["archive"].assets) == ["a.txt"]


def test_properties_become_secret_in_place() -> None:
    """An existing property is wrapped once, and a missing one becomes an unknown secret."""
    struct = wire.write({"known": 1, "already": Secret("x")})
    wire.mark_secret(struct, ["known", "already", "missing"])
    assert wire.read(struct, HERE) == {
        "known": Secret(1),
        "already": Secret("x"),
        "missing": Secret(UNKNOWN),
    }


def test_a_text_is_found_by_its_path() -> None:
    """Paths are found inside lists, mappings and secrets."""
    struct = wire.write(
        {"tags": {"Name": "a complaint"}, "rules": [{"id": Secret("a complaint")}], "b": "fine"}
    )
    assert wire.paths_containing(struct, "complaint") == ["rules[0].id", "tags.Name"]
    assert wire.paths_containing(struct, "something else") == []
