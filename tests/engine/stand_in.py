"""A Pulumi provider that answers as a provider of a cloud does: with outputs of the SDK's types.

Other than an echo provider, it stores a policy document that is passed as an object as JSON text, as
pulumi-terraform-bridge's TransformJSONDocument does, and converts numbers and booleans to the output's type.
"""

# ruff: noqa: N802 - gRPC's names

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct, Value
from pulumi import _types
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from platform_components.engine.urn import type_of
from platform_components.engine.wire import SECRET, SIGNATURE, UNKNOWN_TEXT
from tests.engine.echo_provider import EchoProvider

Function = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]
"""Returns the result of a function for a token and arguments, or None if it has none."""


def no_functions(token: str, arguments: Mapping[str, Any]) -> None:
    """Answer no call."""


class StandInProvider(EchoProvider):
    """Checks inputs and returns outputs as the types of the Python SDK say; serves any package."""

    def __init__(self, functions: Function = no_functions) -> None:
        self._functions = functions

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=with_documents(type_of(request.urn), request.news))

    def Create(self, request: Any, context: Any) -> Any:
        """Return all outputs; those that are not inputs, and those of another shape, are unknown."""
        types = output_types(type_of(request.urn))
        properties = as_outputs(type_of(request.urn), request.properties)
        if request.preview:
            for name in types.keys() - properties.fields.keys():
                properties.fields[name].string_value = UNKNOWN_TEXT
        return provider_pb2.CreateResponse(id="" if request.preview else "stand-in", properties=properties)

    def Invoke(self, request: Any, context: Any) -> Any:
        result = self._functions(request.tok, MessageToDict(request.args))
        if result is None:
            context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"no result for {request.tok} {json.dumps(MessageToDict(request.args))}",
            )
        answer: dict[str, Any] = {"return": ParseDict(result, Struct())}
        return provider_pb2.InvokeResponse(**answer)

    def Construct(self, request: Any, context: Any) -> Any:
        """Register a remote component without children; its outputs are unknown."""
        with grpc.insecure_channel(request.monitorEndpoint) as channel:
            monitor = resource_pb2_grpc.ResourceMonitorStub(channel)
            component = monitor.RegisterResource(
                resource_pb2.RegisterResourceRequest(
                    type=request.type,
                    name=request.name,
                    parent=request.parent,
                    object=request.inputs,
                    dependencies=request.dependencies,
                )
            )
        return provider_pb2.ConstructResponse(urn=component.urn)


def with_documents(type_: str, inputs: Struct) -> Struct:
    """The inputs of a resource with documents as JSON text."""
    return _each(inputs, output_types(type_), _document)


def as_outputs(type_: str, values: Struct) -> Struct:
    """The values with the types of the outputs of a resource."""
    return _each(values, output_types(type_), _converted)


Convert = Callable[[Value, Any], Value]


def _each(struct: Struct, types: Mapping[str, Any], convert: Convert) -> Struct:
    """The struct with each property converted to its type."""
    result = Struct()
    for key, value in struct.fields.items():
        result.fields[key].CopyFrom(_deep(value, types.get(key, Any), convert))
    return result


def _deep(value: Value, type_: Any, convert: Convert) -> Value:
    """The value with `convert` applied to its scalars, and where a text is expected to structures."""
    type_ = _types.unwrap_optional_type(type_)
    if get_origin(type_) is Union or value.string_value == UNKNOWN_TEXT:
        return value
    kind = value.WhichOneof("kind")
    if kind == "struct_value" and SIGNATURE in value.struct_value.fields:
        return _in_secret(value, type_, convert)
    if convert is _converted and not _fits(kind, type_):
        return Value(string_value=UNKNOWN_TEXT)
    if kind == "struct_value" and type_ is not str:
        result = Value()
        fields = value.struct_value.fields
        result.struct_value.CopyFrom(_each(value.struct_value, item_types(type_, fields), convert))
        return result
    if kind == "list_value" and type_ is not str:
        item = item_type(type_)
        result = Value()
        result.list_value.SetInParent()
        result.list_value.values.extend(_deep(each, item, convert) for each in value.list_value.values)
        return result
    return convert(value, type_)


def _fits(kind: str | None, type_: Any) -> bool:
    """Whether a structure can be a value of the type."""
    origin = get_origin(type_) or type_
    if not isinstance(origin, type) or origin is str or type_ is Any:
        return True
    if kind == "list_value":
        return issubclass(origin, Sequence)
    return kind != "struct_value" or issubclass(origin, Mapping) or _types.is_output_type(origin)


def _in_secret(value: Value, type_: Any, convert: Convert) -> Value:
    fields = value.struct_value.fields
    if fields[SIGNATURE].string_value != SECRET:
        return value
    result = Value()
    result.CopyFrom(value)
    result.struct_value.fields["value"].CopyFrom(_deep(fields["value"], type_, convert))
    return result


def item_type(type_: Any) -> Any:
    """The type of the items of a list."""
    return next(iter(get_args(type_)), Any)


def item_types(type_: Any, fields: Any) -> Mapping[str, Any]:
    """The types of the fields of an object."""
    if isinstance(type_, type) and _types.is_output_type(type_):
        return _types.output_type_types(type_)
    arguments = get_args(type_)
    return dict.fromkeys(fields, arguments[1]) if len(arguments) == 2 else {}


def _document(value: Value, type_: Any) -> Value:
    """A structure for a text, as JSON text: unknown if any part is; other values as they are."""
    kind = value.WhichOneof("kind")
    if type_ is not str or kind not in ("struct_value", "list_value"):
        return value
    text = json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Value(string_value=UNKNOWN_TEXT if UNKNOWN_TEXT in text else text)


def _plain(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return {key: _plain(item) for key, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return getattr(value, kind) if kind and kind != "null_value" else None


def _converted(value: Value, type_: Any) -> Value:
    """The value as an output: a text for a number, a number for a text and so on."""
    kind = value.WhichOneof("kind")
    if type_ is str and kind == "number_value":
        return Value(string_value=f"{value.number_value:g}")
    if type_ is str and kind == "bool_value":
        return Value(string_value=str(value.bool_value).lower())
    if type_ in (int, float) and kind == "string_value":
        return Value(number_value=float(value.string_value))
    if type_ is bool and kind == "string_value":
        return Value(bool_value=value.string_value == "true")
    return _document(value, type_)


@cache
def output_types(token: str) -> Mapping[str, Any]:
    """The types of a resource's outputs, by name, from its class in the Python SDK; empty without one."""
    package = token.partition(":")[0]
    place = _classes(package).get(token)
    if place is None:
        return {}
    module, name = place
    return _types.resource_types(getattr(importlib.import_module(module), name))


@cache
def _classes(package: str) -> Mapping[str, tuple[str, str]]:
    """The module and class of each type token of a package, from the SDK's own registration."""
    spec = importlib.util.find_spec(f"pulumi_{package.replace('-', '_')}")
    if spec is None or spec.origin is None:
        return {}
    source = Path(spec.origin).read_text(encoding="utf-8")
    found = re.search(r'resource_modules=("""\n?.*?""")', source, re.DOTALL)
    modules = json.loads(ast.literal_eval(found[1])) if found else []
    return {token: (module["fqn"], name) for module in modules for token, name in module["classes"].items()}
