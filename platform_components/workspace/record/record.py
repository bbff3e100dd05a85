"""The record file: what each stack's last evaluation read and resulted in, as digests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from platform_components.files.strict_yaml import bounded_content
from platform_components.workspace.record.settings import AvailableState
from platform_components.workspace.record.tree import ABSENT, digest_of

FORMAT: Final = 1
"""Version of the file. A file of another version is not used."""
RECORD_FILE: Final = Path(".platform/record.json")
"""Default place, relative to the project."""
_MOST_BYTES: Final = 64 * 2**20
_KEYS: Final = frozenset({"format", "basis", "stacks"})
"""Of a record of any version."""


def _inside(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise ValueError("must be a path in the repository")
    return path


Digest = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$", max_length=64)]
RecordedPath = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_inside)]
"""Relative to the repository, with slashes and without `..`."""
Name = Annotated[str, Field(max_length=300)]


class UnusableRecord(Exception):  # noqa: N818 - not a failure: all stacks are evaluated
    """There is no record to compare with. The message is the reason."""


def is_replaceable(file: Path) -> bool:
    """Whether a file does not exist, is empty, or is a record, also one of another version."""
    try:
        content = bounded_content(file, _MOST_BYTES)
        found = json.loads(content) if content else {}
    except FileNotFoundError:
        return True
    except (OSError, ValueError, RecursionError):
        return False
    if content == b"":
        return True
    return isinstance(found, dict) and found.keys() >= _KEYS


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class UpstreamRecord(_Model):
    """What a stack read of another one."""

    evaluation: Digest
    """The fingerprint of the other stack's evaluation."""
    outputs: tuple[Name, ...]
    """Names of the outputs; none if the program read all of them."""


class StackRecord(_Model):
    """The last evaluation of a stack."""

    settings: Digest
    """Of the parts of platform.yaml and of the command."""
    configured: Digest | None
    """Of the image that the command sets; None if it sets other configuration, which can be secret."""
    states: tuple[AvailableState, ...]
    """Whether it had a state, and those of other stacks: with their outputs, a program can read more."""
    functions: tuple[Name, ...]
    """Provider functions that the program calls, whose answers are part of the settings."""
    files: dict[RecordedPath, Digest]
    listings: dict[RecordedPath, Digest]
    searched: dict[RecordedPath, Digest]
    modules: tuple[Name, ...]
    upstream: dict[Name, UpstreamRecord]
    """By stack."""
    outputs: dict[Name, Digest | None]
    """None for a secret, and for an unknown one of a stack that was compared with a state."""
    beyond: Name

    def fingerprint(self, basis: Basis) -> str:
        """The digest of everything that the evaluation depended on: the same one means the same result."""
        evaluation = self.model_dump_json(exclude={"outputs"})
        return digest_of(f"{basis.model_dump_json()}{evaluation}".encode())


class Basis(_Model):
    """What the evaluations of all stacks depend on."""

    project: Name
    directory: RecordedPath
    """Of the project, relative to the repository."""
    library: Digest
    packages: Digest
    pack: Digest
    """Empty without policies."""
    project_file: Digest

    def difference(self, other: Basis) -> str:
        """Why evaluations with another basis say nothing about this one; empty if they do."""
        reasons = {
            "project": "the record is of another project",
            "directory": "the record is of a project in another directory",
            "library": "the library changed",
            "packages": "the installed packages changed",
            "pack": "the policy pack changed",
            "project_file": "the project file changed",
        }
        differing = (name for name in reasons if getattr(self, name) != getattr(other, name))
        return next((reasons[name] for name in differing), "")


class Record(_Model):
    """The content of the file. It contains no secret, and no digest of one."""

    format: Literal[1]
    basis: Basis
    callers: tuple[Name, ...]
    """Names that services could list in `callers`, in platform.yaml."""
    stacks: dict[Name, StackRecord]

    @classmethod
    def load(cls, file: Path) -> Record:
        """Read a record.

        Raises:
            UnusableRecord: there is none, or it is not valid.
        """
        try:
            if not file.is_file():
                raise UnusableRecord(f"there is no record of a previous run ({file.name})")
            with file.open("rb") as stream:
                content = stream.read(_MOST_BYTES + 1)
        except OSError as error:
            raise UnusableRecord(f"the record can't be read: {error.strerror}") from None
        if len(content) > _MOST_BYTES:
            raise UnusableRecord(f"the record is larger than {_MOST_BYTES // 2**20} MiB")
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            if any(each["loc"] == ("format",) for each in error.errors()):
                raise UnusableRecord("the record was written by another version") from None
            raise UnusableRecord("the record is not valid") from None

    def evaluation(self, stack: str) -> str:
        """The fingerprint of a stack's evaluation; empty if the record does not contain it."""
        entry = self.stacks.get(stack)
        return entry.fingerprint(self.basis) if entry else ABSENT

    def to_json(self) -> str:
        return self.model_dump_json(indent=1) + "\n"
