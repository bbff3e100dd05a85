"""Typed access to the fields of a state: JSON data in which anything can be missing or of another type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from platform_components.base.errors import Problem
from platform_components.engine.urn import is_urn

_LONGEST_NAME = 120


class InvalidState(Exception):  # noqa: N818 - reads as a sentence, as InvalidInput does
    """A problem of a state; the caller adds the subject. Contains names, but no other values of the state."""

    def __init__(self, where: str, what: str, remedy: str = "") -> None:
        super().__init__(where, what, remedy)
        self.problem = Problem(where, what, remedy)

    def within(self, path: str) -> InvalidState:
        """Return the problem of the value at a path, whose parts have no place of their own."""
        return InvalidState(path, self.problem.what, self.problem.remedy)


class Fields:
    """The fields of a JSON object. As in Go, null is the same as a missing field."""

    def __init__(self, values: object, path: str) -> None:
        if not isinstance(values, dict):
            raise InvalidState(path or "file", "must be a mapping")
        self._values: dict[str, Any] = values
        self.path = path

    def at(self, name: str) -> str:
        """Return the path of a field, for messages."""
        return f"{self.path}.{name}" if self.path else name

    def __contains__(self, name: str) -> bool:
        return self.value(name) is not None

    def value(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str) -> str:
        """Return a string; empty if it is missing."""
        value = self._values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise InvalidState(self.at(name), "must be a string")
        return well_formed(value)

    def urn(self, name: str) -> str:
        """Return a URN; empty if it is missing."""
        urn = self.text(name)
        if urn and not is_urn(urn):
            raise InvalidState(self.at(name), "is not a URN")  # any value of the state can be here
        return urn

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            raise InvalidState(self.at(name), "must be true or false")
        return bool(value)

    def number(self, name: str) -> int | float | None:
        """Return a number; None if it is missing."""
        value = self._values.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InvalidState(self.at(name), "must be a number")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """Return a mapping; an empty one if it is missing."""
        value = self._values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise InvalidState(self.at(name), "must be a mapping")
        return value

    def list(self, name: str) -> list[Any]:
        """Return a list; an empty one if it is missing."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise InvalidState(self.at(name), "must be a list")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings; an empty one if it is missing."""
        items = self.list(name)
        if not all(isinstance(item, str) for item in items):
            raise InvalidState(self.at(name), "must be a list of strings")
        return tuple(map(well_formed, items))

    def part(self, name: str) -> Fields:
        """Return the fields of a mapping; none if it is missing."""
        return Fields(self.mapping(name), self.at(name))

    def parts(self, name: str) -> Iterator[Fields]:
        """Yield the fields of each mapping in a list."""
        for index, item in enumerate(self.list(name)):
            yield Fields(item, f"{self.at(name)}[{index}]")


def well_formed(text: str) -> str:
    """Return a string with U+FFFD for halves of surrogate pairs, as Go reads JSON: they can't be encoded."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def quoted(name: str) -> str:
    """Return a name or URN for messages: on one line, quoted and shortened."""

    shown = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    return json.dumps(well_formed(shown), ensure_ascii=False)
