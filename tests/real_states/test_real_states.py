"""The models of bridged providers against Check calls that real providers answered.

Every call is that of an unchanged resource, so the checked inputs are those of the state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from platform_components.providers import known_providers
from platform_components.providers.checked_inputs import DEFAULTS
from tests.real_states.changed import expected, filled, with_change
from tests.real_states.facts import Call, recorded

PACKAGES = ("aws", "eks", "gcp", "random", "tls")


def calls(package: str) -> list[Call]:
    return [call for call in recorded() if call.package == package]


def differing(call: Call, given: dict[str, Any]) -> set[str]:
    """The top-level properties in which the checked inputs differ from the state, or may."""
    checked = known_providers(call.type).check(call.type, given, call.state)
    keys = (checked.inputs.keys() | call.old.keys()) - {DEFAULTS}
    different = {key for key in keys if checked.inputs.get(key) != call.old.get(key)}
    return different | set(checked.undecided)


def test_there_are_calls_of_every_package() -> None:
    """Fewer would make the other tests pass without evidence."""
    counts = Counter(call.package for call in recorded())
    assert counts.keys() == set(PACKAGES)
    assert counts["aws"] > 1000
    assert len({call.type for call in recorded()}) > 90


@pytest.mark.parametrize("package", PACKAGES)
def test_check_of_an_unchanged_program_returns_what_the_provider_returned(package: str) -> None:
    """The inputs of the program, with defaults, generated names and computed tags of the state."""
    for call in calls(package):
        checked = known_providers(call.type).check(call.type, call.given, call.state)
        assert (call.type, dict(checked.inputs), checked.undecided) == (call.type, call.checked, ())


@pytest.mark.parametrize("package", PACKAGES)
def test_a_changed_property_is_found_as_exactly_that(package: str) -> None:
    """Whatever its type, and with the tags that are computed from it."""
    for call, key in properties(package):
        given = with_change(call, key).given
        assert (call.type, key, differing(call, given)) == (call.type, key, expected(call, key))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_removed_property_is_found_as_exactly_that(package: str) -> None:
    """Unless the provider keeps it: an unlisted Region or name in the inputs of a state may be its own."""
    for call, key in properties(package):
        given = {each: value for each, value in call.given.items() if each != key}
        assert (call.type, key, differing(call, given)) == (call.type, key, expected(call, key))


@pytest.mark.parametrize("package", PACKAGES)
def test_an_added_property_is_found_as_exactly_that(package: str) -> None:
    """Also where the state has other properties that the provider added."""
    for call in calls(package):
        assert differing(call, {**call.given, "added": "value"}) == {"added"}


def properties(package: str) -> Iterator[tuple[Call, str]]:
    """Calls with each property of their program, once per type and property."""
    seen = set()
    for call in calls(package):
        for key in filled(call):
            if (call.type, key) not in seen:
                seen.add((call.type, key))
                yield call, key
