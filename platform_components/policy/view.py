"""What a rule sees of a resource: its properties, where what is not known can't be mistaken for a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from platform_components.base.markers import UNKNOWN, Secret


class Undetermined(Exception):  # noqa: N818 - an outcome of a rule, not a failure of it
    """A rule can't decide: what it has to read is not known yet.

    Raised by reading such a property; a rule that goes on to others may yield it instead.
    """

    def __init__(self, path: str, reason: str = "is known only once deployed") -> None:
        self.path = path
        self.reason = reason
        super().__init__(path, reason)

    def __str__(self) -> str:
        return f"{self.path} {self.reason}"


class Properties:
    """Nested properties under the provider's own names (`backupRetentionPeriod`).

    What is secret is handed out like any value, since a rule may have to judge it; what a rule says
    is cleared of it afterwards.
    """

    __slots__ = ("_value", "path")

    def __init__(self, value: Any, path: str = "") -> None:
        self._value = value
        self.path = path
        """Where these properties stand in the resource; empty for all of them."""

    def get(self, *keys: str) -> Any:
        """The value at the keys as plain data; None where there is none.

        Raises:
            Undetermined: the value, or a part of it, is unknown.
            TypeError: a key stands in something that has no keys.
        """
        return _plain(*self._find(keys))

    def peek(self, *keys: str) -> Any:
        """Like `get`, but gives the Undetermined instead of raising it."""
        try:
            return self.get(*keys)
        except Undetermined as undetermined:
            return undetermined

    def has(self, *keys: str) -> bool:
        """Whether something is given at the keys. What is unknown is given."""
        try:
            return self._find(keys)[0] is not None
        except Undetermined:
            return True

    def keys(self, *keys: str) -> tuple[str, ...]:
        """The names at the keys; none where nothing is given. Raises as `get` does."""
        value, path = self._find(keys)
        opened = _opened(value, path)
        return () if opened is None else tuple(_mapping(opened, path))

    def each(self, *keys: str) -> Iterator[Properties]:
        """The entries of the list at the keys; none where nothing is given. Raises as `get` does."""
        value, path = self._find(keys)
        opened = _opened(value, path)
        if opened is None:
            return
        if not isinstance(opened, list | tuple):
            raise TypeError(f"{path} is no list")
        for index, item in enumerate(opened):
            yield Properties(item, f"{path}[{index}]")

    def _find(self, keys: tuple[str, ...]) -> tuple[Any, str]:
        value, path = self._value, self.path
        for key in keys:
            value = _opened(value, path)
            if value is None:
                return None, path
            value = _mapping(value, path).get(key)
            path = _join(path, key)
        return value, path


class ResourceView(Properties):
    """A resource as its program declares it: the inputs, before any provider has filled in defaults."""

    __slots__ = ("name", "type", "urn")

    def __init__(self, type: str, name: str, urn: str, inputs: Mapping[str, Any]) -> None:
        super().__init__(inputs)
        self.type = type
        self.name = name
        self.urn = urn


def _opened(value: Any, path: str) -> Any:
    """The value without its mark."""
    if isinstance(value, Secret):
        value = value.value
    if value is UNKNOWN:
        raise Undetermined(path)
    return value


def _plain(value: Any, path: str) -> Any:
    value = _opened(value, path)
    if isinstance(value, Mapping):
        return {key: _plain(item, _join(path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[{index}]") for index, item in enumerate(value)]
    return value


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{path} has no keys")
    return value


def _join(path: str, key: str) -> str:
    if not key.replace("_", "").replace("-", "").isalnum():
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key
