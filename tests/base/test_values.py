"""Value types for fields of args."""

from __future__ import annotations

import ipaddress
from typing import Any

import pydantic
import pytest
from hypothesis import given, strategies as st

from platform_components.base import (
    Cidr,
    Count,
    Days,
    Fact,
    Flag,
    Gigabytes,
    Label,
    Percent,
    Port,
    Region,
)


def accepts(kind: Any, value: object) -> bool:
    try:
        pydantic.TypeAdapter(kind).validate_python(value)
    except pydantic.ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", [Count, Days, Gigabytes, Percent, Port])
@given(value=st.text() | st.booleans() | st.floats() | st.none() | st.binary() | st.lists(st.integers()))
def test_numbers_are_whole_numbers_and_nothing_else(kind: Any, value: object) -> None:
    """`"3"`, `3.0` and `true` are not converted to integers."""
    assert not accepts(kind, value)


@given(st.text() | st.integers() | st.floats() | st.none())
def test_flags_are_true_or_false_and_nothing_else(value: object) -> None:
    """`"yes"` and 1 are not converted to true."""
    assert not accepts(Flag, value)


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_a_cidr_is_a_network_and_stays_as_written(address: int, prefix: int) -> None:
    """A CIDR block with host bits is rejected; every other one is accepted unchanged."""
    text = f"{ipaddress.IPv4Address(address)}/{prefix}"
    assert accepts(Cidr, text) == (str(ipaddress.ip_network(text, strict=False)) == text)


@given(st.text() | st.ip_addresses().map(str))
def test_a_cidr_has_a_prefix(text: str) -> None:
    """An address without a prefix length is rejected; it would be a /32."""
    assert accepts(Cidr, text) == ("/" in text and accepts(Cidr, text))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            Region,
            ["eu-west-1", "us-gov-west-1", "ap-southeast-3"],
            ["eu-west", "eu-west-1a", "EU-WEST-1", "eu-west-१"],
        ),
        (Label, ["a", "a-b", "a" * 63], ["", "-a", "a-", "1a", "a_b", "A", "a" * 64, "a\n"]),
        (Fact, ["a", "Team-1_x.y", "1", "a" * 63], ["", "a b", ".a", "a-", "é", "a" * 64, "a\n"]),
    ],
)
def test_words_have_the_form_that_both_clouds_take(kind: Any, good: list[str], bad: list[str]) -> None:
    """Tags, labels and names are valid in both AWS and Kubernetes."""
    assert [text for text in good if not accepts(kind, text)] == []
    assert [text for text in bad if accepts(kind, text)] == []
