"""The watch: what a program reads while it is evaluated, from the interpreter's audit events."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import source_from_cache
from types import FrameType, ModuleType
from typing import Any, Final

from platform_components.files import strict_yaml
from platform_components.files.project_file import PLATFORM_FILE

_IMPORT_SYSTEM: Final = ("<frozen importlib._bootstrap_external>", metadata.__file__)
_YAML_READER: Final = strict_yaml.__file__
_BEYOND: Final[dict[str, str]] = {
    "os.exec": "starts a process",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.spawn": "starts a process",
    "os.system": "starts a process",
    "socket.connect": "uses the network",
    "socket.getaddrinfo": "uses the network",
    "socket.gethostbyname": "uses the network",
    "subprocess.Popen": "starts a process",
}
"""Audit events of what makes a result depend on more than files (Python's "Audit events table")."""


@dataclass
class Watch:
    """What was read since the watch started. Paths are absolute, symbolic links are not resolved."""

    files: set[str] = field(default_factory=set)
    """Files that were opened, also those that do not exist."""
    listings: set[str] = field(default_factory=set)
    """Directories that the program listed."""
    searched: set[str] = field(default_factory=set)
    """Directories in which the import system searched for modules."""
    modules: set[str] = field(default_factory=set)
    """Last parts of the names of the modules that it searched for."""
    beyond: str = ""
    """What the program did other than reading files; empty if nothing."""
    _written: set[str] = field(default_factory=set)

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Record one audit event."""
        if event == "open":
            self._opened(*arguments)
        elif event in ("os.listdir", "os.scandir"):
            if path := _absolute("." if arguments[0] is None else arguments[0]):
                (self.searched if _caller() in _IMPORT_SYSTEM else self.listings).add(path)
        elif event == "sqlite3.connect":
            self._opened(arguments[0], "r+", 0)
        elif what := _BEYOND.get(event):
            self.beyond = what

    def _opened(self, name: Any, mode: str | None, flags: int) -> None:
        path = _absolute(name)
        if not path or path in self._written:  # the program itself determines what it reads
            return
        if _only_writes(mode, flags):
            self._written.add(path)
        elif os.path.basename(path) != PLATFORM_FILE or _caller() != _YAML_READER:
            self.files.add(_source(path))


_active: Watch | None = None
_installed = False


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch what this process reads. One watch can be active at a time."""
    global _active, _installed  # noqa: PLW0603 - an audit hook can't be removed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True
    _active = watch = Watch()
    finder = _Finder(watch)
    sys.meta_path.insert(0, finder)  # audit events lack the imports of importlib.import_module
    try:
        yield watch
    finally:
        _active = None
        if finder in sys.meta_path:  # unless the program replaced it
            sys.meta_path.remove(finder)


@contextmanager
def unwatched() -> Iterator[None]:
    """Read something that is not an input of the program, such as the state of its stack."""
    global _active  # noqa: PLW0603
    watch, _active = _active, None
    try:
        yield
    finally:
        _active = watch


class _Finder:
    """An import finder that finds nothing, but notes the names that are searched for."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        self._watch.modules.add(name.rpartition(".")[2])


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _active is not None and event in _EVENTS:
        _active.note(event, arguments)


_EVENTS: Final = frozenset({"open", "os.listdir", "os.scandir", "sqlite3.connect", *_BEYOND})


def _absolute(name: Any) -> str:
    """The absolute path of a name that a program passes; empty for a descriptor."""
    if isinstance(name, int):
        return ""
    try:
        return os.path.abspath(os.fsdecode(name))
    except (TypeError, ValueError, OSError):  # the operation itself reports it
        return ""


def _only_writes(mode: str | None, flags: int) -> bool:
    if mode is not None:
        return not {"w", "x", "a"}.isdisjoint(mode)
    return bool(flags & (os.O_WRONLY | os.O_TRUNC | os.O_EXCL | getattr(os, "O_TMPFILE", 0)))


def _source(path: str) -> str:
    """The source file of a compiled module: its content and time are compared on import."""
    if path.endswith(".pyc") and "__pycache__" in path:
        try:
            return source_from_cache(path)
        except ValueError:  # another name than the interpreter's
            return path
    return path


def _caller() -> str:
    """The file of the function that called the audited operation, directly or through pathlib."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename in (__file__, pathlib.__file__):
        frame = frame.f_back
    return frame.f_code.co_filename if frame else ""
