"""Removes the plain text of secrets from messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platform_components.base.errors import is_sensitive_name
from platform_components.base.markers import Secret

_MARK = "[secret]"
_SHORT = 4
"""Characters. Shorter secrets, such as `no` or `80`, would match parts of most messages."""
_SHORTEST_LINE = 8
_SEARCHED = 64
"""The rarest part of a secret is determined in its first characters, up to this number."""
_WORDS = frozenset({"true", "false", "null", "none"})
"""Common values that are not hidden, even if they are marked as secret."""


class Redactor:
    """A set of secrets. Calling it with a text returns the text without them."""

    def __init__(self, *, short: bool = False) -> None:
        """`short`: also hide secrets of fewer than 4 characters if they are separate words."""
        self._short = short
        self._texts: set[str] = set()
        self._by_part: dict[str, set[str]] = {}

    def learn(self, value: Any) -> None:
        """Register every string and number in a secret value."""
        for text in _texts(value, secret=True):
            self._learn_text(text)

    def learn_marked(self, value: Any) -> None:
        """Register the secrets in a value: marked ones, and those whose key indicates a secret."""
        for text in _texts(value, secret=False):
            self._learn_text(text)

    def __call__(self, text: str) -> str:
        # Most texts contain none, and `in` is much faster than a regular expression.
        found = [secret for secret in self._candidates(text) if secret in text]
        if not found:
            return text
        longest_first = sorted(found, key=lambda secret: (-len(secret), secret))
        return re.sub("|".join(map(_matching, longest_first)), _MARK, text)

    def _candidates(self, text: str) -> Iterable[str]:
        """The secrets that a text may contain; if there are many, those with a part in the text."""
        if len(self._texts) <= len(text):
            return self._texts
        sizes = range(1, _SHORT + 1) if self._short else (_SHORT,)
        parts = {text[at : at + size] for size in sizes for at in range(len(text))}
        return [secret for part in parts for secret in self._by_part.get(part, ())]

    def within(self, value: Any) -> Any:
        """A JSON value with the secrets removed from its strings."""
        if not self._texts:
            return value
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {key: self.within(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.within(item) for item in value]
        return value

    def _learn_text(self, text: str) -> None:
        stripped = text.strip()
        too_short = len(stripped) < _SHORT and not (self._short and stripped)
        if text in self._texts or too_short or stripped.lower() in _WORDS:
            return
        # Messages may quote it like Python or JSON. Printed text is reported line by line.
        lines = [line.strip() for line in text.splitlines()]
        forms = {text, repr(text)[1:-1], json.dumps(text)[1:-1]}
        forms |= {line for line in lines if len(line) >= _SHORTEST_LINE}
        self._texts |= forms
        for form in forms:
            # Many have the same prefix, so each is indexed by its part with the fewest entries so far.
            ends = range(min(_SHORT, len(form)), min(len(form), _SEARCHED) + 1)
            part = min((form[max(0, end - _SHORT) : end] for end in ends), key=self._count)
            self._by_part.setdefault(part, set()).add(form)

    def _count(self, part: str) -> int:
        return len(self._by_part.get(part, ()))


@dataclass(frozen=True)
class ValueRedactor:
    """Removes secrets from JSON values. Unlike a bound method, it can be sent to another process safely."""

    redactor: Redactor

    def __call__(self, value: Any) -> Any:
        return self.redactor.within(value)


def _matching(text: str) -> str:
    """A pattern for the text; a short text must be a separate word."""
    return re.escape(text) if len(text) >= _SHORT else rf"(?<!\w){re.escape(text)}(?!\w)"


def _texts(value: Any, *, secret: bool) -> Iterator[str]:
    """The strings and numbers in a value that are secret; with `secret`, all of them."""
    if isinstance(value, Secret):
        yield from _texts(value.value, secret=True)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, secret=secret or is_sensitive_name(str(key)))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item, secret=secret)
    elif secret and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
