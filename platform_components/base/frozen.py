"""Read-only containers for the values of args."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dict that can't be changed. `copy()`, `|` and `dict()` return ordinary dicts.

    A subclass of dict, unlike `types.MappingProxyType`, can be pickled, copied deeply, and serialized by
    Pulumi and json.
    """

    def _reject(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("args are read-only: set the value in the constructor, or change a copy: dict(...)")

    __setitem__ = __delitem__ = __ior__ = _reject
    clear = pop = popitem = setdefault = update = _reject

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


def frozen(value: Any) -> Any:
    """Return a value with read-only copies of all mappings and lists in it."""
    if isinstance(value, Mapping):
        return FrozenDict({key: frozen(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(map(frozen, value))
    return value


def thawed(value: Any) -> Any:
    """Return a value with ordinary dicts and lists in place of the read-only ones."""
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return list(map(thawed, value))
    return value
