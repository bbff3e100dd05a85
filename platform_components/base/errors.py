"""Errors about invalid input: all problems of one subject, each with value, rule and remedy."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from pulumi import RunError

from platform_components.base.secret_shapes import shaped_secrets

_SENSITIVE_NAME = re.compile(
    r"passw|passphrase|pass$|pwd|credential"
    r"|(private|api|access|secret|signing|account|master|customer|pre[-_]?shared|ssl|tls)[-_]?key"
    r"|connection[-_]?string|webhook([-_]?ur[il])?$",
    re.IGNORECASE,
)
# At the end of a word, as in `AUTH_TOKEN` and `authtoken`; not in `TOKENIZER` or `secretsmanager`.
_SECRET_OR_TOKEN = re.compile(r"(?:[Ss]ecret|[Tt]oken)s?(?![a-z])|(?:SECRET|TOKEN)S?(?![A-Z])")
# Only as the last word: `userPin` and `PIN`, not `pinned`.
_SENSITIVE_WORDS = frozenset({"bearer", "dsn", "pin", "salt"})
# As a separate word, as in `basic_auth`, `httpAuth` and `AUTH`; not in `author` or `authority`.
_AUTH = re.compile(r"(?<![A-Za-z])([Aa]uth(?![a-z])|AUTH(?![A-Za-z]))|(?<=[a-z])Auth(?![a-z])")
# Environment variables of a workload: any of them may contain a secret.
_VARIABLES = re.compile(r"(^|\.)environment[.\[]")
# `user:password@` of an address; the `name:5000/image@` of a digest is none.
_LOGIN = re.compile(r"(://).*:.*@(?!sha256:)|[^\s/@:]*:(?!//)\S+@(?!sha256:)", re.DOTALL)
NOT_SHOWN = "[not shown]"
"""What is shown in place of a value that may be secret, because of its field."""
_LONGEST_VALUE = 60
_LONGEST_SEARCHED = 1_000
"""Characters of a text in which logins are looked for; the search takes the square of them."""
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")
_SAME_WORD, _SAME_BUT_FOR_TYPOS, _HALF = 0.65, 0.85, 0.5


class _Absent:
    def __repr__(self) -> str:
        return ""


ABSENT: Final = _Absent()
"""The value of a problem without one: the field is missing, or may be secret."""


@dataclass(frozen=True)
class Shown:
    """A value of which only the text that a message shows of it is left: it comes from another process."""

    text: str


@dataclass(frozen=True)
class Problem:
    """One problem: the field, its value, what is allowed, and how to fix it."""

    where: str
    """Path of the field (`database.storage_gb`), or line of a file."""
    what: str
    """The problem or the rule, as a phrase: `must be at least 20`."""
    remedy: str = ""
    """How to fix it, as a phrase; empty if `what` is sufficient."""
    value: object = ABSENT
    """The invalid value. It is not shown if the field's name indicates a secret; neither is the login in
    a URL."""

    def under(self, prefix: str) -> Problem:
        """Return the problem with a prefix to its path: `database.storage_gb` for `storage_gb`."""
        return replace(self, where=join_path(prefix, self.where))

    @property
    def shown(self) -> str | None:
        """The value as a message may show it; None when there is none to show."""
        if isinstance(self.value, Shown):
            return self.value.text
        return None if isinstance(self.value, _Absent) else _shown(self.where, self.value)

    def to_dict(self) -> dict[str, str]:
        """Return the problem as a dict: `field`, `value` (omitted if there is none), `problem`, `remedy`."""
        value = {} if self.shown is None else {"value": self.shown}
        return {"field": shown_name(self.where), **value, "problem": self.what, "remedy": self.remedy}


class InvalidInput(RunError):  # noqa: N818 - reads as a sentence: "invalid input: ..."
    """The user's input is invalid. Contains all problems of one subject; nothing was registered.

    A RunError, so that Pulumi prints only the message, without a traceback.

    `str()` returns the complete message: a headline with the subject, and one aligned line per problem.
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
        """The first line: the subject and the number of problems."""
        count = len(self.problems)
        return f"{self.subject}: {count} problem{'' if count == 1 else 's'}"

    def rows(self) -> list[tuple[str, str, str]]:
        """Return the other lines, one per problem: field and value, problem, remedy."""
        return [_row(problem) for problem in self.problems]

    def to_dict(self) -> dict[str, Any]:
        """Return the message as a dict, for JSON. Like the text, it contains no secrets."""
        return {"subject": self.subject, "problems": [problem.to_dict() for problem in self.problems]}


