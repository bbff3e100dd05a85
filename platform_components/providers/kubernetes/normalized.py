"""Kubernetes objects in normal form: equal for inputs that mean the same to the API.

The provider converts each object of a built-in kind to its Go type and back, in Check since 4.3 and in Diff
since 4.0 (normalizeInputs in pulumi-kubernetes, provider/pkg/provider/provider.go). That removes zero values
that the API treats as absent and unknown fields, and makes quantities canonical.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Set
from functools import cache
from typing import Any, Final

from platform_components.base.packaged import packaged_lines
from platform_components.engine.state.sealed import Sealed
from platform_components.providers.kubernetes.quantities import canonical_quantity

_Convert = Callable[[Any], Any]

_READ_ONLY: Final = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "uid",
    }
)
"""Fields of `metadata` that the provider removes from inputs."""

_DASHED: Final = {
    name: name.replace("_", "-")
    for name in (
        "x_kubernetes_embedded_resource",
        "x_kubernetes_int_or_string",
        "x_kubernetes_list_map_keys",
        "x_kubernetes_list_type",
        "x_kubernetes_map_type",
        "x_kubernetes_preserve_unknown_fields",
        "x_kubernetes_validations",
    )
}
"""Fields of JSON schemas, by their names in the SDKs: underscoreToDashMap in provider.go."""


class _OtherTypeError(Exception):
    """A value does not have the type of its field: the provider then leaves the whole object as it is."""


def normal(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the inputs of an object, without marks of secrets, in normal form. Sealed secrets stay."""
    version, kind = inputs.get("apiVersion"), inputs.get("kind")
    if kind == "CustomResourceDefinition" and str(version).startswith("apiextensions.k8s.io/"):
        found = _normal_definition(inputs)
    elif is_secret_object(inputs):
        found = _normal_secret(inputs)
    else:
        struct = _kinds().get(f"{version} {kind}")
        try:
            found = inputs if struct is None else _converter(struct)(inputs)
        except _OtherTypeError:
            found = inputs
    metadata = found.get("metadata")
    if isinstance(metadata, Mapping) and not _READ_ONLY.isdisjoint(metadata):
        kept = {key: value for key, value in metadata.items() if key not in _READ_ONLY}
        return {**found, "metadata": kept}
    return found


def is_secret_object(inputs: Mapping[str, Any]) -> bool:
    """Whether it is a Kubernetes Secret."""
    return inputs.get("kind") == "Secret" and inputs.get("apiVersion") in ("v1", "core/v1")


