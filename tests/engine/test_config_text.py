"""`config.get()` returns the same text as in Pulumi, also for numbers and structured values."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pulumi
import pytest

from platform_components.base.errors import InvalidInput
from platform_components.engine import UNKNOWN, Project, Secret, evaluate_stack
from platform_components.engine.config_text import config_text
from platform_components.testing import render

# By key, what `pulumi preview` of 3.260 passes to the program, as a Python literal.
STACK_FILE = r"""
config:
  structured: {b: "é<&>", a: [1, 2.0, 1.5, true, null], c: {}}
  escaped: ["\u2028 \u0001 \u007f \t\b\f / \" \\ 😀"]
  text: "\u2028 <"
  numbers: [1e20, 1e21, 1e-6, 1e-7, 123456789.123, 100000000000000000000, 9007199254740993]
  limits: [18446744073709551615, 1.0e+2, -0.0, 5e-324, -9223372036854775808]
  unsigned: 18446744073709551615
  large: 123456789012345678901234567890
  whole: 1.0
  exponent: 1e3
  tiny: 1e-7
  zero: -0.0
  flag: true
  too_large: 1e400
  too_large_inside: [1e400]
"""
REAL = {
    "structured": r'{"a":[1,2,1.5,true,null],"b":"é\u003c\u0026\u003e","c":{}}',
    "escaped": '["\\u2028 \\u0001 \x7f \\t\\b\\f / \\" \\\\ 😀"]',
    "text": "\u2028 <",
    "numbers": (
        "[100000000000000000000,1e+21,0.000001,1e-7,123456789.123,100000000000000000000,9007199254740993]"
    ),
    "limits": "[18446744073709552000,100,0,5e-324,-9223372036854775808]",
    "unsigned": "18446744073709551615",
    "large": "1.2345678901234568e+29",
    "whole": "1",
    "exponent": "1000",
    "tiny": "1e-7",
    "zero": "0",
    "flag": "true",
    "too_large": "1e400",
    "too_large_inside": '["1e400"]',
}


def test_the_program_reads_the_text_that_pulumi_passes(tmp_path: Path) -> None:
    """Keys are sorted, the text is compact, and characters that HTML uses are escaped, as Go writes JSON."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK_FILE, encoding="utf-8")
    (tmp_path / "__main__.py").write_text(
        "import json, pulumi\n"
        f"for key in {sorted(REAL)}:\n"
        "    pulumi.export(key, json.dumps(pulumi.Config().get(key)))\n"
    )
    outputs = evaluate_stack(Project.load(tmp_path), "dev").outputs
    assert {key: json.loads(text) for key, text in outputs.items()} == REAL


def test_structured_values_are_read_back_as_they_are() -> None:
    """`require_object` returns the value."""
    value = {"b": ["<é>", 1, 1.5, None, True], "a": {}}
    assert render(
        lambda: pulumi.export("it", pulumi.Config().require_object("it")), config={"it": value}
    ).outputs == {"it": value}


def test_secrets_stay_secrets() -> None:
    """A secret that can't be decrypted has no text."""
    assert config_text("key", Secret({"a": 1})) == Secret('{"a":1}')
    assert config_text("key", Secret(UNKNOWN)) == Secret(UNKNOWN)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, [math.nan], {"a": math.inf}, 10**400])
def test_an_infinite_number_is_rejected(value: Any) -> None:
    """JSON has none; Pulumi rejects it too."""
    with pytest.raises(InvalidInput, match="must not contain an infinite number or NaN"):
        render(lambda: None, config={"ratio": value})
