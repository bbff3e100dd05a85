"""A Pulumi provider that answers as pulumi-aws and pulumi-kubernetes do, and deploys in memory.

Other than the stand-in, it fills in defaults, generates names and decides which changes replace a resource.
"""

# ruff: noqa: N802 - gRPC's names

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi import _types
from pulumi.runtime.proto import provider_pb2

from platform_components.engine import wire
from platform_components.engine.plan.ignored import with_ignored
from platform_components.engine.urn import name_of, type_of
from platform_components.engine.values import UNKNOWN, Secret, Unknown
from platform_components.providers.aws import AwsProvider
from tests.engine import cloud_facts
from tests.engine.cloud_facts import MARK, deletes_first, digits, outputs_of
from tests.engine.stand_in import (
    StandInProvider,
    as_outputs,
    item_type,
    item_types,
    output_types,
)
from tests.estate.changes import ABSENT, Change, planned, replaces

EXISTING: Final[Mapping[str, Mapping[str, Any]]] = {
    "https://sqs.eu-west-1.amazonaws.com/111122223333/existing": {"name": "existing", "delaySeconds": 5},
    "https://sqs.eu-west-1.amazonaws.com/111122223333/other": {"name": "other", "delaySeconds": 5},
}
"""Resources that no program created, by id: they can be read and imported."""


_AWS: Final = AwsProvider()


class CloudProvider(StandInProvider):
    """Deploys in memory, and previews updates: by inputs, with the replacements of the real providers."""

    def __init__(self) -> None:
        super().__init__()
        self._generated = Counter[str]()

    def Check(self, request: Any, context: Any) -> Any:
        old = _read(request.olds)
        inputs = checked(type_of(request.urn), self._new_name(request.urn, old), _read(request.news), old)
        return provider_pb2.CheckResponse(inputs=wire.write(inputs))

    def Create(self, request: Any, context: Any) -> Any:
        if request.preview:
            answer = super().Create(request, context)
            answer.properties.fields.pop(MARK, None)
            return answer
        outputs = outputs_of(request.urn, _read(request.properties))
        id_ = str(outputs.pop("id"))
        return provider_pb2.CreateResponse(id=id_, properties=_outputs(request.urn, outputs))

    def Diff(self, request: Any, context: Any) -> Any:
        type_ = type_of(request.urn)
        old, new = _read(request.old_inputs), _read(request.news)
        new = dict(with_ignored(request.ignoreChanges, old, new))
        found = list(differences(type_, old, new))
        response = provider_pb2.DiffResponse
        replacing = [change.path for change in found if replaces(type_, change)]
        is_object = type_.startswith("kubernetes:")
        return response(
            changes=response.DIFF_SOME if found else response.DIFF_NONE,
            # pulumi-kubernetes leaves them out, and names paths where a bridge names properties.
            diffs=[] if is_object else sorted({top_level(change.path) for change in found}),
            replaces=sorted(path if is_object else top_level(path) for path in replacing),
            detailedDiff={change.path: _property_diff(change, change.path in replacing) for change in found},
            hasDetailedDiff=True,
            deleteBeforeReplace=bool(replacing) and deletes_first(type_, old, new),
        )

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return self.Diff(request, context)

    def Update(self, request: Any, context: Any) -> Any:
        old, new = _read(request.old_inputs), _read(request.news)
        outputs = planned(type_of(request.urn), _read(request.olds), old, new)
        return provider_pb2.UpdateResponse(properties=_outputs(request.urn, outputs))

    def Read(self, request: Any, context: Any) -> Any:
        if request.id not in EXISTING:
            context.abort(grpc.StatusCode.NOT_FOUND, f"{request.id} does not exist")
        existing = EXISTING[request.id]
        outputs = outputs_of(request.urn, existing)
        outputs.pop("id")
        inputs = {**existing, MARK: []}
        return provider_pb2.ReadResponse(
            id=request.id, inputs=wire.write(inputs), properties=_outputs(request.urn, outputs)
        )

    def Delete(self, request: Any, context: Any) -> Any:
        return Empty()

    def _new_name(self, urn: str, old: Mapping[str, Any]) -> str:
        """A name that is new for each resource that is created under the URN."""
        number = self._generated[urn]
        if not old:
            self._generated[urn] += 1
        return f"{name_of(urn)}-{digits(f'{urn} {number}' if number else urn, 7)}"


