"""Recording: what a run of previews compares with a record, and what it adds to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from platform_components.base.errors import InvalidInput
from platform_components.base.settings import Platform
from platform_components.base.settings_source import own_settings
from platform_components.files.project_file import PLATFORM_FILE
from platform_components.functions import Answers
from platform_components.workspace.record.baseline import Baseline, is_lock_file
from platform_components.workspace.record.git import Changes, NoHistory, changes_since
from platform_components.workspace.record.known import Known
from platform_components.workspace.record.record import (
    FORMAT,
    Basis,
    Record,
    StackRecord,
    UnusableRecord,
    UpstreamRecord,
)
from platform_components.workspace.record.settings import Settings, available_states, configured_digest
from platform_components.workspace.record.tree import (
    ABSENT,
    LIBRARY,
    Tree,
    directory_digest,
    library_digest,
    packages_digest,
)

if TYPE_CHECKING:
    from platform_components.workspace.selection import Selection
    from platform_components.workspace.stack import StackRun, Task


@dataclass(frozen=True)
class Since:
    """The result of the comparison with a commit."""

    ref: str
    commit: str = ""
    """The common ancestor of the revision and HEAD."""
    everything: str = ""
    """Why all stacks are evaluated; empty if not."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """By stack, what changed that it depends on."""
    unchanged: tuple[str, ...] = ()
    """The requested stacks that no change affects, as far as that is known before the run."""


@dataclass
class Recording:
    """The record of one project, for one run."""

    selection: Selection
    platform: Platform
    file: Path
    ref: str | None
    answers: Sequence[Path]
    pack: Path | None
    """Directory of the policy pack; None: no policies are evaluated."""
    since: Since | None = None

    def __post_init__(self) -> None:
        project = self.selection.project
        self._tree = Tree.of(project.root)
        self._basis = Basis(
            project=project.name,
            directory=self._tree.relative(str(project.root)) or ".",
            library=library_digest(),
            packages=packages_digest(),
            pack=directory_digest(self.pack) if self.pack else ABSENT,
            project_file=self._tree.content(self._tree.relative(str(project.root / project.file)) or ""),
        )
        self._settings = Settings(self.platform, Answers(), {})

    def prepared(self, tasks: Iterable[Task]) -> tuple[Task, ...]:
        """The tasks that record what programs read; with a revision, without those that no change affects."""
        watched = {task.stack: replace(task, tree=self._tree) for task in tasks}
        self._settings = self._settings_of(self.platform, watched)
        if self.ref is None:
            return tuple(watched.values())
        try:
            changes = changes_since(self.ref, self._tree.root)
            baseline = self._baseline(Record.load(self.file), changes)
        except (NoHistory, UnusableRecord) as reason:
            self.since = Since(self.ref, everything=str(reason))
            return tuple(watched.values())
        if everything := baseline.everything():
            self.since = Since(self.ref, changes.commit, everything)
            return tuple(watched.values())
        return self._selected(self.ref, baseline)

    def updated(self, runs: Mapping[str, StackRun], failed: Collection[str]) -> Record:
        """The record after the run: its evaluations, and former ones that have the same basis."""
        stacks: dict[str, StackRecord] = {}
        try:
            former = Record.load(self.file)
        except UnusableRecord:
            former = None
        if former and not former.basis.difference(self._basis):
            stacks = {name: entry for name, entry in former.stacks.items() if name not in failed}
        for name in self._settings.tasks:  # in deployment order: a fingerprint contains those before it
            if (run := runs.get(name)) and run.inputs:
                stacks[name] = self._entry(run, stacks)
        return Record(
            format=FORMAT,
            basis=self._basis,
            callers=tuple(self.platform.callers),
            stacks=dict(sorted(stacks.items())),
        )

    def _baseline(self, record: Record, changes: Changes) -> Baseline:
        return Baseline(
            record,
            self._basis,
            changes,
            self._tree,
            self._settings,
            self._former_settings(changes),
            self._fixed(changes),
        )

    def _fixed(self, changes: Changes) -> dict[str, str]:
        """What all evaluations depend on, by its path in the tree."""
        root = self.selection.project.root
        paths = {LIBRARY: "the library", root / self.selection.project.file: "the project file"}
        for place in (self._tree.root, root):
            changed = changes.names_in(self._tree.relative(str(place)) or ".")
            paths |= {place / name: name for name in changed if is_lock_file(name)}
        paths |= {path.resolve(): str(path) for path in self.answers}
        if self.pack:
            paths[self.pack] = "the policy pack"
        relative = {self._tree.relative(str(path)): what for path, what in paths.items()}
        return {path: what for path, what in relative.items() if path is not None}

    def _former_settings(self, changes: Changes) -> Settings | None:
        path = self._tree.relative(str(self.selection.project.root / PLATFORM_FILE))
        if path is None or not changes.touches(path):
            return self._settings
        content = changes.content(path)
        try:
            if content is None:
                return None
            former = Platform.of(self.selection.project.root, own_settings(content.decode()))
            return self._settings_of(former, self._settings.tasks)
        except (InvalidInput, UnicodeDecodeError):
            return None

    def _settings_of(self, platform: Platform, tasks: Mapping[str, Task]) -> Settings:
        return Settings(platform, Answers.load(self.answers, platform), tasks)

    def _selected(self, ref: str, baseline: Baseline) -> tuple[Task, ...]:
        tasks = self._settings.tasks
        reasons = {name: reason for name in tasks if (reason := baseline.reason(name))}
        possible: set[str] = set()  # stacks whose result may differ
        for name in tasks:
            if name in reasons or not possible.isdisjoint(self.selection.reads(name)):
                possible.add(name)
        needed: set[str] = set()  # stacks whose outputs they read
        for name in reversed(tuple(tasks)):
            if name in possible or name in needed:
                needed.update(self.selection.reads(name))
        shown = self.selection.shown
        self.since = Since(
            ref,
            baseline.changes.commit,
            reasons={name: reasons[name] for name in shown if name in reasons},
            unchanged=tuple(name for name in shown if name not in possible),
        )
        return tuple(
            task if name in reasons else replace(task, known=self._known(baseline, name, possible, needed))
            for name, task in tasks.items()
            if name in possible or name in needed
        )

    def _known(
        self, baseline: Baseline, stack: str, possible: Collection[str], needed: Collection[str]
    ) -> Known:
        upstream = {name: digests for name, digests in baseline.upstream(stack).items() if name in possible}
        return Known(upstream, stack in needed)

    def _entry(self, run: StackRun, stacks: Mapping[str, StackRecord]) -> StackRecord:
        inputs, graph, task = run.inputs, run.graph, self._settings.tasks[run.name]
        assert inputs is not None  # the task requested them
        functions = tuple(sorted({use.token for use in graph.functions}))
        prefix = f"{graph.organization}/{graph.project}/"
        read = {
            each.stack.removeprefix(prefix): each for each in graph.reads if each.stack.startswith(prefix)
        }
        return StackRecord(
            settings=self._settings.digest(run.name, functions),
            configured=configured_digest(task),
            states=available_states(task),
            functions=functions,
            files=dict(inputs.files),
            listings=dict(inputs.listings),
            searched=dict(inputs.searched),
            modules=inputs.modules,
            upstream={
                name: UpstreamRecord(
                    evaluation=stacks[name].fingerprint(self._basis) if name in stacks else ABSENT,
                    outputs=each.outputs,
                )
                for name, each in read.items()
            },
            outputs=dict(inputs.outputs),
            beyond=inputs.beyond,
        )
