"""Paths in keys of configuration: `a.b[0]` is the first item of the entry `b` of the key `a`.

As `Map.Get` and `Map.Set` in sdk/go/common/resource/config/map.go of pulumi/pulumi, with its grammar
(`ParsePropertyPathStrict` in sdk/go/common/resource/properties_path.go).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from platform_components.base.errors import ABSENT

Steps = tuple[str | int, ...]

_STEP = re.compile(r'\["((?:\\"|[^"])*+)"\]|\[([-+]?[0-9]{1,18})\]|\[(\*)\]|\.?([^.\[]+)|\.(?=\.)')
_BOOLEANS: Final = {"true": True, "false": False}
_MOST_ITEMS: Final = 1_000
"""Of a list that is created for an index: as in Pulumi, the items before it are null. Pulumi has no limit."""
_INTEGER = re.compile(r"0|[-+]?[0-9]{1,20}")


class CannotSet(Exception):  # noqa: N818 - states the outcome
    """A value on the way to a path can't contain the next step."""

    def __init__(self, steps: Steps, what: str, value: object = ABSENT) -> None:
        super().__init__(steps, what)
        self.steps = steps
        self.what = what
        self.value = value


def parse_path(name: str) -> Steps | None:
    """Parse the name of a key; None if it is not a path. Its first step is a string, not empty."""
    steps: list[str | int] = []
    position = 0
    while position < len(name):
        match = _STEP.match(name, position)
        if match is None or (position == 0 and name[0] == "."):
            return None
        quoted, index, star, plain = match.groups()
        if index is not None:
            steps.append(int(index))
        elif quoted is not None:
            steps.append(quoted.replace('\\"', '"'))
        elif step := star or plain:
            steps.append(step)
        position = match.end()
    return tuple(steps) if steps and isinstance(steps[0], str) and steps[0] else None


def shown_path(steps: Steps) -> str:
    """Return the steps below a key as text: `.b[0]`."""
    return "".join(
        f"[{step}]" if isinstance(step, int) else f'["{step}"]' if re.search(r"[.\[\]]", step) else f".{step}"
        for step in steps
    )


def value_at(value: Any, steps: Steps) -> Any:
    """Return what a value contains at a path, or ABSENT."""
    for step in steps:
        if isinstance(step, int):
            found = isinstance(value, list) and 0 <= step < len(value)
        else:
            found = isinstance(value, Mapping) and step in value
        if not found:
            return ABSENT
        value = value[step]
    return value


def with_value(values: Mapping[Any, Any], steps: Steps, new: Any) -> dict[Any, Any]:
    """Return the values with a new one at a path. Containers that do not exist are created.

    Raises:
        CannotSet: a value on the way has another type, or a list is too short.
    """
    root, rest = steps[0], steps[1:]
    if not rest:
        return {**values, root: new}
    current = values.get(root)
    if not isinstance(current, list | Mapping):
        current = None  # as in Pulumi, which replaces a scalar here, but not further inside
    return {**values, root: _with_value(current, rest, _coerced(new), steps[:1])}


def _with_value(current: Any, steps: Steps, new: Any, at: Steps) -> Any:
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if current is None:
        if isinstance(step, int) and step >= _MOST_ITEMS:
            raise CannotSet(at, f"is a new list, in which an index must be less than {_MOST_ITEMS}")
        current = [None] * (step + 1) if isinstance(step, int) else {}
    if isinstance(step, int):
        if not isinstance(current, list):
            raise CannotSet(at, "must be a list", current)
        if not 0 <= step <= len(current):
            raise CannotSet(at, f"has no item {step}, and only {len(current)} items")
        items = [*current, None] if step == len(current) else [*current]
        items[step] = _with_value(items[step], rest, new, (*at, step))
        return items
    if not isinstance(current, Mapping):
        raise CannotSet(at, "must be a mapping", current)
    if step == "secure" and not rest and not current and isinstance(new, str):
        raise CannotSet(at, "can't have `secure` as its only entry, which means an encrypted value")
    return {**current, step: _with_value(current.get(step), rest, new, (*at, step))}


def _coerced(value: Any) -> Any:
    """A string as the boolean or integer that it represents, as Pulumi stores it inside another value."""
    if not isinstance(value, str):
        return value
    if value in _BOOLEANS:
        return _BOOLEANS[value]
    if not _INTEGER.fullmatch(value) or (value[0] == "0" and len(value) > 1):
        return value
    number = int(value)
    return number if -(2**63) <= number < (2**63 if value[0] == "+" else 2**64) else value