def _normal_secret(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """normalizeSecret in provider/pkg/clients/unstructured.go: `stringData` becomes `data`."""
    text, data = inputs.get("stringData"), inputs.get("data") or {}
    if not isinstance(data, Mapping):
        return inputs
    if isinstance(text, Mapping) and text and all(isinstance(each, str) for each in text.values()):
        encoded = {key: base64.b64encode(each.encode()).decode() for key, each in text.items()}
        rest = {key: value for key, value in inputs.items() if key != "stringData"}
        return {**rest, "data": {**data, **encoded}}
    if not data:
        return inputs
    return {**inputs, "data": {key: _base64_or_same(value) for key, value in data.items()}}


def _base64_or_same(value: Any) -> Any:
    try:
        return _base64(value)
    except _OtherTypeError:
        return value


def _normal_definition(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """normalizeCRD in provider/pkg/clients/unstructured.go."""
    found = {key: value for key, value in inputs.items() if key != "status"}
    spec = found.get("spec")
    if isinstance(spec, Mapping):
        found["spec"] = {
            key: value
            for key, value in spec.items()
            if not (key == "preserveUnknownFields" and value is False)
        }
    return found


def dashed(value: Any) -> Any:
    """Return a custom resource definition with the API's own names, such as `x-kubernetes-list-type`."""
    if isinstance(value, Mapping):
        return {_DASHED.get(key, key): dashed(item) for key, item in value.items()}
    return [dashed(item) for item in value] if isinstance(value, list | tuple) else value


def has_underscored(value: Any) -> bool:
    """Whether a part of a custom resource definition has the names that the SDKs use."""
    if isinstance(value, Mapping):
        return any(key in _DASHED or has_underscored(item) for key, item in value.items())
    return isinstance(value, list | tuple) and any(map(has_underscored, value))


def known_fields() -> Mapping[str, Set[str]]:
    """Return the names of the fields by struct, such as `core/v1.Container`."""
    return {name: _fields(name).keys() for name in _table() if not name.startswith("= ")}


@cache
def _table() -> Mapping[str, str]:
    """The lines of kubernetes_types.txt by their first word; of a kind, by all words except the last."""
    found = {}
    for line in packaged_lines("platform_components.providers", "kubernetes_types.txt"):
        if line.startswith("= "):
            kind, _, struct = line.rpartition(" ")
            found[kind] = struct
        else:
            struct, _, fields = line.partition(" ")
            found[struct] = fields
    return found


@cache
def _kinds() -> Mapping[str, str]:
    return {key[2:]: value for key, value in _table().items() if key.startswith("= ")}


@cache
def _fields(struct: str) -> Mapping[str, tuple[_Convert, bool, bool]]:
    """Per field of a struct: its conversion, whether it is omitempty, and whether zero is omitted then."""
    found = {}
    for field in _table()[struct].split():
        name, _, code = field.partition(":")
        inner = code.removesuffix("?")
        is_optional = inner != code
        has_zero = inner.startswith(("[]", "{}")) or inner in ("string", "bool", "int", "bytes")
        found[name] = (_converter(inner), is_optional, is_optional and has_zero)
    return found


@cache
def _converter(code: str) -> _Convert:
    """Return the function that converts a value to a type and back."""
    code = code.removeprefix("*")
    if code in _LEAVES:
        return _LEAVES[code]
    if code.startswith("[]"):
        return _list_of(_converter(code[2:]))
    if code.startswith("{}"):
        return _map_of(_converter(code[2:]))
    return _struct(code)


def _list_of(convert: _Convert) -> _Convert:
    def converted(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return _opaque(value)
        return [None if item is None else convert(item) for item in value]

    return converted


def _map_of(convert: _Convert) -> _Convert:
    def converted(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return _opaque(value)
        return {key: None if item is None else convert(item) for key, item in value.items()}

    return converted


def _struct(name: str) -> _Convert:
    def converted(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return _opaque(value)
        fields = _fields(name)
        found: dict[str, Any] = {}
        for key, item in value.items():
            if key not in fields:
                continue
            convert, is_optional, omits_zero = fields[key]
            if item is None:
                if not is_optional:
                    found[key] = None
                continue
            result = convert(item)
            if result or not omits_zero:
                found[key] = result
        return found

    return converted


def _opaque(value: Any) -> Any:
    """A secret of a state, which can't be looked into; anything else is a mistake."""
    if isinstance(value, Sealed):
        return value
    raise _OtherTypeError


def _string(value: Any) -> Any:
    return value if isinstance(value, str) else _opaque(value)


def _bool(value: Any) -> Any:
    return value if isinstance(value, bool) else _opaque(value)


def _int(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else _opaque(value)


def _int_or_string(value: Any) -> Any:
    return value if isinstance(value, str) else _int(value)


def _quantity(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return _opaque(value)
    try:
        return canonical_quantity(str(value))
    except ValueError:
        raise _OtherTypeError from None


def _base64(value: Any) -> Any:
    if not isinstance(value, str):
        return _opaque(value)
    try:
        text = value.replace("\r", "").replace("\n", "")
        return base64.b64encode(base64.b64decode(text, validate=True)).decode()
    except (binascii.Error, ValueError):
        raise _OtherTypeError from None


def _any(value: Any) -> Any:
    return value


_LEAVES: Final[Mapping[str, _Convert]] = {
    "any": _any,
    "bool": _bool,
    "bytes": _base64,
    "int": _int,
    "intstr": _int_or_string,
    "quantity": _quantity,
    "string": _string,
}
