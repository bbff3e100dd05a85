"""What the conductor does once for the processes that it forks: imports, and type hints of the SDKs."""

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
    """Do what a worker does, if it is about an installed package: a program's own files are none of it."""
    if not _is_installed(message.module.partition(".")[0]):
        return
    with suppress(Exception):  # it fails in the worker, too, and is reported there
        if isinstance(message, Imported):
            # An SDK puts off running a package until a name of it is asked for.
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
