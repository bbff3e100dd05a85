"""Messages between the processes of a run. Plain data: see `crossing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from platform_components.policy.check import RuleCheck
from platform_components.policy.pack import Pack, load_pack, pack_directory
from platform_components.workspace.record.known import Digests
from platform_components.workspace.stack import Task

StartMethod = Literal["fork", "spawn"]


@dataclass(frozen=True)
class PackSource:
    """The source of the policy pack: the arguments of `load_pack`."""

    directory: Path | None
    project: Path
    check: bool = False
    """Whether to test the rules on their examples too."""

    @property
    def name(self) -> str:
        """The name of its directory."""
        return (self.directory or self.project / "policies").resolve().name

    @property
    def place(self) -> Path:
        """Its directory, also that of the built-in pack."""
        return pack_directory(self.directory, self.project)

    def load(self) -> Pack:
        return load_pack(self.directory, self.project)


@dataclass(frozen=True)
class Schedule:
    """To the conductor: the stacks to evaluate, and how."""

    tasks: tuple[Task, ...]
    """In deployment order."""
    pack: PackSource | None
    """None: evaluate no policies."""
    time_limit: float
    """Time limit per stack, in seconds."""
    at_once: int
    """Maximum number of stacks that are evaluated in parallel."""
    method: StartMethod


@dataclass(frozen=True)
class PackListing:
    """The content of a pack without its functions, which remain in the processes that loaded it."""

    name: str
    version: str
    rules: tuple[Mapping[str, Any], ...]
    """`Rule.to_dict()` of each rule."""
    printed: tuple[str, ...]
    """Output of the pack while it was imported and tested."""
    checks: tuple[RuleCheck, ...] = ()
    """Test result of each rule, if requested."""


NO_PACK: Final = PackListing(name="", version="", rules=(), printed=())


@dataclass(frozen=True)
class Loading:
    """To the command: the import of the pack, or the test of one of its rules, starts."""

    rule: str
    """Id of the rule; empty for the import."""


@dataclass(frozen=True)
class Listed:
    """To the command: the pack is loaded."""

    pack: PackListing


@dataclass(frozen=True)
class Started:
    """To the command: the evaluation of a stack has started."""

    stack: str
    process: int
    """Process id of the worker."""


@dataclass(frozen=True)
class Finished:
    """To the command: a stack was evaluated, or failed."""

    stack: str
    payload: bytes
    """A StackRun, or an error."""


@dataclass(frozen=True)
class Skipped:
    """To the command: a stack was not evaluated, because one that it references failed or was skipped."""

    stack: str
    because: str


@dataclass(frozen=True)
class Unchanged:
    """To the command: neither a stack nor the outputs that it reads changed.

    It may still be evaluated, because others need its outputs.
    """

    stack: str


@dataclass(frozen=True)
class Ended:
    """To the command: the run is over. With an error, nothing was evaluated."""

    error: Exception | None = None


@dataclass(frozen=True)
class Imported:
    """To the conductor: a worker imports a part of the SDKs or of this library."""

    module: str


@dataclass(frozen=True)
class Resolved:
    """To the conductor: a worker resolves the type hints of a class of the SDKs."""

    module: str
    name: str


@dataclass(frozen=True)
class Done:
    """To the conductor: the result of a stack."""

    payload: bytes
    """For the command: a StackRun, or an error."""
    outputs: bytes | None
    """For the stacks that reference it; None for a failure."""
    digests: Digests = field(default_factory=dict)
    """Digests of the outputs, if what the program read is recorded."""
