"""Customize: overrides of the arguments that a component passes to its children."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pulumi

from platform_components.base.customize_check import value_problems
from platform_components.base.customize_merge import merged
from platform_components.base.customize_owned import owned_problems
from platform_components.base.customize_shape import Shape, leaves
from platform_components.base.errors import Problem, did_you_mean
from platform_components.base.sdk_types import properties
from platform_components.base.values import InvalidValueError

_MOST_LEVELS: Final = 100
ChildTypes = Mapping[str, type[pulumi.CustomResource]]
Overrides = Mapping[str, Mapping[str, Any]]
"""By child type and argument."""


def limited_depth(overrides: Overrides) -> Overrides:
    """Return the overrides unless they are nested too deep, such as a mapping that contains itself.

    Raises:
        InvalidValueError: they have more than 100 levels, the limit of a YAML file too.
    """
    level: list[Any] = [overrides]
    for _ in range(_MOST_LEVELS):
        level = list({id(value): value for holder in level for value in _values(holder)}.values())
        if not level:
            return overrides
    what = f"must be nested at most {_MOST_LEVELS} levels deep"
    raise InvalidValueError(what, "flatten it; a value can't contain itself")


def _values(holder: Any) -> Iterable[Any]:
    """The values in a mapping, an args object or a list."""
    if (held := properties(holder)) is not None:
        return held.values()
    return holder if isinstance(holder, list | tuple) else ()


def customize_problems(
    child_types: ChildTypes, owned: Mapping[str, Mapping[str, str]], customize: Overrides
) -> Iterator[Problem]:
    """Yield the problems of `customize`: unknown names, values of another type, and what a component owns.

    `owned` are paths of arguments by child type, each with its remedy.
    """
    for child, override in customize.items():
        where = f"customize.{child}"
        if child not in child_types:
            yield Problem(where, "unknown child", did_you_mean(child, child_types))
            continue
        resource = child_types[child]
        found: dict[str, Problem] = {}  # by path: one object can contain several owned values
        for problem in value_problems(override, Shape.of(resource), where):
            found.setdefault(problem.where, problem)
        for problem in owned_problems(resource, override, owned.get(child, {})):
            found.setdefault(f"{where}.{problem.where}", problem.under(where))
        yield from found.values()


def customized(
    props: dict[str, Any], resource: type[pulumi.CustomResource], override: Mapping[str, Any]
) -> None:
    """Merge an override into the arguments of a resource, in place, as the SDK expects it.

    Raises:
        UnmergeableError: the result lacks a required value, or an entry is ambiguous.
    """
    shape = Shape.of(resource)
    result = merged(props, override, shape)
    if issubclass(resource, pulumi.ProviderResource):
        result |= {name: _encoded(result[name], shape.at(name)) for name in _names(override, shape, result)}
    props.clear()
    props.update(result)


def _names(override: Mapping[str, Any], shape: Shape, result: Mapping[str, Any]) -> Iterator[str]:
    """The arguments that an override sets, as in programs."""
    for key in override:
        argument = shape.argument(key)
        if argument is not None and argument.name in result:
            yield argument.name


def _encoded(value: Any, shape: Shape) -> Any:
    """The value of a provider's argument as its generated class encodes it: JSON unless it is a string."""
    return value if str in shape.kinds else pulumi.Output.from_input(value).apply(pulumi.runtime.to_json)


def overridden(child_types: ChildTypes, customize: Overrides) -> dict[str, dict[str, Any]]:
    """Return the values that `customize` sets, by child type and path; None if it removes the value.

    `{"deployment": {"spec.template.spec.containers[shop].image": ...}}`. Names are those of programs.
    """
    return {
        child: dict(leaves(override, Shape.of(child_types[child])))
        for child, override in customize.items()
        if override
    }
