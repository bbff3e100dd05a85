"""States in a self-managed backend, in the layout of pulumi/pulumi, pkg/backend/diy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.yaml_file import parse_yaml
from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.fields import quoted
from platform_components.engine.state.file import read_state
from platform_components.engine.state.format import StackName, parse_state
from platform_components.engine.state.sealed import Unsealing, incomparable

_STACKS: Final = ".pulumi/stacks"
_LOCKS: Final = ".pulumi/locks"
_META: Final = ".pulumi/meta.yaml"
_SUFFIXES: Final = (".json", ".json.gz", ".json.zst")
_BY_PROJECT: Final = 1
"""First version of the layout with a directory per project."""


@dataclass(frozen=True)
class Entry:
    """A file of a backend."""

    key: str
    modified: datetime


class Store(Protocol):
    """The files of a backend, read-only. Plain data, to be sent to another process."""

    @property
    def shown(self) -> str:
        """Its URL without credentials."""

    def read(self, key: str) -> bytes | None:
        """Return the content of a file; None if it does not exist.

        Raises:
            InvalidInput: the backend or the file can't be read, or the file is too large.
        """

    def listed(self, prefix: str) -> Iterable[Entry]:
        """Return the files whose key starts with a prefix and has no further slash, sorted by key.

        Raises:
            InvalidInput: the backend can't be read.
        """


@dataclass(frozen=True)
class DirectoryStore:
    """A backend in a directory: `file://PATH`."""

    root: Path
    """Absolute: a program can change the working directory."""
    shown: str

    def read(self, key: str) -> bytes | None:
        return read_state(self.root / key, f"{self.shown}/{key}")

    def listed(self, prefix: str) -> Iterable[Entry]:
        directory, _, start = prefix.rpartition("/")
        if not self.root.is_dir():
            remedy = "correct the backend's URL, or pass --state or --no-state"
            raise InvalidInput(self.shown, [Problem("backend", "is not a directory", remedy)])
        try:
            return [
                Entry(f"{directory}/{path.name}", datetime.fromtimestamp(path.stat().st_mtime, UTC))
                for path in sorted((self.root / directory).iterdir())
                if path.name.startswith(start) and path.is_file()
            ]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise InvalidInput(self.shown, [Problem("backend", "can't be read", reason)]) from None


@dataclass(frozen=True)
class BackendState:
    """The state of one stack in a self-managed backend."""

    store: Store
    stack: StackName
    unsealing: Unsealing = incomparable

    def load(self) -> Deployment | None:
        """Read the state; None if the stack was never deployed.

        Raises:
            InvalidInput: the state can't be read, or is invalid.
        """
        project = f"{self.stack.project}/" if self._is_by_project() else ""
        key = self._newest(f"{_STACKS}/{project}{self.stack.stack}.json")
        content = self.store.read(key) if key else None
        if content is None:
            return None
        place = f"{self.store.shown}/{key}"
        found = parse_state(
            content, subject=place, source=place, expected=self.stack, unsealing=self.unsealing
        )
        # Locks are in a directory per organization, which is always this one.
        scope = f"organization/{project}" if project else ""
        locks = self._locks(f"{_LOCKS}/{scope}{self.stack.stack}/")
        return replace(found, warnings=(*found.warnings, *locks)) if found else None

    def _is_by_project(self) -> bool:
        """Whether stacks are in a directory per project. A new backend is; an old one has no version."""
        meta = self.store.read(_META)
        if meta is None:
            return not any(entry.key.endswith(_SUFFIXES) for entry in self.store.listed(f"{_STACKS}/"))
        subject = f"{self.store.shown}/{_META}"
        try:
            version = parse_yaml(meta.decode(), subject).get("version")
        except UnicodeDecodeError:
            raise InvalidInput(subject, [Problem("file", "is not UTF-8")]) from None
        if version not in (0, _BY_PROJECT) or isinstance(version, bool):
            what, remedy = f"must be 0 or {_BY_PROJECT}", "update platform-components"
            raise InvalidInput(subject, [Problem("version", what, remedy)])
        return bool(version == _BY_PROJECT)

    def _newest(self, plain: str) -> str:
        """The key of the stack's file; the one modified last, if it is there in several forms; or empty."""
        keys = {plain.removesuffix(".json") + suffix for suffix in _SUFFIXES}
        entries = [entry for entry in self.store.listed(plain) if entry.key in keys]
        return max(entries, key=lambda entry: (entry.modified, entry.key)).key if entries else ""

    def _locks(self, directory: str) -> Iterator[str]:
        """A warning for each update that is running."""
        for entry in self.store.listed(directory):
            if entry.key.endswith(".json"):
                holder = _holder(self.store.read(entry.key) or b"")
                yield f"an update of the stack is running{holder}; the state can change"


def _holder(lock: bytes) -> str:
    """Who holds a lock, as its file states (pkg/backend/diy/lock.go); empty if it states nothing."""
    content: Any = None
    with suppress(ValueError, RecursionError):  # the file can be incomplete
        content = json.loads(lock)
    if not isinstance(content, Mapping):
        return ""
    user, host, since = (str(content.get(name) or "") for name in ("username", "hostname", "timestamp"))
    return f" by {quoted(f'{user}@{host}')[1:-1]} since {quoted(since)[1:-1]}"
