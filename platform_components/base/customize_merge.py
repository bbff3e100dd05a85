"""Merges an override of `customize` into the arguments that a component passes to a child.

Objects and mappings are merged at any depth, and None removes a value, as in a JSON merge patch (RFC 7386).
Lists are replaced, except those that a strategic merge patch of Kubernetes merges by a key. A value that
excludes another one, such as a handler of a probe, replaces it.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from platform_components.base.customize_shape import DIRECTIVE, Shape, value_of
from platform_components.base.customize_unions import displaced
from platform_components.base.errors import Problem, join_path
from platform_components.base.frozen import thawed
from platform_components.base.sdk_types import Argument, is_object, properties


def merged(own: Mapping[str, Any], override: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Return the arguments of a resource with an override. Neither is changed.

    Raises:
        UnmergeableError: the result lacks a required value, or an entry is ambiguous; lists all problems.
    """
    merge = _Merge()
    result = merge.properties(own, override, shape, "")
    if merge.problems:
        raise UnmergeableError(merge.problems)
    return result


class UnmergeableError(ValueError):
    """An override can't be merged into the arguments of a child."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class _Merge:
    """One merge, with the problems that it finds."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def value(self, own: Any, override: Any, shape: Shape, where: str) -> Any:
        changes = properties(override)
        entries = bool(shape.keys) and isinstance(override, list | tuple)
        if isinstance(own, pulumi.Output) and changes is not None and not changes:
            return own
        if isinstance(own, pulumi.Output) and (changes is not None or entries):
            # The problems of a value that is known later are those of the provider.
            both = pulumi.Output.all(own, thawed(override))
            return both.apply(lambda pair: _Merge().value(pair[0], pair[1], shape, where))
        if changes is not None:
            result = self.properties(properties(own) or {}, changes, shape, where)
            holder = override if properties(own) is None else own
            return _like(holder, result)
        if entries:
            return self.entries(own if isinstance(own, list | tuple) else (), override, shape, where)
        return thawed(override)

    def properties(
        self, own: Mapping[str, Any], changes: Mapping[str, Any], shape: Shape, where: str
    ) -> dict[str, Any]:
        result = dict(own)
        for key, value in changes.items():
            if key == DIRECTIVE:
                continue
            name = _spelling(result, shape.argument(key), key)
            if value is None:
                result.pop(name, None)
            else:
                result[name] = self.value(result.get(name), value, shape.at(key), join_path(where, name))
        for argument in displaced(shape, changes):
            result.pop(argument.name, None)
            result.pop(argument.provider_name, None)
        for argument in shape.required():
            held, value = value_of(own, argument), value_of(result, argument)
            at = join_path(where, argument.name)
            if value is None:
                remedy = "set it: the component sets no value"
                if held is not None:
                    remedy = "remove the line, so that the component's value stays"
                self.problems.append(Problem(at, "is required", remedy))
            elif value == [] and held and shape.at(argument.name).keys:
                what, remedy = "must have at least 1 entry", "keep one of the component's entries"
                self.problems.append(Problem(at, what, remedy))
        return result

    def entries(self, own: Sequence[Any], override: Sequence[Any], shape: Shape, where: str) -> list[Any]:
        """Merge the entries with the same key; append the others."""
        result, kind = list(own), shape.entry()
        for entry in override:
            changes = properties(entry)
            if changes is None:  # an Output
                result.append(entry)
                continue
            at = f"{where}[{kind.identity(changes, shape.keys[0])}]"
            same = _matching(result, changes, kind, shape.keys)
            if changes.get(DIRECTIVE) == "delete":
                result = [held for index, held in enumerate(result) if index not in same]
            elif len(same) > 1:
                remedy = f"add {' and '.join(shape.keys[1:])}" if shape.keys[1:] else "remove it"
                self.problems.append(Problem(at, f"matches {len(same)} entries of the component", remedy))
            elif same:
                result[same[0]] = self.value(result[same[0]], entry, kind, at)
            else:
                result.append(self.value(None, entry, kind, at))
        return result


def _matching(
    held: Sequence[Any], changes: Mapping[str, Any], shape: Shape, keys: Sequence[str]
) -> list[int]:
    """The indexes of the entries that an entry of the override changes.

    As in a strategic merge patch, the first key decides; the others only between several entries.
    """
    same = list(range(len(held)))
    for number, key in enumerate(keys):
        stated = shape.identity(changes, key)
        if number and (stated is None or len(same) <= 1):
            continue
        same = [
            index
            for index in same
            if (entry := properties(held[index])) is not None and shape.identity(entry, key) == stated
        ]
    return same


def _spelling(held: Mapping[str, Any], argument: Argument | None, key: str) -> str:
    """The spelling of a key that the component uses; otherwise that of programs."""
    if argument is None:
        return key
    return argument.provider_name if argument.provider_name in held else argument.name


def _like(holder: Any, values: dict[str, Any]) -> Any:
    """Return values as an instance of the same args class, or as a dict."""
    if not is_object(type(holder)) or isinstance(holder, dict):
        return values
    result = copy.copy(holder)
    vars(result).clear()
    vars(result).update(values)
    return result
