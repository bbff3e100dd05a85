"""Property values other than plain Python data: unknowns, secrets, assets, archives and references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from platform_components.base.markers import MARK, UNKNOWN, Secret, Unknown

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
    """A file as a property value: by `path`, as `text`, or at a `uri`."""

    path: str = ""
    text: str = ""
    uri: str = ""
    hash: str = ""
    """SHA-256 of the content, in hexadecimal. Empty for a `uri`, which is never fetched."""


@dataclass(frozen=True)
class Archive:
    """Several files as a property value: a directory or archive file, a `uri`, or `assets` by name."""

    path: str = ""
    uri: str = ""
    assets: Mapping[str, Asset | Archive] = field(default_factory=dict)
    hash: str = ""
    """SHA-256 in hexadecimal: of an archive file's bytes, otherwise of a tar file with its members."""


@dataclass(frozen=True)
class ResourceReference:
    """A reference to a resource as a property value."""

    urn: str
    id: Any = ""
    """ID of the resource. UNKNOWN until it is created; empty for a component."""


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
    """Return the value as JSON data, with `[secret]` and `[unknown]` in place of secrets and unknowns."""
    if isinstance(value, Mapping):
        return {str(key): without_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    if isinstance(value, Secret):
        return MARK
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
