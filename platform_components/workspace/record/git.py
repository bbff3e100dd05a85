"""What changed in a git repository since a commit."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from platform_components.base.errors import InvalidInput, Problem

_TIMEOUT: Final = 60.0
"""Seconds for one git command."""
_REF: Final = re.compile(r"[^-\s~^:?*\[\\\x00-\x20\x7f][^\s:?*\[\\\x00-\x20\x7f]{0,249}")
"""A branch, tag or commit, also `HEAD~2` and `main^`, but no range and no option (git-check-ref-format)."""
_COMMIT: Final = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class NoHistory(Exception):  # noqa: N818 - not a failure: all stacks are evaluated
    """What changed can't be determined. The message is the reason."""


@dataclass(frozen=True)
class Changes:
    """The paths that differ between a commit and the working tree, relative to the repository."""

    root: Path
    commit: str
    paths: frozenset[str]
    """Modified, added and deleted ones, and untracked ones that are not ignored. A renamed file is two."""
    renamed: frozenset[str] = field(default_factory=frozenset)
    """Those of `paths` that exist on one side only, so that listings of directories changed."""

    def content(self, path: str) -> bytes | None:
        """The content of a file in the commit; None if it is not there."""
        done = _git(self.root, "cat-file", "blob", f"{self.commit}:{path}")
        return done.stdout if done.returncode == 0 else None

    def touches(self, path: str) -> bool:
        """Whether a file changed, or a submodule or link that it is in."""
        parts = path.split("/")
        return any("/".join(parts[: index + 1]) in self.paths for index in range(len(parts)))

    def touches_below(self, directory: str) -> bool:
        """Whether anything in a directory changed."""
        return any(_is_below(path, directory) for path in self.paths) or self.touches(directory)

    def names_in(self, directory: str) -> frozenset[str]:
        """The names of changed files in a directory, and of directories in it with changed files."""
        start = 0 if directory == "." else len(directory) + 1
        return frozenset(path[start:].split("/")[0] for path in self.paths if _is_below(path, directory))

    def renames_below(self, directory: str) -> frozenset[str]:
        """The paths in a directory, relative to it, that exist on one side only."""
        start = 0 if directory == "." else len(directory) + 1
        return frozenset(path[start:] for path in self.renamed if _is_below(path, directory))


def check_ref(ref: str) -> None:
    """Check the text of a git revision, before any command runs.

    Raises:
        InvalidInput: it is not the name of one commit.
    """
    if not _REF.fullmatch(ref) or ".." in ref or "@{" in ref:
        what, remedy = "must be a branch, a tag or a commit", "such as origin/main or HEAD~1"
        raise InvalidInput("--changed-since", [Problem("REF", what, remedy, ref)])


def changes_since(ref: str, root: Path) -> Changes:
    """The changes of the working tree since its common ancestor with a revision.

    Raises:
        NoHistory: git or the history that is needed is not available.
    """
    if not (root / ".git").exists():
        raise NoHistory("the project is not in a git repository")
    if _text(root, "rev-parse", "--is-shallow-repository") != "false":
        raise NoHistory("the clone is shallow: fetch the complete history (`git fetch --unshallow`)")
    commit = _text(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if not _COMMIT.fullmatch(commit):
        raise NoHistory(f"git has no commit {ref}: fetch it, or check its name")
    base = _text(root, "merge-base", commit, "HEAD")
    if not _COMMIT.fullmatch(base):
        raise NoHistory(f"{ref} and HEAD have no common ancestor")
    # --no-renames: a renamed file is a deleted and an added one. A submodule is one path, also if dirty.
    options = ("--name-status", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none")
    words = _fields(root, "-c", "diff.relative=false", "diff", *options, base, "--")
    states = dict(zip(words[1::2], words[::2], strict=True))
    untracked = _fields(root, "ls-files", "--others", "--exclude-standard", "-z")
    renamed = {path for path, state in states.items() if state != "M"}
    return Changes(root, base, frozenset({*states, *untracked}), frozenset({*renamed, *untracked}))


def _text(root: Path, *words: str) -> str:
    """The output of a git command; empty if it fails."""
    done = _git(root, *words)
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def _fields(root: Path, *words: str) -> list[str]:
    """The output of a git command with -z."""
    done = _git(root, *words)
    if done.returncode:
        raise NoHistory("git can't compare the working tree: run `git status`")
    return [os.fsdecode(each).rstrip("/") for each in done.stdout.split(b"\0")[:-1]]


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    # Optional locks would write the index. A file system monitor is a program that the repository configures.
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *words]
    try:
        return subprocess.run(
            command, cwd=root, capture_output=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT, check=False
        )
    except FileNotFoundError:
        raise NoHistory("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise NoHistory(f"git did not answer within {_TIMEOUT:g} s") from None


def _is_below(path: str, directory: str) -> bool:
    return directory == "." or path.startswith(f"{directory}/")
