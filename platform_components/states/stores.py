"""The store of a backend by its URL."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from platform_components.base.backends import directory_of, shown_url
from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.state.backend import DirectoryStore, Store
from platform_components.states.s3 import S3Store

EXPORT: Final = "run `pulumi stack export --file FILE`, and pass --state STACK=FILE"
"""The remedy for backends that are not read."""


def store_of(url: str, relative_to: Path) -> Store | None:
    """Return the files of a backend; None for a service, or a cloud that is not supported.

    Paths of `file://` are relative to a directory.

    Raises:
        InvalidInput: the URL is invalid.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidInput("Backend", [Problem("URL", "is invalid", "correct it")]) from None
    if parts.scheme == "file":
        try:
            return DirectoryStore(directory_of(url, relative_to), shown_url(parts))
        except RuntimeError:
            remedy = "set HOME, or use an absolute path"
            raise InvalidInput("Backend", [Problem("~", "is unknown", remedy)]) from None
    return S3Store.of(parts) if parts.scheme == "s3" else None
