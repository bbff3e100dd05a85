"""What a property's value can be, beyond plain Python data: unknown, secret, an asset, a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from platform_components.base.markers import UNKNOWN, Secret, Unknown

__all__ = [
    "UNKNOWN",
    "Archive",
    "Asset",
    "ResourceReference",
    "Secret",
    "Unknown",
    "has_secret",
    "is_unknown",
    "without_secrets",
]


@dataclass(frozen=True)
class Asset:
    """A file given to a resource: by `path`, as `text`, or at a `uri`."""

    path: str = ""
    text: str = ""
    uri: str = ""
    hash: str = ""
    """SHA-256 of the content, in hex; empty for one at a `uri`, which is never fetched."""


@dataclass(frozen=True)
class Archive:
    """Files given to a resource as one: a directory or an archive file, one at a `uri`, or by name."""

    path: str = ""
    uri: str = ""
    assets: Mapping[str, Asset | Archive] = field(default_factory=dict)
    hash: str = ""
    """SHA-256 in hex: of an archive file's bytes, else of the names and hashes of what it holds."""


@dataclass(frozen=True)
class ResourceReference:
    """A resource as a value of another's property."""

    urn: str
    id: Any = ""
    """UNKNOWN until the resource exists; empty for a component."""


def is_unknown(value: object) -> bool:
    """Whether any part of the value is unknown."""
    if isinstance(value, Mapping):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(is_unknown(item) for item in value)
    if isinstance(value, Secret):
        return is_unknown(value.value)
    return value is UNKNOWN or (isinstance(value, ResourceReference) and value.id is UNKNOWN)


def has_secret(value: object) -> bool:
    """Whether any part of the value is secret."""
    if isinstance(value, Mapping):
        return any(has_secret(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_secret(item) for item in value)
    return isinstance(value, Secret)


def without_secrets(value: Any) -> Any:
    """The value as JSON data that anyone may read: `[secret]` and `[unknown]` stand for what they hide."""
    if isinstance(value, Mapping):
        return {str(key): without_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    if isinstance(value, Secret):
        return "[secret]"
    if value is UNKNOWN:
        return "[unknown]"
    if isinstance(value, Asset | Archive):
        shown = {"path": value.path, "uri": value.uri, "hash": value.hash}
        if isinstance(value, Archive) and value.assets:
            shown |= {"assets": without_secrets(value.assets)}
        return {"asset" if isinstance(value, Asset) else "archive": {k: v for k, v in shown.items() if v}}
    if isinstance(value, ResourceReference):
        return {"resource": value.urn}
    return value
