"""Scalars of Pulumi.yaml and stack files have the values that Pulumi reads."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.base.yaml_file import parse_yaml
from platform_components.engine.config_text import config_text
from platform_components.engine.pulumi_yaml import PulumiLoader, StackFileLoader

# The text in the file, and what `pulumi preview` of 3.260 passes to the program.
REAL = {
    "017": "15",
    "-017": "-15",
    "00": "0",
    "089": "89",
    "08.5": "8.5",
    "012345678901": "12345678901",
    "0123456701": "21913025",
    "1_000": "1000",
    "1__0": "10",
    "1_": "1",
    "_1": "_1",
    "1_0.5": "10.5",
    "._5": "._5",
    ".5_0": "0.5",
    ".1e3": "100",
    "+.5": "0.5",
    "1.": "1",
    "+1": "1",
    "-0": "0",
    "0o17": "15",
    "0O17": "15",
    "-0o17": "-15",
    "0b11": "3",
    "-0b11": "-3",
    "0b": "0b",
    "0x_1f": "31",
    "0X1F": "31",
    "-0x1f": "-31",
    "0x1p3": "0x1p3",
    ".0x1p3": ".0x1p3",
    "1e3": "1000",
    "1e400": "1e400",
    "18446744073709551615": "18446744073709551615",
    "yes": "yes",
    "12:30": "12:30",
    "2001-13-01": "2001-13-01",
    "!!str 017": "017",
    "!!int '017'": "15",
    "!!float 3": "3",
    "{1: 2, true: 3}": '{"1":2,"true":3}',
    "{017: 2}": '{"15":2}',
}


def read(text: str) -> Any:
    return parse_yaml(f"config:\n  a: {text}\n", "Pulumi.dev.yaml", loader=StackFileLoader)["config"]["a"]


@pytest.mark.parametrize(("text", "real"), REAL.items())
def test_a_scalar_has_the_value_that_pulumi_reads(text: str, real: str) -> None:
    """Numbers also in the notations of YAML 1.1; texts that are no number stay as they are."""

    assert config_text("a", read(text)) == real


@pytest.mark.parametrize("text", ["!!int 3.5", "{1.5: 2}", "{null: 2}", "{2001-01-01: 2}", "{1: 2, '1': 3}"])
def test_what_has_no_clear_text_is_rejected(text: str) -> None:
    """Pulumi accepts keys such as 1.5 and null, as `1.5` and `<nil>`."""
    with pytest.raises(InvalidInput):
        read(text)


def test_keys_of_the_project_file_are_strings() -> None:
    """As in Pulumi; only the values of a stack's configuration can have others."""
    with pytest.raises(InvalidInput, match='key "1" must be a string'):
        parse_yaml("config: {a: {default: {1: 2}}}", "Pulumi.yaml", loader=PulumiLoader)
