"""What a person got wrong: every problem of one place, each with value, rule and remedy."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pulumi import RunError

_SENSITIVE_NAME = re.compile(
    r"passw|passphrase|pass$|pwd|secret|token|credential|(private|api|access|signing)[-_]?key", re.IGNORECASE
)
# The word alone, as in `basic_auth`, `httpAuth` and `AUTH`; not in `author` or `authority`.
_AUTH = re.compile(r"(?<![A-Za-z])([Aa]uth(?![a-z])|AUTH(?![A-Za-z]))|(?<=[a-z])Auth(?![a-z])")
# Environment variables of a workload: any of them may be one that belonged into a secret.
_VARIABLES = re.compile(r"(^|\.)environment[.\[]")
# `user:password@` of an address; the `name:5000/image@` of a digest is none.
_LOGIN = re.compile(r"(://).*:.*@(?!sha256:)|[^\s/@:]*:(?!//)\S+@(?!sha256:)", re.DOTALL)
_NOT_SHOWN = "[not shown]"
_LONGEST_VALUE = 60
_LONGEST_SEARCHED = 1_000
"""Characters of a text in which logins are looked for; the search takes the square of them."""
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")
_SAME_WORD, _SAME_BUT_FOR_TYPOS, _HALF = 0.65, 0.85, 0.5


class _Absent:
    def __repr__(self) -> str:
        return ""


ABSENT: Final = _Absent()
"""The value of a problem that has none to show: a missing field, or one that may be secret."""


@dataclass(frozen=True)
class Shown:
    """A value of which only the text that a message shows of it is left: it comes from another process."""

    text: str


@dataclass(frozen=True)
class Problem:
    """One mistake: where it stands, what was found there, what is allowed, what to do."""

    where: str
    """Path of the field (`database.storage_gb`), or a line of a file."""
    what: str
    """What is wrong or what is allowed, as a phrase: `must be at least 20`."""
    remedy: str = ""
    """What to do about it, as a phrase; empty when `what` says it all."""
    value: object = ABSENT
    """What was found. Never shown when the field's name says that it may be secret, nor is the login in
    an address."""

    def under(self, prefix: str) -> Problem:
        """The same problem, seen from the thing that holds this one: `storage_gb` in `database`."""
        return replace(self, where=join_path(prefix, self.where))

    @property
    def shown(self) -> str | None:
        """The value as a message may show it; None when there is none to show."""
        if isinstance(self.value, Shown):
            return self.value.text
        return None if isinstance(self.value, _Absent) else _shown(self.where, self.value)

    def to_dict(self) -> dict[str, str]:
        """The problem as plain data: `field`, `value` (left out when there is none), `problem`, `remedy`."""
        value = {} if self.shown is None else {"value": self.shown}
        return {"field": shown_name(self.where), **value, "problem": self.what, "remedy": self.remedy}


class InvalidInput(RunError):  # noqa: N818 - read as a sentence: "invalid input: ..."
    """A person's input is wrong. Holds all the problems of one place; nothing was registered yet.

    A RunError, so that Pulumi prints the message alone, without a traceback.

    `str()` gives the whole message, ready to print: a headline that names the place and one
    aligned line a problem.
    """

    debug: str = ""
    """The traceback, where it was taken down: of an error from another process, or of a person's own code."""

    def __init__(self, subject: str, problems: Iterable[Problem]) -> None:
        self.subject = subject
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(subject, self.problems)

    def __str__(self) -> str:
        return "\n".join([self.headline, *_aligned(self.rows())])

    @property
    def headline(self) -> str:
        """The first line: the place, and how many problems it has."""
        count = len(self.problems)
        return f"{self.subject}: {count} problem{'' if count == 1 else 's'}"

    def rows(self) -> list[tuple[str, str, str]]:
        """The other lines, one a problem: the field and its value, what is wrong, what to do about it."""
        return [_row(problem) for problem in self.problems]

    def to_dict(self) -> dict[str, Any]:
        """The message as plain data, for JSON; it holds no secret, as the text holds none."""
        return {"subject": self.subject, "problems": [problem.to_dict() for problem in self.problems]}


