"""Markers for property values that are not plain data: unknown until deployment, or secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, final


@final
class Unknown:
    """A value that is unknown until deployment. The only instance is `UNKNOWN`; compare with `is`.

    It has no truth value: `bool(UNKNOWN)` raises TypeError.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "unknown"

    def __bool__(self) -> NoReturn:
        raise TypeError("an unknown value has no truth value: check `value is UNKNOWN` first")

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

MARK: Final = "[secret]"
"""What is shown in place of a secret."""


@dataclass(frozen=True)
class Secret:
    """A value that is never printed. `value` is the plain value, or UNKNOWN."""

    value: Any = field(repr=False)

    def __repr__(self) -> str:
        return MARK

    __str__ = __repr__
