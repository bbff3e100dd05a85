"""Hashes of assets and archives, as Pulumi identifies their content by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platform_components.engine.errors import Mistake
from platform_components.engine.values import Archive, Asset


def hashed_asset(plain: Mapping[str, Any], directory: Path) -> Asset:
    """The asset of these fields. Raises Mistake when its file, below `directory`, can't be read."""
    path, text, uri = plain.get("path", ""), plain.get("text", ""), plain.get("uri", "")
    digest = plain.get("hash", "")
    if not digest and not uri:
        digest = _digest(_content(path, directory, "asset") if path else text.encode())
    return Asset(path, text, uri, digest)


def hashed_archive(plain: Mapping[str, Any], directory: Path) -> Archive:
    """The archive of these fields. Raises Mistake when its file, below `directory`, can't be read."""
    path, uri, assets = plain.get("path", ""), plain.get("uri", ""), plain.get("assets", {})
    digest = plain.get("hash", "")
    if not digest and not uri:
        if path and not (directory / path).is_dir():
            digest = _digest(_content(path, directory, "archive"))
        else:
            parts = _tree(directory / path) if path else {name: item.hash for name, item in assets.items()}
            digest = _digest("".join(f"{name}\0{parts[name]}\n" for name in sorted(parts)).encode())
    return Archive(path, uri, assets, digest)


def _tree(directory: Path) -> dict[str, str]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {file.relative_to(directory).as_posix(): _digest(file.read_bytes()) for file in files}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _content(path: str, directory: Path, what: str) -> bytes:
    try:
        return (directory / path).read_bytes()
    except OSError as error:
        raise Mistake(
            f'{what} "{path}" can\'t be read: {error.strerror}',
            remedy="correct the path; a relative one starts at the program's directory",
        ) from error