def join_path(prefix: str, path: str) -> str:
    """`database` and `storage_gb` make `database.storage_gb`; either may be empty."""
    if not prefix or not path or path.startswith("["):
        return prefix + path
    return f"{prefix}.{path}"


def is_sensitive_name(name: str) -> bool:
    """Whether a field of this name, or path, may hold a secret, so that its value is never shown."""
    return any(pattern.search(name) for pattern in (_SENSITIVE_NAME, _AUTH, _VARIABLES))


def shown_name(name: str) -> str:
    """A name that a person wrote, as messages show it: of `PASSWORD=x`, no more than the name."""
    before, sign, _ = name.partition("=")
    return _without_login(f"{before}=…" if sign else before)


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """`did you mean X?` for the option nearest to `word`, else what the options are."""
    known = sorted(options)
    near = nearest(word, known)
    if near is not None:
        return f"did you mean {near}?"
    return one_of(known) if known else ""


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option that `word` was most likely meant to be; None when none is near.

    Near is one with most of its words in common, a typo in each allowed: `cache.t3.small` for
    `t3.smal`, but not `cache.t3.small` for `cache.m5.large`; and one that begins with the word.
    """
    words = _words(word)
    rated = [(_likeness(words, _words(option)), _ratio(word, option), option) for option in sorted(options)]
    likeness, ratio, option = max(rated, key=lambda rating: rating[:2], default=(0.0, 0.0, ""))
    if likeness > _HALF or ratio >= _SAME_BUT_FOR_TYPOS:
        return option
    return next((option for _, _, option in rated if word and option.startswith(f"{word}_")), None)


def one_of(options: Sequence[str], most: int = 12) -> str:
    """The options in words: `one of: a, b, c`, cut short when there are more than `most`."""
    shown = ", ".join(options[:most])
    return f"one of: {shown}" + (f", and {len(options) - most} more" if len(options) > most else "")


def as_written(value: str | float) -> str:
    """A value as a person writes it, in a remedy: `true`, `8`, `db.t3.small`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _row(problem: Problem) -> tuple[str, str, str]:
    where = shown_name(problem.where)
    return where if problem.shown is None else f"{where} = {problem.shown}", problem.what, problem.remedy


def _shown(where: str, value: object) -> str:
    """A value as JSON and YAML write it. What is nested deeper is left out: it may be secret."""
    if is_sensitive_name(where):
        return _NOT_SHOWN
    if isinstance(value, list | tuple):
        text = f"[{', '.join(_brief(item) for item in value)}]"
    else:
        text = _brief(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _brief(value: object) -> str:
    if isinstance(value, str):
        value = _without_login(value)
    if isinstance(value, str | int | float | None):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{…}" if value else "{}"
    return "[…]" if isinstance(value, list | tuple) else f"({type(value).__name__})"


def _words(name: str) -> list[str]:
    """The words of a name in any spelling: `maxReplicas`, `max_replicas`, `Max replicas`."""
    return [word.lower() for word in _WORD.findall(name)] or [name]


def _likeness(some: list[str], others: list[str]) -> float:
    """How much two names have in common, word by word, from 0 to 1."""
    left, common = list(others), 0.0
    for word in some:
        near = max(left, key=lambda other: _ratio(word, other), default="")
        ratio = _ratio(word, near)
        if ratio >= _SAME_WORD:
            left.remove(near)
            common += ratio
    return 2 * common / (len(some) + len(others))


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _without_login(text: str) -> str:
    """The text without the login of an address; of a very long text its beginning."""
    beyond = text[_LONGEST_SEARCHED:]
    if not beyond:
        return _LOGIN.sub(rf"\1{_NOT_SHOWN}@", text)
    # A login may begin before the cut and end behind it: then the cut ends it.
    end = "@" if "@" in beyond else ""
    return _LOGIN.sub(rf"\1{_NOT_SHOWN}@", text[:_LONGEST_SEARCHED] + end).removesuffix(end) + "…"


def _aligned(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Two-space indented columns; a column is as wide as its widest cell that has another after it."""
    first = min(max((len(row[0]) for row in rows), default=0), 60)
    second = min(max((len(row[1]) for row in rows if row[2]), default=0), 60)
    return [f"  {a:<{first}}  {b:<{second}}  {c}".rstrip() for a, b, c in rows]
