"""Answers from files: the entry that matches a call of a provider function."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from platform_components.base.answers import Answer, read_answers, without_nulls
from platform_components.base.errors import InvalidInput
from platform_components.base.frozen import thawed
from platform_components.base.settings import Platform
from platform_components.files.project_file import PLATFORM_FILE
from platform_components.functions.secret_functions import secret_answers

_Calls = tuple[str, str | None, str, str]
"""Function, arguments as text, region and environment; None or empty: any."""


@dataclass(frozen=True)
class Entry:
    """An entry of a file."""

    function: str
    arguments: Mapping[str, Any] | None
    region: str
    environment: str
    result: Mapping[str, Any]
    source: str
    """File and position, such as `platform.yaml answers[0]`."""

    @classmethod
    def of(cls, answer: Answer, source: str) -> Entry:
        """Create the entry of an answer."""
        arguments = None if answer.arguments is None else without_nulls(answer.arguments)
        region, environment = answer.region or "", answer.environment or ""
        return cls(answer.function, arguments, region, environment, thawed(answer.result), source)

    @property
    def calls(self) -> _Calls:
        """The calls that it answers."""
        return self.function, _key(self.arguments), self.region, self.environment


@dataclass(frozen=True)
class Answers:
    """The answers of platform.yaml and of answers files. Plain data, to be sent to another process."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def load(cls, paths: Iterable[Path] = (), platform: Platform | None = None) -> Answers:
        """Read answers files. Later files have precedence over earlier ones and over platform.yaml.

        Raises:
            InvalidInput: a file is invalid; lists all problems of the file.
        """
        files = [(path.name, read_answers(path, secret_answers).answers) for path in paths]
        if platform is not None:
            if problems := list(secret_answers(platform.answers)):
                raise InvalidInput(PLATFORM_FILE, problems)
            files.insert(0, (PLATFORM_FILE, platform.answers))
        return cls(
            tuple(
                Entry.of(answer, f"{name} answers[{index}]")
                for name, answers in files
                for index, answer in enumerate(answers)
            )
        )

    @classmethod
    def of(cls, results: Mapping[str, Mapping[str, Any]]) -> Answers:
        """Create answers from results by token, which match calls with any arguments."""
        return cls(
            tuple(
                Entry(token, None, "", "", result, f"answers[{token!r}]") for token, result in results.items()
            )
        )

    def __add__(self, other: Answers) -> Answers:
        """Return the answers of both; the other's have precedence."""
        return Answers(self.entries + other.entries)

    def find(
        self, function: str, arguments: Mapping[str, Any], *, region: str = "", environment: str = ""
    ) -> Entry | None:
        """Return the most specific entry for a call; of equally specific ones the last."""
        # Entries for fewer calls have precedence: by arguments, then environment, then region.
        candidates = product((_key(without_nulls(arguments)), None), (environment, ""), (region, ""))
        for written, environment_, region_ in candidates:
            if entry := self._by_calls.get((function, written, region_, environment_)):
                return entry
        return None

    @cached_property
    def _by_calls(self) -> Mapping[_Calls, Entry]:
        return {entry.calls: entry for entry in self.entries}


def _key(arguments: Mapping[str, Any] | None) -> str | None:
    """Arguments as text, which is the same for equal arguments only. In Python, `True == 1` too."""
    return None if arguments is None else json.dumps(arguments, sort_keys=True, default=repr)
