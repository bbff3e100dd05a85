"""Inputs as pulumi-terraform-bridge checks them: the program's, plus what Check adds to the old ones.

Sources in pulumi-terraform-bridge: Check in pkg/tfbridge/provider.go, applyDefaults, makeTerraformInput and
MakeTerraformOutput in pkg/tfbridge/schema.go.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from platform_components.engine.state.sealed import Sealed
from platform_components.engine.values import UNKNOWN, ResourceReference, Secret, is_unknown
from platform_components.providers.documents import equal_documents, go_json, looks_like_document

DEFAULTS: Final = "__defaults"
"""Key in which the bridge lists the properties of an object that it added."""

_META: Final = "__meta"
"""Key in which the bridge stores the version of a schema."""

_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})
"""What Go's strconv.ParseBool accepts."""

_ABSENT: Final = object()


@dataclass
class CheckedInputs:
    """One check of the inputs of a resource."""

    sets: Container[str] = ()
    """Paths of the lists that Terraform declares as sets."""
    documents: Container[str] = ()
    """Paths of the texts that are JSON documents."""
    undecided: set[str] = field(default_factory=set)
    """Top-level properties that are equal to the old ones only if their order or formatting is irrelevant."""
    _literal: bool = False

    def check(self, given: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
        """Return what Check returns for the inputs of the program, with the defaults of the old ones."""
        checked = self._object("", given, old)
        # What differs anyway is decided.
        self.undecided = {key for key in self.undecided if checked[key] == old[key]}
        if self.undecided:
            self._literal = True
            checked.update({key: self._value(key, given[key], old[key]) for key in self.undecided})
        if _META in old:
            checked[_META] = old[_META]
        return checked

    def _object(self, path: str, given: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in given.items():
            if value is None or key == DEFAULTS:
                continue
            before = old.get(key, _ABSENT)
            if before is _ABSENT or value == before:
                result[key] = without_nulls(value)
            elif (checked := self._value(f"{path}.{key}" if path else key, value, before)) is not None:
                result[key] = checked
        if (defaults := old.get(DEFAULTS)) is not None:
            kept = [
                key for key in defaults if key in old and key not in result and f"{key}Prefix" not in result
            ]
            result.update({key: old[key] for key in kept})
            result[DEFAULTS] = kept
        return result

    def _value(self, path: str, given: Any, old: Any) -> Any:
        if isinstance(old, Secret):
            return Secret(self._value(path, unmarked_value(given), old.value))
        if isinstance(given, Secret):
            return Secret(self._value(path, given.value, old))
        if isinstance(given, Mapping):
            return self._of_object(path, given, old)
        if isinstance(given, list):
            return self._of_list(path, given, old)
        if isinstance(old, list):
            # makeTerraformInput accepts one value for a list of values
            return self._list(path, [given], old)
        return self._scalar(path, given, old)

    def _of_object(self, path: str, given: Mapping[str, Any], old: Any) -> Any:
        if isinstance(old, Mapping):
            return self._object(path, given, old)
        if isinstance(old, list):
            return self._list(path, [given], old)
        if path in self.documents or (isinstance(old, str) and looks_like_document(old)):
            return self._document(path, given, old)
        return without_nulls(given)

    def _of_list(self, path: str, given: list[Any], old: Any) -> Any:
        if isinstance(old, list):
            return self._list(path, given, old)
        if isinstance(old, str) and looks_like_document(old):
            return self._document(path, given, old)
        if isinstance(old, Sealed) or len(given) > 1:
            return without_nulls(given)
        # a list with at most one item (MaxItems of 1) is a single value in Pulumi
        return self._value(path, given[0], old) if given else None

    def _document(self, path: str, given: Any, old: Any) -> Any:
        """Return the text of a document that the program gives as data."""
        if is_unknown(given):
            return UNKNOWN
        text = go_json(unmarked_value(given))
        text = old if isinstance(old, str) and equal_documents(text, old) else text
        return text if unmarked_value(given) == given else Secret(text)

    def _scalar(self, path: str, given: Any, old: Any) -> Any:
        if isinstance(given, ResourceReference) and isinstance(old, str):
            return given.urn if given.id == "" else given.id  # the provider accepts no references
        if not isinstance(given, str) or not isinstance(old, str):
            return coerced(given, old)
        if not equal_documents(given, old):
            return given
        return old if path in self.documents else self._doubtful(path, given, old)

    def _list(self, path: str, given: list[Any], old: list[Any]) -> list[Any]:
        if path in self.sets:
            return self._set(path, given, old)
        items = [
            self._value(path, item, old[index]) if index < len(old) else without_nulls(item)
            for index, item in enumerate(given)
        ]
        if items == old or len(items) != len(old):
            return items
        return self._doubtful(path, items, old) if self._set(path, given, old) == old else items

    def _set(self, path: str, given: list[Any], old: list[Any]) -> list[Any]:
        """Return the items in the order of the old ones that they equal; the others replace the rest."""
        places: list[Any] = [_ABSENT] * len(old)
        others = []
        for item in given:
            for index, before in enumerate(old):
                if places[index] is _ABSENT and self._value(path, item, before) == before:
                    places[index] = before
                    break
            else:
                others.append(item)
        rest = iter(others)
        for index, before in enumerate(old):
            if places[index] is _ABSENT and (item := next(rest, _ABSENT)) is not _ABSENT:
                places[index] = self._value(path, item, before)
        return [item for item in places if item is not _ABSENT] + [without_nulls(item) for item in rest]

    def _doubtful(self, path: str, given: Any, old: Any) -> Any:
        """Return the old value, and the program's for the properties in which nothing else differs."""
        self.undecided.add(path.partition(".")[0])
        return given if self._literal else old


def coerced(given: Any, old: Any) -> Any:
    """Return a number, a boolean or a text as the type in the schema, which is that of the old value.

    `80` is `"80"` for a text, and `"80"` is 80 for a number; a text that is not a number stays as it is.
    """
    if isinstance(old, str):
        if isinstance(given, bool):
            return "true" if given else "false"
        return go_number(given) if isinstance(given, int | float) else given
    if not isinstance(given, str):
        return given
    if isinstance(old, bool):
        return True if given in _TRUE else False if given in _FALSE else given
    if isinstance(old, int | float):
        return _number(given)
    return given


def go_number(value: float) -> str:
    """Return a number as Go's strconv.FormatFloat(value, 'f', -1, 64) writes it: without an exponent."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return f"{value:.17f}".rstrip("0") if "e" in repr(value) else repr(value)


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def unmarked_value(value: Any) -> Any:
    """Return a value without the marks of secrets; what is not decrypted stays sealed."""
    if isinstance(value, Secret):
        return unmarked_value(value.value)
    if isinstance(value, Mapping):
        return {key: unmarked_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unmarked_value(item) for item in value]
    return value


def without_nulls(value: Any) -> Any:
    """Return a value without null properties, which Check drops at every level (SkipNulls)."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
