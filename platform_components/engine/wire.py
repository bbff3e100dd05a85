"""Conversion between protobuf structs and Python values, including Pulumi's special values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from google.protobuf.struct_pb2 import NULL_VALUE, Struct, Value

from platform_components.engine.assets import hashed_archive, hashed_asset
from platform_components.engine.values import UNKNOWN, Archive, Asset, ResourceReference, Secret

# Pulumi's wire format, identical in all languages: sdk/go/common/resource/properties.go.
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"

EXACT: Final = 2**53
"""Above it, a double does not represent every integer exactly."""


def read(struct: Struct, directory: Path) -> dict[str, Any]:
    """Convert a struct to Python. Assets are hashed; their paths are relative to `directory`.

    Raises:
        DeclarationError: the file of an asset does not exist.
    """
    return {key: _read(value, directory) for key, value in sorted(struct.fields.items())}


def write(values: Mapping[str, Any]) -> Struct:
    """Convert Python values to a struct: the inverse of `read`."""
    struct = Struct()
    for key, value in values.items():
        _write(value, struct.fields[key])
    return struct


def number_of(number: float) -> int | float:
    """Return a number of the wire format, which are doubles: whole ones as an int, if that is exact."""
    return int(number) if number.is_integer() and abs(number) <= EXACT else number


def mark_secret(struct: Struct, keys: Iterable[str]) -> None:
    """Mark properties as secret, in place. A missing property becomes an unknown secret."""
    for key in keys:
        value = struct.fields[key]
        if not _is_marked(value, SECRET):
            inner = Value()
            inner.CopyFrom(value) if value.WhichOneof("kind") else _write(UNKNOWN, inner)
            value.Clear()
            value.struct_value.fields[SIGNATURE].string_value = SECRET
            value.struct_value.fields["value"].CopyFrom(inner)


def with_dependencies(struct: Struct, dependencies: Mapping[str, Iterable[str]]) -> Struct:
    """Return the struct with dependencies as output values, as transforms receive it.

    Nested unknowns and secrets become output values too, so that the SDK passes them as Outputs.
    """
    result = Struct()
    for key, value in struct.fields.items():
        urns = sorted(dependencies.get(key, ()))
        upgraded = _as_output(value)
        if urns:
            if not _is_marked(upgraded, OUTPUT):
                upgraded = _output(upgraded, known=True, secret=False)
            _write(urns, upgraded.struct_value.fields["dependencies"])
        result.fields[key].CopyFrom(upgraded)
    return result


def without_dependencies(struct: Struct) -> tuple[Struct, dict[str, list[str]]]:
    """Return plain properties, and the URNs that each depends on: the inverse of `with_dependencies`."""
    result, dependencies = Struct(), {}
    for key, value in struct.fields.items():
        urns: set[str] = set()
        result.fields[key].CopyFrom(_without_outputs(value, urns))
        dependencies[key] = sorted(urns)
    return result, dependencies


def paths_containing(struct: Struct, text: str) -> list[str]:
    """Return the paths (`tags.Name`, `rules[0].cidr`) of the strings that contain `text`."""
    # Searching the bytes is much faster than walking the struct, and most resources have no match.
    if text.encode() not in struct.SerializeToString():
        return []
    return [path for key, value in sorted(struct.fields.items()) for path in _paths(value, key, text)]


def _read(value: Value, directory: Path) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text == UNKNOWN_TEXT else text
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        return number_of(value.number_value)
    if kind == "list_value":
        return [_read(item, directory) for item in value.list_value.values]
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields:
            return _read_marked(fields, directory)
        return {key: _read(item, directory) for key, item in sorted(fields.items())}
    return None


def _read_marked(fields: Mapping[str, Value], directory: Path) -> Any:
    plain = {key: _read(value, directory) for key, value in fields.items() if key != SIGNATURE}
    signature = fields[SIGNATURE].string_value
    if signature == SECRET:
        value = plain.get("value")
        return value if isinstance(value, Secret) else Secret(value)
    if signature == ASSET:
        return hashed_asset(plain, directory)
    if signature == ARCHIVE:
        return hashed_archive(plain, directory)
    if signature == RESOURCE:
        return ResourceReference(plain["urn"], plain.get("id", ""))
    return {SIGNATURE: signature, **plain}


def _write(python: Any, value: Value) -> None:
    if python is None:
        value.null_value = NULL_VALUE
    elif python is UNKNOWN:
        value.string_value = UNKNOWN_TEXT
    elif isinstance(python, bool):
        value.bool_value = python
    elif isinstance(python, str):
        value.string_value = python
    elif isinstance(python, int | float):
        value.number_value = python
    elif isinstance(python, Mapping):
        value.struct_value.SetInParent()
        for key, item in python.items():
            _write(item, value.struct_value.fields[key])
    elif isinstance(python, list | tuple):
        value.list_value.SetInParent()
        for item in python:
            _write(item, value.list_value.values.add())
    else:
        _write(_marked(python), value)


def _marked(python: object) -> dict[str, Any]:
    match python:
        case Secret(value):
            return {SIGNATURE: SECRET, "value": value}
        case ResourceReference(urn, id):
            return {SIGNATURE: RESOURCE, "urn": urn} | ({} if id == "" else {"id": id})
        case Asset(path, text, uri, digest):
            content = {"path": path} if path else {"uri": uri} if uri else {"text": text}
            return {SIGNATURE: ASSET, "hash": digest, **content}
        case Archive(path, uri, assets, digest):
            source = {"path": path} if path else {"uri": uri} if uri else {"assets": assets}
            return {SIGNATURE: ARCHIVE, "hash": digest, **source}
        case _:
            raise TypeError(f"a property value can't be of type {type(python).__name__}")


def _is_marked(value: Value, signature: str) -> bool:
    fields = value.struct_value.fields if value.WhichOneof("kind") == "struct_value" else {}
    return SIGNATURE in fields and fields[SIGNATURE].string_value == signature


def _output(inner: Value | None, *, known: bool, secret: bool) -> Value:
    result = Value()
    fields = result.struct_value.fields
    fields[SIGNATURE].string_value = OUTPUT
    if known and inner is not None:
        fields["value"].CopyFrom(inner)
    if secret:
        fields["secret"].bool_value = True
    return result


def _as_output(value: Value) -> Value:
    """The value with unknowns and secrets at any depth converted to output values."""
    if value.string_value == UNKNOWN_TEXT:
        return _output(None, known=False, secret=False)
    if _is_marked(value, SECRET):
        inner = value.struct_value.fields["value"]
        known = inner.string_value != UNKNOWN_TEXT
        return _output(_as_output(inner) if known else None, known=known, secret=True)
    return _rebuilt(value, _as_output)


def _without_outputs(value: Value, urns: set[str]) -> Value:
    if not _is_marked(value, OUTPUT):
        return _rebuilt(value, lambda item: _without_outputs(item, urns))
    fields = value.struct_value.fields
    if "dependencies" in fields:
        urns.update(item.string_value for item in fields["dependencies"].list_value.values)
    result = Value()
    if "value" in fields:
        result.CopyFrom(_without_outputs(fields["value"], urns))
    else:
        result.string_value = UNKNOWN_TEXT
    if "secret" in fields and fields["secret"].bool_value:
        secret = Value()
        secret.struct_value.fields[SIGNATURE].string_value = SECRET
        secret.struct_value.fields["value"].CopyFrom(result)
        return secret
    return result


def _rebuilt(value: Value, change: Any) -> Value:
    """The value with `change` applied to its direct items."""
    result = Value()
    match value.WhichOneof("kind"):
        case "struct_value":
            result.struct_value.SetInParent()
            for key, item in value.struct_value.fields.items():
                result.struct_value.fields[key].CopyFrom(change(item))
        case "list_value":
            result.list_value.SetInParent()
            result.list_value.values.extend(change(item) for item in value.list_value.values)
        case _:
            result.CopyFrom(value)
    return result


def _paths(value: Value, path: str, text: str) -> list[str]:
    match value.WhichOneof("kind"):
        case "string_value":
            return [path] if text in value.string_value else []
        case "struct_value":
            fields = value.struct_value.fields
            if SIGNATURE in fields:
                return _paths(fields["value"], path, text) if "value" in fields else []
            return [found for key in sorted(fields) for found in _paths(fields[key], f"{path}.{key}", text)]
        case "list_value":
            items = enumerate(value.list_value.values)
            return [found for index, item in items for found in _paths(item, f"{path}[{index}]", text)]
        case _:
            return []
