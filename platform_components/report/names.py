"""Names of resources and types as a reviewer reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MOST: Final = 5


def short_type(type_: str) -> str:
    """Return the type as in programs, such as `s3.Bucket` or `apps/v1.Deployment`."""
    _, _, token = type_.partition(":")
    module, _, kind = token.rpartition(":")
    short = module.rpartition("/")[0] if type_.startswith("aws:") else module
    return f"{short}.{kind}" if short else kind


def listed(names: Sequence[str], most: int = _MOST) -> str:
    """`a, b and 3 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
