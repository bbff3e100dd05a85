"""Changes of recorded inputs that no provider ignores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from platform_components.engine.values import Secret
from tests.real_states.facts import Call

_COMPUTED = {"tags": "tagsAll"}
"""Properties that a provider computes from another one."""

_NOTHING: Final[tuple[Any, ...]] = ({}, [], None)


def filled(call: Call) -> list[str]:
    """The properties of a call that have a value."""
    return [key for key, value in call.given.items() if value not in _NOTHING]


def with_change(call: Call, key: str) -> Call:
    """The call with another value of one property."""
    return replace(call, given={**call.given, key: changed(call.given[key])})


def expected(call: Call, key: str) -> set[str]:
    """The properties that differ if this one does."""
    computed = _COMPUTED.get(key)
    return {key} | ({computed} if computed is not None and computed in call.checked else set())


def changed(value: Any) -> Any:
    """The value with one difference."""
    if isinstance(value, Secret):
        return Secret(changed(value.value))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return {"true": "false", "false": "true"}.get(value, f"{value}-changed")
    if isinstance(value, list):
        return [changed(value[0]), *value[1:]]
    keys = [key for key in value if value[key] not in _NOTHING]
    return {**value, keys[0]: changed(value[keys[0]])} if keys else {"added": "value"}
