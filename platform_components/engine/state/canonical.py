"""Property values as text: complete ones, equal for values that Pulumi treats as equal, and their parts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from platform_components.engine import wire
from platform_components.engine.state.sealed import Sealed
from platform_components.engine.values import UNKNOWN, Archive, Asset, ResourceReference, Secret


def canonical(value: Any) -> str:
    """Return a value as text, to compare or hash it. Secrets in it are not encrypted.

    As PropertyValue.DeepEquals (pulumi/pulumi, sdk/go/common/resource/properties_diff.go): all numbers are
    doubles, a key without a value is the same as none, and assets are compared by their hash.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))


def scalars(value: Any) -> Iterator[str]:
    """Yield the strings and numbers in a value, as text."""
    if isinstance(value, Secret):
        yield from scalars(value.value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from scalars(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from scalars(item)
    elif isinstance(value, Archive):
        yield from (value.hash,) if value.hash else scalars(value.assets)
    elif isinstance(value, Asset):
        yield value.text or value.hash
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield canonical(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return _plain(value.value)
    if isinstance(value, Sealed):
        return _plain(value.reveal())
    if isinstance(value, float):
        return wire.number_of(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is UNKNOWN:
        return {wire.SIGNATURE: wire.UNKNOWN_TEXT}
    if isinstance(value, Asset):
        content = {"hash": value.hash} if value.hash else {"uri": value.uri, "text": value.text}
        return {wire.SIGNATURE: wire.ASSET, **content}
    if isinstance(value, Archive):
        members = {"hash": value.hash} if value.hash else {"uri": value.uri, "assets": _plain(value.assets)}
        return {wire.SIGNATURE: wire.ARCHIVE, **members}
    if isinstance(value, ResourceReference):
        return {wire.SIGNATURE: wire.RESOURCE, "urn": value.urn, "id": _plain(value.id)}
    return value
