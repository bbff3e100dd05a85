"""The model of the Kubernetes provider against what the real one and its Go types returned: see README.md."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, strategies as st

from platform_components.engine.plan.difference import differences
from platform_components.engine.values import Secret
from platform_components.providers import known_providers
from platform_components.providers.kubernetes.normalized import normal
from platform_components.providers.kubernetes.quantities import canonical_quantity, quantity
from tests.providers.states import resource


@cache
def facts() -> Any:
    return json.loads(Path(__file__).with_name("kubernetes.json").read_text(encoding="utf-8"))


def value(recorded: Any) -> Any:
    if isinstance(recorded, dict):
        if recorded.keys() == {"secret"}:
            return Secret(value(recorded["secret"]))
        return {key: value(item) for key, item in recorded.items()}
    return [value(item) for item in recorded] if isinstance(recorded, list) else recorded


def calls() -> Iterator[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]]:
    for type_, *inputs in facts()["checks"]:
        program, old, checked = map(value, inputs)
        yield type_, program, old, checked


def differing(type_: str, program: Mapping[str, Any], old: dict[str, Any]) -> list[str]:
    checked = known_providers(type_).check(type_, program, resource(type_, old))
    assert not checked.undecided
    return [each.path for each in differences(old, checked.inputs)]


def test_check_returns_what_the_provider_returned() -> None:
    """Versions 3.30 to 4.18: names, labels and namespaces that it added, empty lists that it omitted."""
    for type_, program, old, expected in calls():
        checked = known_providers(type_).check(type_, program, resource(type_, old))
        assert not differences(expected, checked.inputs), type_


def test_a_changed_value_is_found_as_exactly_that() -> None:
    """Every text of every call, wherever it is."""
    for type_, program, old, _ in calls():
        for path in texts(program):
            if path[0] not in ("apiVersion", "kind"):
                changed = with_change(program, path)
                found = differing(type_, changed, old)
                assert len(found) == 1, (type_, path, found)


def test_objects_have_the_normal_form_of_the_go_types() -> None:
    """Zero values that the API treats as absent, unknown fields and quantities."""
    for given_, expected in facts()["normal"]:
        assert normal(given_) == expected


def test_the_normal_form_is_its_own_normal_form() -> None:
    """Otherwise the inputs of a state would differ from themselves."""
    for _, expected in facts()["normal"]:
        assert normal(expected) == expected


def test_quantities_are_those_of_the_go_type() -> None:
    """Including texts that it keeps though they are not canonical."""
    for text, expected in facts()["quantities"].items():
        assert (text, canonical_quantity(text)) == (text, expected)


@given(
    number=st.decimals(0, 10**6, places=3).map(lambda each: f"{each.normalize():f}"),
    suffix=st.sampled_from(["", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3"]),
)
def test_a_canonical_quantity_has_the_same_value(number: str, suffix: str) -> None:
    """And is canonical itself."""
    text = canonical_quantity(number + suffix)
    assert quantity(text) == quantity(number + suffix)
    assert canonical_quantity(text) == text


@given(st.sampled_from(range(len(facts()["normal"]))), st.booleans())
def test_an_unchanged_object_never_differs(index: int, is_normal: bool) -> None:
    """Whether the state holds what the program gave, as before 4.3, or its normal form."""
    given_, expected = facts()["normal"][index]
    type_ = (
        f"kubernetes:{given_['apiVersion'] if '/' in given_['apiVersion'] else 'core/v1'}:{given_['kind']}"
    )
    assert differing(type_, given_, expected if is_normal else given_) == []


def texts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, Secret):
        yield from texts(value.value, path)
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(item, (*path, key))
    elif isinstance(value, str):
        yield path


def with_change(value: Any, path: tuple[Any, ...]) -> Any:
    if isinstance(value, Secret):
        return Secret(with_change(value.value, path))
    if not path:
        return f"{value}-changed"
    found = copy.copy(value)
    found[path[0]] = with_change(value[path[0]], path[1:])
    return found
