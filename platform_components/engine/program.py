"""Runs the code of a program in this process, and restores the process afterwards."""

from __future__ import annotations

import importlib
import logging
import os
import runpy
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.console import captured
from platform_components.engine.journal import Journal

MAIN_FILE = "__main__.py"
"""The file that makes a directory a program."""

_LIBRARY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Program:
    """A program: a function, or a file that is run as `__main__`."""

    run: Callable[[], object]
    directory: Path
    """The working directory while it runs; paths of assets are relative to it."""
    file: Path | None = None

    @classmethod
    def of(cls, program: str | Path | Callable[[], object]) -> Program:
        """Create it from a function, a file, or a directory with a `__main__.py`.

        Raises:
            InvalidInput: there is no such file.
        """
        if not isinstance(program, str | Path):
            return cls(program, Path.cwd())
        file = Path(program).resolve()
        if file.is_dir():
            file = file / MAIN_FILE
        if not file.is_file():
            problem = Problem(
                "program", f"must be a Python file, or a directory with a {MAIN_FILE}", value=str(program)
            )
            raise InvalidInput("Evaluation", [problem])
        return cls(lambda: runpy.run_path(str(file), run_name="__main__"), file.parent, file)

    @contextmanager
    def isolated(self, journal: Journal) -> Iterator[None]:
        """Set up the process for the program, and restore it afterwards.

        Output goes to the journal. The program's own modules are unloaded, because another program's
        modules may have the same names.
        """
        path, argv, directory, environment = list(sys.path), list(sys.argv), Path.cwd(), dict(os.environ)
        modules = set(sys.modules)
        for name in environment:
            if name.startswith("PULUMI_CONFIG"):
                del os.environ[name]  # the SDK would read additional configuration from it
        try:
            if self.file is not None:
                sys.path.insert(0, str(self.directory))
                sys.argv = [str(self.file)]
                os.chdir(self.directory)
                importlib.invalidate_caches()
            with captured(journal), _logging_restored():
                yield
        finally:
            sys.path[:], sys.argv[:] = path, argv
            with suppress(FileNotFoundError):  # the program deleted it
                os.chdir(directory)
            os.environ.clear()
            os.environ.update(environment)
            for name in set(sys.modules) - modules:
                if self._owns(getattr(sys.modules[name], "__file__", None)):
                    del sys.modules[name]

    def _owns(self, module_file: str | None) -> bool:
        if self.file is None or not module_file or "site-packages" in module_file:
            return False
        file = Path(module_file).resolve()
        return file.is_relative_to(self.directory) and not file.is_relative_to(_LIBRARY)


@contextmanager
def _logging_restored() -> Iterator[None]:
    """Restore the level and the handlers of the root logger: the program's write to its own streams."""
    root = logging.getLogger()
    level, handlers, disabled = root.level, list(root.handlers), root.manager.disable
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
        logging.disable(disabled)