def join_path(prefix: str, path: str) -> str:
    """Join two paths: `database` and `storage_gb` to `database.storage_gb`. Either can be empty."""
    if not prefix or not path or path.startswith("["):
        return prefix + path
    return f"{prefix}.{path}"


@lru_cache(maxsize=4096)
def is_sensitive_name(name: str) -> bool:
    """Whether a field with this name or path may contain a secret, so that its value must not be shown."""
    if last_word(name) in _SENSITIVE_WORDS:
        return True
    return any(pattern.search(name) for pattern in (_SENSITIVE_NAME, _SECRET_OR_TOKEN, _AUTH, _VARIABLES))


def last_word(name: str) -> str:
    """Return the last word of a name in any spelling, in lower case: `file` for `passwordFile`."""
    return _words(name)[-1]


def shown_name(name: str) -> str:
    """Return a name from the input as messages show it: `PASSWORD=…` for `PASSWORD=x`."""
    before, sign, _ = name.partition("=")
    return _without_login(f"{before}=…" if sign else before)


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return `did you mean X?` with the option nearest to `word`, otherwise the list of options."""
    known = sorted(options)
    near = nearest(word, known)
    if near is not None:
        return f"did you mean {near}?"
    return one_of(known) if known else ""


def nearest(word: str, options: Iterable[str]) -> str | None:
    """Return the option that `word` most likely means; None if none is near.

    An option is near if it has most words in common, each with at most a typo (`cache.t3.small` for
    `t3.smal`, but not for `cache.m5.large`), or if it starts with the word.
    """
    words = _words(word)
    rated = [(_likeness(words, _words(option)), _ratio(word, option), option) for option in sorted(options)]
    likeness, ratio, option = max(rated, key=lambda rating: rating[:2], default=(0.0, 0.0, ""))
    if likeness > _HALF or ratio >= _SAME_BUT_FOR_TYPOS:
        return option
    return next((option for _, _, option in rated if word and option.startswith(f"{word}_")), None)


def one_of(options: Sequence[str], most: int = 12) -> str:
    """Return the options as text: `one of: a, b, c`, truncated if there are more than `most`."""
    shown = ", ".join(options[:most])
    return f"one of: {shown}" + (f", and {len(options) - most} more" if len(options) > most else "")


def as_written(value: str | float) -> str:
    """Return a value as written in a file, for a remedy: `true`, `8`, `db.t3.small`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _row(problem: Problem) -> tuple[str, str, str]:
    where = shown_name(problem.where)
    return where if problem.shown is None else f"{where} = {problem.shown}", problem.what, problem.remedy


def _shown(where: str, value: object) -> str:
    """Return a value as JSON. Nested values are abbreviated, because they may be secret."""
    if is_sensitive_name(where):
        return NOT_SHOWN
    if isinstance(value, list | tuple):
        text = f"[{', '.join(_brief(item) for item in value)}]"
    else:
        text = _brief(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _brief(value: object) -> str:
    if isinstance(value, str):
        value = _without_login(value)
        if any(shaped_secrets(value)):  # before the text is shortened, which would remove the shape
            return NOT_SHOWN
    if isinstance(value, str | int | float | None):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{…}" if value else "{}"
    return "[…]" if isinstance(value, list | tuple) else f"({type(value).__name__})"


def _words(name: str) -> list[str]:
    """Return the words of a name in any spelling: `maxReplicas`, `max_replicas`, `Max replicas`."""
    return [word.lower() for word in _WORD.findall(name)] or [name]


def _likeness(some: list[str], others: list[str]) -> float:
    """Return the similarity of two names, word by word, from 0 to 1."""
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
        return _LOGIN.sub(rf"\1{NOT_SHOWN}@", text)
    # A login may begin before the cut and end behind it: then the cut ends it.
    end = "@" if "@" in beyond else ""
    return _LOGIN.sub(rf"\1{NOT_SHOWN}@", text[:_LONGEST_SEARCHED] + end).removesuffix(end) + "…"


def _aligned(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Align the rows in columns. Only cells that are followed by another determine the width."""
    first = min(max((len(row[0]) for row in rows), default=0), 60)
    second = min(max((len(row[1]) for row in rows if row[2]), default=0), 60)
    return [f"  {a:<{first}}  {b:<{second}}  {c}".rstrip() for a, b, c in rows]
