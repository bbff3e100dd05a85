"""Function tokens that the installed SDKs don't have: misspelled, or of another version of the SDK."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from platform_components.base.errors import did_you_mean
from platform_components.functions.answers import Answers

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TOKEN = re.compile(r"pulumi\.runtime\.invoke\('([^']+)'")


def stale_tokens(answers: Answers) -> Iterator[str]:
    """Yield a warning for each entry whose function an installed SDK does not have."""
    for entry in answers.entries:
        package, module, function = entry.function.split(":")
        root = _sdk(package)
        if root is None or not module.endswith(f"/{function}"):  # other SDKs have no file per function
            continue
        directory = _directory(root, module.rpartition("/")[0])
        file = directory / f"{_WORD_START.sub('_', function).lower()}.py"
        if entry.function not in _tokens(file):
            known = [token for each in sorted(directory.glob("get_*.py")) for token in _tokens(each)]
            hint = did_you_mean(entry.function, known)
            yield f"{entry.source}: {entry.function} is not a function of the installed pulumi_{package}" + (
                f"; {hint}" if hint.startswith("did") else ""
            )


@cache
def _sdk(package: str) -> Path | None:
    spec = find_spec(f"pulumi_{package.replace('-', '_')}")
    return Path(spec.origin).parent if spec and spec.origin else None


def _directory(root: Path, module: str) -> Path:
    """The directory of a module; Python's keywords have an underscore added."""
    if module == "index":
        return root
    return root / module if (root / module).is_dir() else root / f"{module}_"


@cache
def _tokens(file: Path) -> frozenset[str]:
    return frozenset(_TOKEN.findall(file.read_text(encoding="utf-8"))) if file.is_file() else frozenset()
