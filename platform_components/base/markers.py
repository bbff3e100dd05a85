"""The marks on a property's value that is not plain data: unknown until a deployment, or secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, final


@final
class Unknown:
    """A value that only a deployment can tell. There is one: `UNKNOWN`; compare with `is`.

    It is neither true nor false: code that asks gets a TypeError instead of a guess.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "unknown"

    def __bool__(self) -> NoReturn:
        raise TypeError("an unknown value is neither true nor false: ask `value is UNKNOWN` first")

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that no output may show. `value` is the plain value, or UNKNOWN."""

    value: Any = field(repr=False)

    def __repr__(self) -> str:
        return "[secret]"

    __str__ = __repr__
