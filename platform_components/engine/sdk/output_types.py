"""The types that the class of a resource or of a function's result declares, and the values that fit them.

The SDK raises AssertionError for an output of another type, instead of converting it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, get_args, get_origin

from pulumi import _types

from platform_components.engine.config_text import number_text
from platform_components.engine.values import UNKNOWN, Secret

_SCALARS = (str, bool, int, float)
_EXACT = 2**53  # above it, a double does not represent every integer exactly
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})")  # as many digits as _EXACT
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")

_UNFIT: Final = object()


def conforming(outputs: Mapping[str, Any], declaring: type) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return outputs that have the types of the class, and the paths of those that became unknown.

    If all fit, the outputs are returned as they are.
    """
    types, unfit = _types_of(declaring), list[str]()
    fitted = {key: _fitted(value, types.get(key), key, unfit) for key, value in outputs.items()}
    unchanged = all(fitted[key] is value for key, value in outputs.items())
    return outputs if unchanged else fitted, tuple(unfit)


@cache
def _types_of(declaring: type) -> Mapping[str, Any]:
    if _types.is_output_type(declaring):
        return _types.output_type_types(declaring)
    return _types.resource_types(declaring)


def fields_of(result_class: type | None) -> tuple[str, ...]:
    """The fields of a function's result, with the provider's names; empty if it is not declared."""
    if result_class is None or not _types.is_output_type(result_class):
        return ()
    return tuple(_types_of(result_class))


@cache
def optional_fields_of(result_class: type | None) -> frozenset[str]:
    """The fields of a function's result that can be None, with the provider's names."""
    if result_class is None or not _types.is_output_type(result_class):
        return frozenset()
    hints = {
        name: inspect.get_annotations(getter.fget).get("return")
        for _, name, getter in _types._py_properties(result_class)
        if getter.fget is not None
    }
    return frozenset(name for name, hint in hints.items() if type(None) in get_args(hint))


def _fitted(value: Any, kind: Any, path: str, unfit: list[str]) -> Any:
    """The value if it fits the type, or else the same text, number or boolean in it, or UNKNOWN."""
    if isinstance(value, Secret):
        inner = _fitted(value.value, kind, path, unfit)
        return value if inner is value.value else Secret(inner)
    kind = _types.unwrap_optional_type(kind) if kind else None
    if kind in (None, Any):
        return value
    found = value
    if isinstance(value, Mapping):
        found = _fitted_mapping(value, kind, path, unfit)
    elif isinstance(value, list):
        found = _fitted_list(value, kind, path, unfit)
    elif isinstance(value, _SCALARS):
        found = _fitted_scalar(value, kind)
    if found is _UNFIT:
        unfit.append(path)
        return UNKNOWN
    return found


def _fitted_mapping(value: Mapping[str, Any], kind: Any, path: str, unfit: list[str]) -> Any:
    if _types.is_discriminated_union(kind):
        kind = _types.reduce_discriminated_union(kind, value, lambda _, name: name)
        if kind is None:
            return value  # the SDK leaves it untyped
    if _types.is_output_type(kind):
        types = _types.output_type_types(kind)
    elif _is(kind, Mapping):
        arguments = get_args(kind)
        types = dict.fromkeys(value, arguments[1]) if len(arguments) == 2 else {}
    else:
        return _UNFIT
    fitted = {key: _fitted(item, types.get(key), f"{path}.{key}", unfit) for key, item in value.items()}
    return value if all(fitted[key] is item for key, item in value.items()) else fitted


def _fitted_list(value: list[Any], kind: Any, path: str, unfit: list[str]) -> Any:
    if not _is(kind, Sequence):
        return _UNFIT
    (element,) = get_args(kind) or (None,)
    fitted = [_fitted(item, element, f"{path}[{index}]", unfit) for index, item in enumerate(value)]
    return value if all(one is other for one, other in zip(fitted, value, strict=True)) else fitted


def _fitted_scalar(value: Any, kind: Any) -> Any:
    """The scalar, or the same value in the type, such as `5` for "5", if there is only one."""
    if type(value) is kind or not (kind in _SCALARS or _is_container(kind)):
        return value  # an enumeration, a union, or another type that the SDK doesn't check
    match value, kind:
        case bool(), _ if kind is str:
            return "true" if value else "false"
        case bool(), _:
            return _UNFIT
        case int() | float(), _ if kind is float or (kind is int and value % 1 == 0):
            return value
        case int() | float(), _ if kind is str and (value == 0 or 1e-6 <= abs(value) < 1e21):
            return number_text(value)
        case "true" | "false", _ if kind is bool:
            return value == "true"
        case str(), _ if kind is int and _INTEGER.fullmatch(value) and abs(int(value)) <= _EXACT:
            return int(value)
        case str(), _ if kind is float and _DECIMAL.fullmatch(value) and len(value) <= 15:
            return float(value)
    return _UNFIT


def _is_container(kind: Any) -> bool:
    return _is(kind, Mapping) or _is(kind, Sequence) or _types.is_output_type(kind)


def _is(kind: Any, container: type) -> bool:
    origin = get_origin(kind) or kind
    return inspect.isclass(origin) and origin not in _SCALARS and issubclass(origin, container)
