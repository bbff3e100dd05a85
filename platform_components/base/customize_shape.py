"""Shapes: the types of a resource's values in an SDK, with the names and list keys that a merge requires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Self, get_args, get_origin

import pulumi

from platform_components.base.errors import join_path
from platform_components.base.packaged import packaged_lines
from platform_components.base.sdk_types import (
    Argument,
    alternatives,
    args_class,
    fields_of,
    is_object,
    properties,
)

DIRECTIVE: Final = "$patch"
"""Key in an entry of a merged list. With the value `delete`, the entry is removed."""

_KUBERNETES_SDK = "pulumi_kubernetes."


@dataclass(frozen=True)
class Shape:
    """The shape of one value."""

    kinds: tuple[Any, ...]
    """The types that it can have; empty if the SDK does not define them."""
    keys: tuple[str, ...] = ()
    """The keys that identify the entries of a list, by the provider's names; empty: it is replaced."""

    @classmethod
    def of(cls, resource: type[pulumi.Resource]) -> Self:
        """Return the shape of the arguments of a resource."""
        return cls((args_class(resource),))

    def argument(self, key: str) -> Argument | None:
        """Return the property of an object in either spelling; None if the SDK does not define it."""
        found = (fields_of(kind).get(key) for kind in self.kinds if is_object(kind))
        return next(filter(None, found), None)

    def required(self) -> Iterator[Argument]:
        """Yield the required properties of an object; none if it can be one of several objects."""
        objects = [kind for kind in self.kinds if is_object(kind)]
        if len(objects) == 1:
            yield from dict.fromkeys(each for each in fields_of(objects[0]).values() if each.required)

    def at(self, key: str) -> Shape:
        """Return the shape of a property of an object, or of a value of a mapping."""
        for kind in self.kinds:
            if is_object(kind) and (argument := fields_of(kind).get(key)):
                return Shape(_kinds(argument.kind), list_keys(kind, argument.provider_name))
            if is_mapping(kind) and get_args(kind):
                return Shape(_kinds(get_args(kind)[1]))
        return Shape(())

    def entry(self) -> Shape:
        """Return the shape of an entry of a list."""
        kinds = (each for kind in self.kinds if is_list(kind) for each in _kinds(get_args(kind)[0]))
        return Shape(tuple(kinds))

    def identity(self, entry: Mapping[str, Any], key: str) -> Any:
        """Return the value of a key of this object, in either spelling; None if it is not set."""
        argument = self.argument(key)
        return entry.get(key) if argument is None else value_of(entry, argument)


def _kinds(kind: Any) -> tuple[Any, ...]:
    """Return the types that a value can have; none if it can have any type."""
    found = tuple(alternatives(kind))
    return () if Any in found else found


def value_of(holder: Mapping[str, Any], argument: Argument) -> Any:
    """Return the value of an argument, in either spelling; None if it is not set."""
    value = holder.get(argument.name)
    return holder.get(argument.provider_name) if value is None else value


def is_mapping(kind: Any) -> bool:
    """Whether a type is a mapping with any keys."""
    origin = get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, Mapping) and not is_object(kind)


def is_list(kind: Any) -> bool:
    """Whether a type is a list with a type of its entries."""
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Sequence)


def list_keys(kind: type, name: str) -> tuple[str, ...]:
    """Return the keys that identify the entries of the list `name` of an object of Kubernetes."""
    return _all_list_keys().get((kubernetes_name(kind), name), ())


def kubernetes_name(kind: type) -> str:
    """Return the name of a type of object in the API of Kubernetes, `core.v1.Probe`; empty for others."""
    if not kind.__module__.startswith(_KUBERNETES_SDK):
        return ""
    _, *group_and_version = kind.__module__.split(".")[:3]
    short = kind.__name__.removesuffix("Args").removesuffix("Init")
    return ".".join([*group_and_version, short])


def leaves(override: Any, shape: Shape, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value that an override sets, with its path: `spec.template.spec.containers[app].image`.

    Names are those of programs. A value that the override removes is None. A value whose shape the SDK does
    not define, and a list that is replaced, is one value.
    """
    held = properties(override)
    if held and (not path or any(map(_has_keys, shape.kinds))):
        for key, value in held.items():
            argument = shape.argument(key)
            yield from leaves(value, shape.at(key), join_path(path, argument.name if argument else key))
    elif shape.keys and isinstance(override, list | tuple):
        for entry in override:
            yield from _leaves_of_entry(entry, shape, path)
    else:
        yield path, override


def _leaves_of_entry(entry: Any, shape: Shape, path: str) -> Iterator[tuple[str, Any]]:
    """The values in an entry of a merged list, without the key that identifies it."""
    held, entries, key = properties(entry) or {}, shape.entry(), shape.keys[0]
    at = f"{path}[{entries.identity(held, key)}]"
    argument = entries.argument(key)
    identity = {key} if argument is None else {argument.name, argument.provider_name}
    changes = {name: value for name, value in held.items() if name not in identity}
    if DIRECTIVE in changes:
        yield at, None
    elif changes:
        yield from leaves(changes, entries, at)
    else:
        yield at, entry


def _has_keys(kind: Any) -> bool:
    return is_object(kind) or is_mapping(kind)


@cache
def _all_list_keys() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """The table that scripts/generate_list_keys.py generates."""
    rows = (line.split() for line in packaged_lines("platform_components.base", "kubernetes_list_keys.txt"))
    return {(kind, name): tuple(keys.split(",")) for kind, name, keys in rows}
