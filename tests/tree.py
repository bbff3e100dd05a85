"""The tree of this project: where it is, copies of it to be changed, and the tools that check these."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


def copy_tree(target: Path, *parts: str) -> Path:
    """Copy the files that git knows or would add, all or those below `parts`; returns `target`."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *parts]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, done.stdout.split("\0")):
        if (ROOT / name).is_file():  # one that is deleted and not yet committed is still listed
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def run_tool(tree: Path, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment, such as `lint-imports`, in a copy; wide, so that no line wraps."""
    program, *arguments = command
    return subprocess.run(
        [str(Path(sys.executable).parent / program), *arguments],
        cwd=tree,
        env={**os.environ, "COLUMNS": "300", "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
