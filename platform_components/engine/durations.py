"""Durations in Go's format: `90s`, `1h30m`, `1.5m`."""

from __future__ import annotations

import re

from platform_components.engine.errors import DeclarationError

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def seconds(text: str) -> float:
    """Return the duration in seconds.

    Raises:
        DeclarationError: `text` is not a Go duration.
    """
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise DeclarationError(
            f'custom timeout "{text}" is not a duration',
            remedy="use a number with a unit: 90s, 30m or 1h30m",
        )
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
