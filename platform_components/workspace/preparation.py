"""Work that the conductor does once for all workers: imports, and type hints of the SDKs."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path

from platform_components.engine.sdk.hints import resolve_hints
from platform_components.workspace.messages import Imported, Resolved

_LIBRARY = __name__.partition(".")[0]


def prepare(message: Imported | Resolved) -> None:
    """Repeat a worker's import or resolution of type hints, for installed packages only."""
    if not _is_installed(message.module.partition(".")[0]):
        return
    with suppress(Exception):  # it fails in the worker too, and is reported there
        if isinstance(message, Imported):
            # SDKs import packages lazily: accessing a name runs the package.
            hasattr(import_module(message.module), "anything")
        else:
            resolve_hints(attrgetter(message.name)(sys.modules[message.module]))


@cache
def _is_installed(package: str) -> bool:
    if package == _LIBRARY:
        return True
    with suppress(ImportError, ValueError):
        spec = find_spec(package)
        origin = Path(spec.origin) if spec and spec.origin else Path()
        return not {"site-packages", "dist-packages"}.isdisjoint(origin.parts)
    return False
