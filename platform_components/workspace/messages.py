"""What the processes of a run tell each other. Plain data: see `crossing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from platform_components.policy.check import RuleCheck
from platform_components.policy.pack import Pack, load_pack
from platform_components.workspace.stack import Task

StartMethod = Literal["fork", "spawn"]


@dataclass(frozen=True)
class PackSource:
    """Where the policy pack comes from: the arguments of `load_pack`."""

    directory: Path | None
    project: Path
    check: bool = False
    """Whether its rules are tested on their examples, too."""

    def load(self) -> Pack:
        return load_pack(self.directory, self.project)


@dataclass(frozen=True)
class Plan:
    """To the conductor: what a run is to do."""

    tasks: tuple[Task, ...]
    """In the order of deployment."""
    pack: PackSource | None
    """None when no rules are asked for."""
    time_limit: float
    """Seconds that one stack may take."""
    at_once: int
    method: StartMethod


@dataclass(frozen=True)
class PackListing:
    """What a pack holds, without its functions: they stay in the processes that loaded it."""

    name: str
    version: str
    rules: tuple[Mapping[str, Any], ...]
    """What `Rule.to_dict` tells of each."""
    printed: tuple[str, ...]
    """What the pack wrote while it was imported and tested."""
    checks: tuple[RuleCheck, ...] = ()
    """The test of each rule, if asked for."""


NO_PACK: Final = PackListing(name="", version="", rules=(), printed=())


@dataclass(frozen=True)
class Listed:
    """To the command: the pack is loaded."""

    pack: PackListing


@dataclass(frozen=True)
class Started:
    """To the command: a stack is being evaluated, by the process of that number."""

    stack: str
    process: int


@dataclass(frozen=True)
class Finished:
    """To the command: a stack was evaluated, or failed."""

    stack: str
    payload: bytes
    """A StackRun, or an error."""


@dataclass(frozen=True)
class Skipped:
    """To the command: a stack was not tried, because one that it reads failed or was skipped."""

    stack: str
    because: str


@dataclass(frozen=True)
class Ended:
    """To the command: nothing more comes. With an error, nothing could be evaluated at all."""

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
    """To the conductor: what became of a stack."""

    payload: bytes
    """For the command: a StackRun, or an error."""
    outputs: bytes | None
    """For the stacks that read it; None for a failure."""
