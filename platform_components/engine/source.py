"""Source locations: the line of the user's code that caused a call or an error."""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType

import pulumi

_EVALUATE = str(Path(__file__).with_name("evaluate.py"))
_ENGINE = Path(__file__).parent


@dataclass(frozen=True, order=True)
class Source:
    """A line of a file. `file` is relative to the project's root if the file is inside it."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Locator:
    """Finds lines of user code: code outside Python, installed packages and this library."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._shown = cache(self._show)  # called for every resource, with few distinct files

    def here(self, constructing: object = None) -> Source | None:
        """Return the innermost line of user code on the stack, outside constructors of `constructing`."""
        frame: FrameType | None = sys._getframe(1)
        while (
            frame is not None and frame.f_code.co_filename != _EVALUATE
        ):  # its callers are not part of the program
            name = self._shown(frame.f_code.co_filename)
            if name and (constructing is None or not _constructs(frame, constructing)):
                return Source(name, frame.f_lineno)
            frame = frame.f_back
        return None

    def library_line(self) -> Source | None:
        """Return the innermost line of an installed package on the stack, outside this engine and the SDK."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != _EVALUATE:
            package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            file = Path(frame.f_code.co_filename)
            if _is_package(package) and not file.is_relative_to(_ENGINE):
                start = file.parts.index(package) if package in file.parts else -1
                return Source("/".join(file.parts[start:]), frame.f_lineno)
            frame = frame.f_back
        return None

    def of(self, error: BaseException) -> Source | None:
        """Return the innermost line of user code in the traceback, or the line with a syntax error."""
        if isinstance(error, SyntaxError) and error.filename and self._shown(error.filename):
            return Source(self._shown(error.filename) or error.filename, error.lineno or 1)
        found = None
        step = error.__traceback__
        while step is not None:
            if name := self._shown(step.tb_frame.f_code.co_filename):
                found = Source(name, step.tb_lineno)
            step = step.tb_next
        return found

    def is_users(self, filename: str) -> bool:
        """Whether the file is user code: outside Python, installed packages and this library."""
        return bool(self._shown(filename))

    def _show(self, filename: str) -> str:
        """The file's path for messages; empty if it is not user code."""
        if filename.startswith("<") or "/site-packages/" in filename or "/dist-packages/" in filename:
            return ""
        try:
            path = Path(filename).resolve()
        except FileNotFoundError:  # relative to a working directory that the program deleted
            return filename
        if any(path.is_relative_to(directory) for directory in _library_directories()):
            return ""
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else str(path)


def _is_package(name: str) -> bool:
    """Whether a top-level package is neither Python's nor the core of the SDK."""
    return name not in sys.stdlib_module_names and name != "pulumi"


def _constructs(frame: FrameType, instance: object) -> bool:
    code = frame.f_code
    return code.co_name == "__init__" and frame.f_locals.get(code.co_varnames[0]) is instance


@cache
def _library_directories() -> tuple[Path, ...]:
    standard = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    packages = {str(Path(str(pulumi.__file__)).parent), str(Path(__file__).parents[1])}
    return tuple(sorted({Path(path).resolve() for path in standard | packages}))
