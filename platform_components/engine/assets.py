"""Hashes of assets and archives, identical to those that Pulumi's engine uses to detect changes."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from platform_components.engine.errors import DeclarationError
from platform_components.engine.values import Archive, Asset

_ARCHIVE_FILES = (".tar", ".tgz", ".tar.gz", ".zip", ".jar")
_BOOKKEEPING = ".pulumi"  # a directory that Pulumi uses and excludes


def hashed_asset(plain: Mapping[str, Any], directory: Path) -> Asset:
    """Return the asset with these fields and its hash.

    Raises:
        DeclarationError: its file, relative to `directory`, can't be read.
    """
    asset = Asset(plain.get("path", ""), plain.get("text", ""), plain.get("uri", ""))
    digest = plain.get("hash", "") if asset.uri else hashlib.sha256(_content(asset, directory)).hexdigest()
    return Asset(asset.path, asset.text, asset.uri, digest)


def hashed_archive(plain: Mapping[str, Any], directory: Path) -> Archive:
    """Return the archive with these fields and its hash.

    Raises:
        DeclarationError: a file, relative to `directory`, can't be read, or its format is not supported.
    """
    archive = Archive(plain.get("path", ""), plain.get("uri", ""), plain.get("assets", {}))
    digest = plain.get("hash", "") if _is_remote(archive) else _digest(archive, directory)
    return Archive(archive.path, archive.uri, archive.assets, digest)


def _is_remote(item: Asset | Archive) -> bool:
    """Whether any part has a URI, which is never fetched."""
    return bool(item.uri) or (isinstance(item, Archive) and any(map(_is_remote, item.assets.values())))


def _digest(archive: Archive, directory: Path) -> str:
    """The hash of an archive file's bytes, or of a tar file with the members of a directory or mapping."""
    if archive.path and not (directory / archive.path).is_dir():
        if not archive.path.endswith(_ARCHIVE_FILES):
            raise DeclarationError(
                f'archive "{archive.path}" is neither a directory nor a supported archive file',
                remedy=f"supported are {', '.join(_ARCHIVE_FILES)}",
            )
        return hashlib.sha256(_read(archive.path, directory, "archive")).hexdigest()
    digest = hashlib.sha256()
    seen = set()
    for name, content in _members(archive, directory):
        if name not in seen:
            seen.add(name)
            digest.update(_tar_header(name, len(content)))
            digest.update(content + bytes(-len(content) % tarfile.BLOCKSIZE))
    digest.update(bytes(2 * tarfile.BLOCKSIZE))
    return digest.hexdigest()


def _members(archive: Archive, directory: Path) -> Iterator[tuple[str, bytes]]:
    if archive.path:
        root = directory / archive.path
        if not root.is_dir():
            raise DeclarationError(f'archive "{archive.path}" inside another archive must be a directory')
        for path in sorted(root.rglob("*"), key=lambda path: path.relative_to(root).parts):
            inside = path.relative_to(root)
            if path.is_file() and _BOOKKEEPING not in inside.parts:
                yield inside.as_posix(), path.read_bytes()
    for name, item in sorted(archive.assets.items()):
        if isinstance(item, Asset):
            yield name, _content(item, directory)
        else:
            for inner, content in _members(item, directory):
                yield f"{name}/{inner}", content


def _tar_header(name: str, size: int) -> bytes:
    """A tar header as written by Go, which sets device numbers that Python leaves empty."""
    info = tarfile.TarInfo(name)
    info.mode, info.size = 0o600, size
    header = bytearray(info.tobuf(tarfile.PAX_FORMAT, "utf-8"))
    last = len(header) - tarfile.BLOCKSIZE  # a long name adds headers before it
    header[last + 329 : last + 345] = b"0000000\0" * 2
    header[last + 148 : last + 156] = b" " * 8
    header[last + 148 : last + 156] = b"%06o\0 " % sum(header[last:])
    return bytes(header)


def _content(asset: Asset, directory: Path) -> bytes:
    return _read(asset.path, directory, "asset") if asset.path else asset.text.encode()


def _read(path: str, directory: Path, what: str) -> bytes:
    try:
        return (directory / path).read_bytes()
    except OSError as error:
        raise DeclarationError(
            f'{what} "{path}" can\'t be read: {error.strerror}',
            remedy="correct the path; relative paths start at the program's directory",
        ) from error
