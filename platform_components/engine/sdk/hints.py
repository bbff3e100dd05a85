"""The type hints of the SDKs' classes, which the SDK resolves when it first meets a class.

That is close to half of the time of a small stack. A process that others are forked from can do it for them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from pulumi import _types

# Only speed depends on these two: an SDK without them does without.
_RESOLVE, _RAW = "_types_from_py_properties", "_raw_return_hints"


def report_hints(report: Callable[[str, str], None]) -> None:
    """Have the SDK report each class that it resolves the hints of: its module and its name in there."""
    raw = getattr(_types, _RAW, None)
    if raw is None:
        return

    @wraps(raw)
    def reporting(cls: type) -> Any:
        report(cls.__module__, cls.__qualname__)
        return raw(cls)

    setattr(_types, _RAW, reporting)


def resolve_hints(cls: type) -> None:
    """Resolve the hints of a class now."""
    getattr(_types, _RESOLVE, lambda cls: None)(cls)