def checked(
    type_: str, name: str | Unknown, given: Mapping[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what Check returns: values with the types of the schema, names, defaults and their marks."""
    typed = _read(as_outputs(type_, wire.write(given)))
    marked = typed
    if type_.startswith("aws:"):
        types = output_types(type_)
        marked = {key: _marked(value, types.get(key, Any)) for key, value in typed.items()}
    return cloud_facts.checked(type_, name, marked, old)


def differences(type_: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """The values that differ between the checked inputs of a resource, other than defaults that are new."""
    return _object_differences("", old, new, _AWS.sets(type_))


def top_level(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _object_differences(
    path: str, old: Mapping[str, Any], new: Mapping[str, Any], sets: Container[str]
) -> Iterator[Change]:
    if wire.SIGNATURE in new:  # an asset, of which a state may have only the hash
        if old.get("hash") != new["hash"]:
            yield Change(path, old, new)
        return
    added = set(new.get(MARK, ())) - old.keys()
    for key in sorted({*old, *new} - {MARK, *added}):
        inner = f"{path}.{key}" if path else key
        yield from _differences(inner, old.get(key), new.get(key), sets)


def _differences(path: str, old: Any, new: Any, sets: Container[str]) -> Iterator[Change]:
    old, new = _plain(old), _plain(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _object_differences(path, old, new, sets)
    elif isinstance(old, list) and isinstance(new, list):
        if path in sets:
            old, new = sorted(old, key=_json), sorted(new, key=_json)
        for index in range(max(len(old), len(new))):
            was, now = (each[index] if index < len(each) else None for each in (old, new))
            yield from _differences(f"{path}[{index}]", was, now, sets)
    elif old != new:
        yield Change(path, ABSENT if old is None else old, ABSENT if new is None else new)


def _plain(value: Any) -> Any:
    """The value without the mark of a secret; empty collections are like missing ones."""
    value = value.value if isinstance(value, Secret) else value
    return None if value == [] or (isinstance(value, Mapping) and not value.keys() - {MARK}) else value


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def _property_diff(change: Change, is_replacing: bool) -> Any:
    kind = "ADD" if change.old is ABSENT else "DELETE" if change.new is ABSENT else "UPDATE"
    name = f"{kind}_REPLACE" if is_replacing else kind
    return provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(name), inputDiff=True)


def _marked(value: Any, type_: Any) -> Any:
    """The value with an empty list of defaults in each object that has a schema."""
    type_ = _types.unwrap_optional_type(type_)
    if isinstance(value, Mapping):
        types = item_types(type_, value)
        items = {key: _marked(item, types.get(key, Any)) for key, item in value.items()}
        has_schema = isinstance(type_, type) and _types.is_output_type(type_)
        return {**items, MARK: []} if has_schema else items
    if isinstance(value, list):
        return [_marked(item, item_type(type_)) for item in value]
    return value


def _read(struct: Any) -> dict[str, Any]:
    """Convert a struct to Python. Assets stay as they are: their content is not needed."""
    return {key: _value(value) for key, value in struct.fields.items()}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return [_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        fields = value.struct_value.fields
        if wire.SIGNATURE not in fields:
            return _read(value.struct_value)
        if fields[wire.SIGNATURE].string_value == wire.SECRET:
            return Secret(_value(fields["value"]))
        return MessageToDict(value.struct_value)
    if kind == "number_value" and value.number_value.is_integer():
        return int(value.number_value)
    if kind == "string_value" and value.string_value == wire.UNKNOWN_TEXT:
        return UNKNOWN
    return getattr(value, kind) if kind and kind != "null_value" else None


def _outputs(urn: str, outputs: Mapping[str, Any]) -> Any:
    return as_outputs(type_of(urn), wire.write(_unmarked(outputs)))


def _unmarked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _unmarked(item) for key, item in value.items() if key != MARK}
    return [_unmarked(item) for item in value] if isinstance(value, list) else value
