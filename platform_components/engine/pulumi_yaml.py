"""The YAML of Pulumi.yaml and stack files: scalars have the values that Pulumi reads.

Pulumi parses these files with gopkg.in/yaml.v3 (resolve.go), whose scalars are those of YAML 1.2 and, for
numbers, also of YAML 1.1: `017` is 15, and `1_000` is 1000.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any, Final

import yaml

from platform_components.files.strict_yaml import TEXT, StrictLoader

_INT, _FLOAT, _BOOL, _NULL, _TIMESTAMP, _MERGE = (
    f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null", "timestamp", "merge")
)
_WORDS: Final = {
    **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), _BOOL),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), _NULL),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), _FLOAT),
    **dict.fromkeys((f"{sign}.{inf}" for sign in ("", "+", "-") for inf in ("inf", "Inf", "INF")), _FLOAT),
    "<<": _MERGE,
}
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]{0,19}))")
_BASES = (16, 2, 8, 10)
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])_(?=[0-9])")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]|( ))([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})([.,][0-9]+)?(?(4)|(Z|[-+][0-9]{2}:[0-9]{2})))?"
)


class PulumiLoader(StrictLoader):
    """Loads Pulumi.yaml."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return _tag_of(value)
        tag: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return tag


class StackFileLoader(PulumiLoader):
    """Loads the file of a stack. In the values of its configuration, keys can be numbers and booleans."""

    def get_single_node(self) -> yaml.Node | None:
        root = super().get_single_node()
        self._with_text_keys = {id(root)}
        if isinstance(root, yaml.MappingNode):
            self._with_text_keys |= {id(value) for key, value in root.value if key.value == "config"}
        return root

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        if id(node) not in self._with_text_keys:
            node.value = [(_as_text(key), value) for key, value in node.value]
        return super().construct_mapping(node, deep)


def _tag_of(text: str) -> str:
    """The tag of a scalar without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] == ".":
        return TEXT if _finite_float(_BETWEEN_DIGITS.sub("", text)) is None else _FLOAT
    if text[0] not in "+-0123456789":
        return TEXT
    if _is_timestamp(text):
        return _TIMESTAMP
    if _integer(text) is not None:
        return _INT
    return TEXT if _finite_float(text.replace("_", "")) is None else _FLOAT


def _integer(text: str) -> int | None:
    """The value of an integer that fits into 64 bits; None for other texts."""
    match = _INTEGER.fullmatch(text.replace("_", ""))
    if match is None:
        return None
    sign, *digits = match.groups()
    value = next(int(found, base) for found, base in zip(digits, _BASES, strict=True) if found)
    if sign == "-":
        return -value if value <= 2**63 else None
    return value if value < (2**63 if sign else 2**64) else None


def _finite_float(text: str) -> float | None:
    """The value of a decimal number; None for other texts, and for a number that is too large."""
    value = float(text) if _DECIMAL.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def _is_timestamp(text: str) -> bool:
    match = _TIME.fullmatch(text)
    if match is None:
        return False
    year, month, day, hour, minute, second = (int(match[part] or 0) for part in (1, 2, 3, 5, 6, 7))
    try:
        datetime(year, month, day, hour, minute, second)
    except ValueError:
        return False
    return True


def _as_text(key: yaml.Node) -> yaml.Node:
    """A key that is an integer or a boolean as the string that Pulumi reads."""
    if key.tag == _INT:
        text = str(_integer(key.value))
    elif key.tag == _BOOL:
        text = key.value.lower()
    else:
        return key
    return yaml.ScalarNode(TEXT, text, key.start_mark, key.end_mark)


def _construct_int(loader: PulumiLoader, node: yaml.ScalarNode) -> int:
    value = _integer(loader.construct_scalar(node))
    if value is None:
        raise ValueError(node.value)
    return value


def _construct_float(loader: PulumiLoader, node: yaml.ScalarNode) -> float:
    value: float = loader.construct_yaml_float(node)
    return value


PulumiLoader.add_constructor(_INT, _construct_int)
PulumiLoader.add_constructor(_FLOAT, _construct_float)
