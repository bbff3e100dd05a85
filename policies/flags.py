"""Flags: boolean properties, which providers also accept as text."""

from __future__ import annotations

from platform_components.policy import Undetermined


def is_on(value: object) -> bool:
    """Whether a provider takes a value as true: `True`, or the text `"true"`."""
    return str(value).lower() in ("true", "1")


def is_off(value: object) -> bool:
    """Whether a value is set and known, and a provider takes it as false."""
    return value is not None and not isinstance(value, Undetermined) and not is_on(value)
