"""Property values of a state: JSON with the signatures of Pulumi's special values.

As DeserializePropertyValue does (pulumi/pulumi, pkg/resource/stack/deployment.go).
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Mapping
from typing import Any, Final

from platform_components.engine import wire
from platform_components.engine.state.fields import Fields, InvalidState, quoted, well_formed
from platform_components.engine.state.sealed import Unseal
from platform_components.engine.values import UNKNOWN, Archive, Asset, ResourceReference, Secret

MOST_LEVELS: Final = 200
"""Levels of a property value. Definitions of Kubernetes resources have some 50."""


# Only in states: JSON has neither infinity and NaN nor bytes.
_FLOAT: Final = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
_BYTES: Final = "803fd3297a5875dc03ca845dda5d2a98"


class Properties:
    """Reads the property values of one state."""

    def __init__(self, unseal: Unseal) -> None:
        self._unseal = unseal
        self._place: tuple[Fields, str, str] | None = None  # of the property that is read

    def mapping(self, fields: Fields, name: str) -> dict[str, Any]:
        """Return the properties in a field; none if it is missing.

        Raises:
            InvalidState: a value is invalid.
        """
        read = {}
        for key, value in fields.mapping(name).items():
            self._place = fields, name, key
            try:
                read[well_formed(key)] = self._value(value, 0)
            except InvalidState as error:
                raise error.within(self._path()) from None
        return read

    def value(self, fields: Fields, name: str) -> Any:
        """Return the value in a field.

        Raises:
            InvalidState: the value is invalid.
        """
        self._place = fields, name, ""
        try:
            return self._value(fields.value(name), 0)
        except InvalidState as error:
            raise error.within(self._path()) from None

    def _path(self) -> str:
        assert self._place is not None  # a property is being read
        fields, name, key = self._place
        return f"{fields.at(name)}.{quoted(key)[1:-1]}" if key else fields.at(name)

    def _value(self, value: Any, level: int) -> Any:
        # States have millions of values: the order is that of their frequency.
        kind = type(value)
        if kind is str:
            if value.isascii():
                return UNKNOWN if value == wire.UNKNOWN_TEXT else value
            return well_formed(value)
        if kind is dict:
            if level == MOST_LEVELS:
                raise _too_deep()
            if wire.SIGNATURE in value:
                return self._special(value, level + 1)
            return {
                key if key.isascii() else well_formed(key): self._value(item, level + 1)
                for key, item in value.items()
            }
        if kind is list:
            if level == MOST_LEVELS:
                raise _too_deep()
            return [self._value(item, level + 1) for item in value]
        if kind is float or (kind is int and not -wire.EXACT <= value <= wire.EXACT):
            return _number(value)
        return value

    def _special(self, value: Mapping[str, Any], level: int) -> Any:
        fields, signature = Fields(value, ""), value[wire.SIGNATURE]
        if signature == wire.SECRET:
            return self._secret(value, fields)
        if signature == wire.ASSET:
            return Asset(fields.text("path"), fields.text("text"), fields.text("uri"), fields.text("hash"))
        if signature == wire.ARCHIVE:
            assets = self._members(fields, level)
            return Archive(fields.text("path"), fields.text("uri"), assets, fields.text("hash"))
        if signature == wire.RESOURCE:
            return _reference(fields)
        if signature == _FLOAT:
            return _float(fields)
        if signature == _BYTES:
            return _bytes(fields)
        raise InvalidState("", "has an unknown kind of value", "update platform-components")

    def _secret(self, value: Mapping[str, Any], fields: Fields) -> Secret:
        forms = [name for name in ("ciphertext", "plaintext") if fields.text(name)]
        if len(forms) > 1:
            raise InvalidState("", "must be a secret with either ciphertext or plaintext")
        return self._unseal(value, self._path())

    def _members(self, fields: Fields, level: int) -> dict[str, Asset | Archive]:
        members = {}
        for name, item in fields.mapping("assets").items():
            member = self._value(item, level + 1)
            if not isinstance(member, Asset | Archive):
                raise InvalidState("", f"must contain only assets; {quoted(name)} is not one")
            members[well_formed(name)] = member
        return members


def _too_deep() -> InvalidState:
    return InvalidState("", f"is nested more than {MOST_LEVELS} levels deep")


def _number(number: float) -> int | float:
    """A number as in the wire format, where all numbers are doubles."""
    try:
        double = float(number)
    except OverflowError:
        double = math.inf
    if not math.isfinite(double):
        raise InvalidState("", "has a number that is too large")
    return wire.number_of(double)


def _reference(fields: Fields) -> ResourceReference:
    id_ = fields.value("id")
    # Some versions wrote the ID as an object; an unknown one as an object in it.
    if isinstance(id_, dict):
        id_ = id_.get("V")
        id_ = UNKNOWN if isinstance(id_, dict) else id_
    if id_ is not None and id_ is not UNKNOWN and not isinstance(id_, str):
        raise InvalidState("", "must be a reference whose id is a string")
    return ResourceReference(fields.urn("urn"), "" if id_ is None else id_)


def _float(fields: Fields) -> float:
    try:
        (number,) = struct.unpack(">d", bytes.fromhex(fields.text("value").zfill(16)))
    except (ValueError, struct.error):
        raise InvalidState("", "must be a number as 16 hexadecimal digits") from None
    return float(number)


def _bytes(fields: Fields) -> str:
    """A string of bytes that are not UTF-8. Programs can't have one; U+FFFD replaces these bytes."""
    try:
        return base64.b64decode(fields.text("value"), validate=True).decode(errors="replace")
    except binascii.Error:
        raise InvalidState("", "must be a string of bytes in base64") from None
