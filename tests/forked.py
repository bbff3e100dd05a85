"""`python -m MODULE` in a copy of the tree, in a fork of a process that has imported the SDKs already.

Importing them takes seconds, and a test of a changed tree needs a new process for each change.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import subprocess
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tests.tree import ROOT

_PROJECT = ("platform_components", "policies", "scripts", "tests")
_OUTPUT = ".output"


class Done(NamedTuple):
    """How a run ended: its exit code, and what it wrote to both of its streams."""

    code: int
    output: str


class Forked:
    """The process that forks; it ends with the `with` block."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.forked"],
            cwd=ROOT,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # the tests of a copy need none
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(self, tree: Path, module: str, *arguments: str) -> Done:
        """Run a module as `python -m` does, with the tree as the current directory."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([str(tree), module, *arguments]) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Done(code, (tree / _OUTPUT).read_text(encoding="utf-8"))


def _serve() -> None:
    importlib.import_module("tests.generated")
    for name in list(sys.modules):
        if name.split(".")[0] in _PROJECT:
            del sys.modules[name]  # a fork imports those of its tree
    gc.collect()
    gc.freeze()  # so that no fork walks, and thereby copies, what all share
    for line in sys.stdin:
        tree, module, *arguments = json.loads(line)
        child = os.fork()
        if not child:
            _become(tree, module, arguments)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(tree: str, module: str, arguments: list[str]) -> None:
    os.chdir(tree)
    with open(_OUTPUT, "w", encoding="utf-8") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    sys.stdin = open(os.devnull)  # noqa: SIM115 - stays open to the end
    sys.path[0] = tree
    sys.argv = [module, *arguments]
    code = _run(module)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a tear-down of the SDKs would take as long as the run


def _run(module: str) -> int:
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as exit_:
        return int(exit_.code or 0)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    _serve()
