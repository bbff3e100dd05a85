"""Configuration values as Pulumi passes them to programs: strings, and JSON text as Go writes it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.values import UNKNOWN, Secret

_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
"""Characters that Go's encoding/json escapes, in addition to those that Python's json does."""


def config_text(key: str, value: Any) -> Any:
    """Return a value as a string; a Secret of UNKNOWN stays one, another Secret contains the string.

    Raises:
        InvalidInput: the value contains an infinite number or NaN, which Pulumi rejects.
    """
    if isinstance(value, Secret):
        return value if value.value is UNKNOWN else Secret(config_text(key, value.value))
    if isinstance(value, str):
        return value
    if type(value) is int and 2**63 <= value < 2**64:
        return str(value)  # exact here, but not in a list or mapping
    try:
        return _json(value)
    except OverflowError:
        problem = Problem(key, "must not contain an infinite number or NaN", "put it in quotes")
        raise InvalidInput("Configuration", [problem]) from None


def _json(value: Any) -> str:
    """JSON text as Go's encoding/json writes it: compact, with sorted keys, in UTF-8."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{go_json(key)}:{_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, str):
        return go_json(value)
    if isinstance(value, float) or (type(value) is int and not -(2**63) <= value < 2**63):
        return number_text(float(value))
    return json.dumps(value)


def go_json(value: Any, **options: Any) -> str:
    """JSON text with the characters escaped that Go's encoding/json escapes. `options` are those of `dumps`.

    Numbers are written as Python writes them.
    """
    return json.dumps(value, ensure_ascii=False, **options).translate(_ESCAPED)


def number_text(value: float) -> str:
    """Return a number as Go writes it.

    Raises:
        OverflowError: it is infinite or NaN.
    """
    if not math.isfinite(value):
        raise OverflowError
    if value == 0:
        return "0"
    if not 1e-6 <= abs(value) < 1e21:
        return repr(value).replace("e-0", "e-")
    return f"{Decimal(repr(value)).normalize():f}"
