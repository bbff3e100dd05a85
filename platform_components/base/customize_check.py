"""Checks the values in `customize` against the types of the SDK, before anything is registered.

An Output is accepted anywhere. Whether a merged object has its required properties is known only when it is
merged.
"""

from __future__ import annotations

import enum
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, get_args, get_origin

import pulumi

from platform_components.base.customize_shape import DIRECTIVE, Shape, is_list, is_mapping, value_of
from platform_components.base.customize_unions import contradictions
from platform_components.base.errors import Problem, did_you_mean, join_path
from platform_components.base.sdk_types import fields_of, is_object, properties
from platform_components.base.secret_names import variable_name

_NAMES: Final[Mapping[Any, str]] = {
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "true or false",
}
_SWITCH: Final = {
    "yes": "true",
    "on": "true",
    "true": "true",
    "no": "false",
    "off": "false",
    "false": "false",
}
_KEEP: Final = "remove it to keep the component's value"


def value_problems(value: Any, shape: Shape, where: str, *, whole: bool = False) -> Iterator[Problem]:
    """Yield the problems of one value in an override.

    `whole`: the value is not merged, so that an object must have all required properties.
    """
    if value is None or _is_pending(value) or not all(map(_is_known, shape.kinds)):
        return
    fitting = [Shape((kind,), shape.keys) for kind in shape.kinds if _fits(value, kind)]
    if shape.kinds and not fitting:
        yield Problem(where, f"must be {_allowed(shape.kinds)}", _remedy(value, shape.kinds), value)
        return
    # Of several alternatives, the one that the author most likely means.
    yield from min((list(_problems(value, one, where, whole)) for one in fitting), key=len, default=())


def _problems(value: Any, shape: Shape, where: str, whole: bool) -> Iterator[Problem]:
    """The problems in a value of the right kind: an object, a mapping or a list."""
    held = properties(value)
    if held is not None:
        yield from _object_problems(held, shape, where, whole)
    elif isinstance(value, list | tuple):
        yield from _list_problems(value, shape, where)


def _object_problems(held: Mapping[str, Any], shape: Shape, where: str, whole: bool) -> Iterator[Problem]:
    defined = [kind for kind in shape.kinds if is_object(kind)]
    has_variable = bool(variable_name(held))
    for key, value in held.items():
        at = join_path(where, str(key))
        if not isinstance(key, str):
            yield Problem(at, "key must be a string", "put it in quotes")
        elif defined and shape.argument(key) is None:
            yield Problem(at, "unknown argument", did_you_mean(key, _names(defined[0], key)))
        else:
            for problem in value_problems(value, shape.at(key), at, whole=whole):
                # The value of a variable may be a secret, whatever the path of the value is.
                yield Problem(problem.where, problem.what, problem.remedy) if has_variable else problem
    for argument in dict.fromkeys(filter(None, map(shape.argument, filter(_is_text, held)))):
        if argument.name != argument.provider_name and {argument.name, argument.provider_name} <= set(held):
            what = f"is set twice, also as {argument.name}"
            yield Problem(join_path(where, argument.provider_name), what, "remove one of them")
    if names := contradictions(shape, held):
        yield Problem(where, f"can have only one of {', '.join(names)}", "remove the others")
    if whole:
        for argument in shape.required():
            if value_of(held, argument) is None:
                yield Problem(join_path(where, argument.name), "is required", "set it")


def _list_problems(values: Sequence[Any], shape: Shape, where: str) -> Iterator[Problem]:
    entries = shape.entry()
    for index, value in enumerate(values):
        at = f"{where}[{index}]"
        held = properties(value)
        if not shape.keys or held is None:
            yield from value_problems(value, entries, at, whole=not shape.keys)
            continue
        key = entries.argument(shape.keys[0])
        if key is not None and value_of(held, key) is None:
            yield Problem(join_path(at, key.name), "is required", "set it: it identifies the entry")
        if DIRECTIVE in held and held[DIRECTIVE] != "delete":
            what = 'must be "delete"'
            yield Problem(join_path(at, DIRECTIVE), what, "remove it to merge the entry", held[DIRECTIVE])
        yield from value_problems({name: held[name] for name in held if name != DIRECTIVE}, entries, at)


def _is_pending(value: Any) -> bool:
    return isinstance(value, pulumi.Output) or inspect.isawaitable(value)


def _is_text(key: Any) -> bool:
    return isinstance(key, str)


def _is_known(kind: Any) -> bool:
    """Whether values can be checked against a type."""
    return isinstance(kind, type) or get_origin(kind) is Literal or is_mapping(kind) or is_list(kind)


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a type; of an object, a mapping or a list, without what is in it."""
    if is_object(kind) or is_mapping(kind):
        return properties(value) is not None
    if is_list(kind):
        return isinstance(value, list | tuple)
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if issubclass(kind, enum.Enum):
        return isinstance(value, kind) or value in [member.value for member in kind]
    if kind in (int, float):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and (kind is float or value == int(value))
    return isinstance(value, kind)


def _allowed(kinds: Sequence[Any]) -> str:
    """The allowed values, after `must be`."""
    return " or ".join(dict.fromkeys(_name(kind) for kind in kinds))


def _name(kind: Any) -> str:
    if is_object(kind) or is_mapping(kind):
        return "a mapping"
    if is_list(kind):
        return "a list"
    if get_origin(kind) is Literal:
        return " or ".join(json.dumps(value) for value in get_args(kind))
    if issubclass(kind, enum.Enum):
        return " or ".join(json.dumps(member.value) for member in kind)
    return _NAMES.get(kind) or f"of type {kind.__name__}"


def _remedy(value: Any, kinds: Sequence[Any]) -> str:
    """How to write the value that was most likely meant."""
    if bool in kinds and isinstance(value, str) and value.lower() in _SWITCH:
        return f"write {_SWITCH[value.lower()]}, without quotes"
    if {int, float} & set(kinds) and isinstance(value, str) and value.isdecimal():
        return "remove the quotes"
    if str in kinds and isinstance(value, int | float):
        return "put it in quotes"
    if any(is_list(kind) for kind in kinds) and not isinstance(value, int | float):
        return "write a list: [{...}]" if properties(value) is not None else "write a list: [first, second]"
    if any(is_object(kind) or is_mapping(kind) for kind in kinds) and isinstance(value, list | tuple):
        return "write `name: value` lines"
    return _KEEP


def _names(kind: type, key: str) -> set[str]:
    """The names of an object's properties, in the spelling of a key."""
    arguments = fields_of(kind).values()
    return {each.name if key == key.lower() else each.provider_name for each in arguments}
