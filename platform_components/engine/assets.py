"""Hashes of assets and archives, identical to those that Pulumi's engine uses to detect changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from platform_components.engine.archive_members import Member, is_archive_file, location, members, opened
from platform_components.engine.errors import DeclarationError
from platform_components.engine.tar_format import BLOCK, END, MAX_SIZE, header
from platform_components.engine.values import Archive, Asset


def hashed_asset(plain: Mapping[str, Any], directory: Path) -> Asset:
    """Return the asset with these fields and its hash, or without one if it is at an http(s) URI.

    Raises:
        DeclarationError: it is empty, or its file, relative to `directory`, can't be read.
    """
    asset = Asset(plain.get("path", ""), plain.get("text", ""), plain.get("uri", ""), plain.get("hash", ""))
    if not (asset.path or asset.text or asset.uri):
        # Pulumi's engine omits fields that are empty, and the SDK rejects an asset without a field.
        raise DeclarationError(
            "an asset is empty, which Pulumi does not support in Python",
            remedy="give a StringAsset a text, and a FileAsset or RemoteAsset a location",
        )
    if asset.uri and not location(asset, directory):
        return asset
    with opened(asset, directory) as (_, content):
        return Asset(asset.path, asset.text, asset.uri, _sha256(content))


def hashed_archive(plain: Mapping[str, Any], directory: Path) -> Archive:
    """Return the archive with these fields and its hash, or without one if a part is at an http(s) URI.

    The hash is that of an archive file's bytes, or of a tar file with the members of a directory or mapping.

    Raises:
        DeclarationError: a file, relative to `directory`, can't be read, or its format is not supported.
    """
    archive = Archive(
        plain.get("path", ""), plain.get("uri", ""), plain.get("assets", {}), plain.get("hash", "")
    )
    if _is_remote(archive, directory):
        return archive
    if is_archive_file(archive, directory):
        with opened(archive, directory) as (_, content):
            digest = _sha256(content)
    else:
        digest = _sha256(_tar_file(members(archive, directory)))
    return Archive(archive.path, archive.uri, archive.assets, digest)


def _is_remote(item: Asset | Archive, directory: Path) -> bool:
    """Whether any part is at an http(s) URI, which is not fetched."""
    if item.uri and not location(item, directory):
        return True
    return isinstance(item, Archive) and any(_is_remote(part, directory) for part in item.assets.values())


def _tar_file(contained: Iterator[Member]) -> Iterator[bytes]:
    names = set()
    for member in contained:
        if member.name in names:
            continue
        names.add(member.name)
        if b"\0" in member.name or (member.name.endswith(b"/") and member.size) or member.size > MAX_SIZE:
            raise DeclarationError(
                f'"{member.name.decode(errors="replace")}" can\'t be a file in an archive',
                remedy='it must have a name without a "/" at its end and without NUL, and less than 8 GiB',
            )
        yield header(member.name, member.size)
        read = 0
        for chunk in member.content:
            read += len(chunk)
            yield chunk
        if read != member.size:
            raise DeclarationError(
                f'"{member.name.decode(errors="replace")}" changed while it was read', remedy="try again"
            )
        yield bytes(-read % BLOCK)
    yield END


def _sha256(content: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in content:
        digest.update(chunk)
    return digest.hexdigest()
