"""The baseline: which evaluations a record already describes, so that they need not be repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from platform_components.base.settings import split_stack
from platform_components.files.project_file import PLATFORM_FILE
from platform_components.workspace.record.git import Changes
from platform_components.workspace.record.known import Digests
from platform_components.workspace.record.record import Basis, Record, StackRecord
from platform_components.workspace.record.settings import Settings, available_states, configured_digest
from platform_components.workspace.record.tree import ABSENT, Tree, digest_of, module_stem

_LOCK_FILES: Final = (
    "pyproject.toml",
    "*requirements*.txt",
    "*constraints*.txt",
    "requirements.lock",
    "setup.cfg",
    "setup.py",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "Pipfile",
    "Pipfile.lock",
    "requirements",
)
"""Patterns of names: files and a directory that determine the installed packages."""


def is_lock_file(name: str) -> bool:
    """Whether a file or directory, in the project or the repository, determines the installed packages."""
    return any(fnmatchcase(name, pattern) for pattern in _LOCK_FILES)


@dataclass(frozen=True)
class Baseline:
    """A record, compared with a commit and with the working tree.

    An evaluation in the record is that of the commit if its inputs have the content of the commit. It is also
    that of the working tree if none of them changed since the commit.
    """

    record: Record
    basis: Basis
    changes: Changes
    tree: Tree
    settings: Settings
    former: Settings | None
    """Those of the commit; None if its platform.yaml is missing or invalid."""
    fixed: Mapping[str, str]
    """Files and directories that all evaluations depend on, relative to the tree, and what they are."""
    _mismatches: dict[str, str] = field(default_factory=dict)
    """By stack, why its evaluation in the record is not that of the commit; empty if it is."""

    def everything(self) -> str:
        """Why all stacks must be evaluated; empty if that is not so."""
        return next(self._reasons(), "")

    def reason(self, stack: str) -> str:
        """Why a stack must be evaluated, apart from changed outputs of others; empty if that is not so.

        To be called for all stacks, in deployment order.
        """
        mismatch = self._mismatches[stack] = next(self._differing(stack), "")
        return next(self._touched(stack), mismatch)

    def upstream(self, stack: str) -> Mapping[str, Digests]:
        """The digests of the outputs that a stack read, by stack."""
        read = self.record.stacks[stack].upstream
        return {
            name: {output: self.record.stacks[name].outputs.get(output) for output in each.outputs}
            for name, each in read.items()
        }

    def _reasons(self) -> Iterator[str]:
        if differing := self.record.basis.difference(self.basis):
            yield differing
        for path, what in self.fixed.items():
            if self.changes.touches_below(path):
                yield f"{what} changed"
        if self.former is None:
            yield f"{PLATFORM_FILE} of the commit is missing or invalid"
        else:
            callers = self.settings.platform.callers
            for name in sorted({*self.record.callers, *self.former.platform.callers} - set(callers)):
                yield f'{PLATFORM_FILE} no longer has "{name}"'

    def _touched(self, stack: str) -> Iterator[str]:
        """What the stack depends on that differs between the commit and the working tree."""
        entry = self.record.stacks.get(stack)
        if entry is None:
            return
        if entry.settings != self.settings.digest(stack, entry.functions):
            yield f"its settings in {PLATFORM_FILE} changed"
        configured = self._configured(stack, entry)
        if None not in configured and len(configured) > 1:
            yield "--image differs from the record"
        for path in entry.files:
            if self.changes.touches(path):
                yield f"{path} changed"
        for path in entry.listings:
            if self.changes.renames_below(path) or self.changes.touches(path):
                yield f"the files in {path} changed"
        for path in entry.searched:
            if self._modules_touched(path, entry):
                yield f"the modules in {path} changed"

    def _differing(self, stack: str) -> Iterator[str]:
        """Why the evaluation in the record is not that of the commit."""
        entry = self.record.stacks.get(stack)
        if entry is None:
            yield "the record does not contain it"
            return
        if entry.beyond:
            yield f"the program {entry.beyond}"
        if None in self._configured(stack, entry):
            yield "values of --config are not in the record"
        if not set(available_states(self.settings.tasks[stack])).issubset(entry.states):
            yield "the record is of a preview without states"
        if not self._existed(stack) or entry.settings != self._former.digest(stack, entry.functions):
            yield "the record is of other settings"
        for path, digest in entry.files.items():
            if self._content(path) != digest:
                yield f"the record is of another content of {path}"
        for path, digest in entry.listings.items():
            if self.changes.renames_below(path) or self.tree.listing(path) != digest:
                yield f"the record is of other files in {path}"
        for path, digest in entry.searched.items():
            if self._modules_touched(path, entry) or self.tree.modules(path, entry.modules) != digest:
                yield f"the record is of other modules in {path}"
        for name, read in entry.upstream.items():
            if self._mismatches.get(name, "unknown") or read.evaluation != self.record.evaluation(name):
                yield f"the record is of other outputs of {name}"

    def _configured(self, stack: str, entry: StackRecord) -> set[str | None]:
        """The digests of `--image` in the record and in this run; None for values of `--config`."""
        return {entry.configured, configured_digest(self.settings.tasks[stack])}

    @property
    def _former(self) -> Settings:
        assert self.former is not None  # otherwise everything is evaluated
        return self.former

    def _existed(self, stack: str) -> bool:
        """Whether platform.yaml had the stack in the commit."""
        layer, environment = split_stack(stack)
        former = self._former.platform
        known = layer in former.stacks and environment in former.environments
        return known and former.exists(layer, environment)

    def _content(self, path: str) -> str:
        """The digest of a file in the commit. Git does not know ignored ones, which count as unchanged."""
        if not self.changes.touches(path):
            return self.tree.content(path)
        content = self.changes.content(path)
        return ABSENT if content is None else digest_of(content)

    def _modules_touched(self, directory: str, entry: StackRecord) -> bool:
        """Whether a name was added to a directory, or removed, that one of the imported modules can have."""
        names = self.changes.renames_below(directory)
        return any(module_stem(name.partition("/")[0]) in entry.modules for name in names)
