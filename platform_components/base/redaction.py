"""Removes the plain text of secrets from messages and data."""

from __future__ import annotations

import json
import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Any

from platform_components.base.errors import is_sensitive_name
from platform_components.base.markers import MARK, Secret
from platform_components.base.secret_forms import bytes_forms, forms_of
from platform_components.base.secret_names import (
    assigned_secrets,
    is_common,
    is_plain_secret,
    secret_items,
    secret_words,
    variable_name,
)
from platform_components.base.secret_shapes import Span, shaped_secrets

_SHORT = 4
"""Characters. Shorter secrets, such as `no` or `80`, would match parts of most messages."""
_SHORTEST_LINE = 8
"""Characters. Shorter lines of a secret, such as `}`, are only hidden if they are the complete text."""
_SHORTEST_WRAPPED = 8
"""Characters of a secret that is hidden if it is printed in several lines."""
_BLOCK = 1_000_000
"""Characters of printed lines that are searched together for secrets that span several of them."""
_FEW = 64
"""Up to this number of forms, searching for each is faster than with the index."""
_PLACES = 8
"""A form is indexed by one of this number of its parts."""
_SHORTEST_CUT, _LONGEST_CUT = 6, 60
"""Characters of a secret next to the `...` of a shortened text that are hidden."""
_REMEMBERED = 200
"""Characters. Longer texts, such as documents, are rarely repeated."""
_CUT = re.compile(r"…|\.\.\.")
_SHORTEST_NOT_WORD = 8
"""Characters. A shorter secret of letters only is often a word that keys and types contain."""
_WORDS = frozenset({"true", "false", "null", "none"})
"""Common values that are not hidden, even if they are marked as secret."""


class Redactor:
    """A set of secrets. Calling it with a text returns the text without them.

    It also hides secrets that are not registered, if they have the shape of one: `ghp_...`, `TOKEN=...`.
    """

    def __init__(self, *, short: bool = False, beside: Redactor | None = None) -> None:
        """`short`: also hide secrets of fewer than 4 characters if they are separate words. `beside`: also
        hide the secrets of another redactor, including those that it learns later.
        """
        self._short = short
        self._beside = beside
        self._learned: set[str | bytes] = set()
        self._forms: set[str] = set()
        self._by_part: dict[str, list[str]] = {}
        self._lines: set[str] = set()
        self._heads: dict[str, list[str]] = {}
        self._tails: dict[str, list[str]] = {}

    def learn(self, value: Any) -> None:
        """Register every string, number and sequence of bytes in a secret value."""
        for text in _texts(value, secret=True):
            self._learn_content(text)

    def learn_marked(self, value: Any) -> None:
        """Register the secrets in a value: marked ones, and those whose key indicates a secret."""
        for text in _texts(value, secret=False):
            self._learn_content(text)

    def learn_plain(self, value: Any) -> list[str]:
        """Register the secrets in a value that are not marked, by shape and name; return their paths.

        Common words are not registered: they are only hidden in their place, see `hide_named`.
        """
        return list(self._plain(value, ""))

    def __call__(self, text: str) -> str:
        shown = _replaced(text, self._spans(text))
        return "\n".join(self.lines(shown.split("\n"))) if "\n" in shown else shown

    def key(self, text: str) -> str:
        """A key of a mapping or a type without secrets, except for those that are a short word: `Name`."""
        if "\n" in text:
            return self(text)
        return _replaced(text, (span for span in self._spans(text) if not _is_short_word(text[slice(*span)])))

    def lines(self, lines: Sequence[str]) -> list[str]:
        """Consecutive lines of output without secrets, including those that span several lines."""
        spans = [list(self._spans(line)) for line in lines]
        for block in _blocks(lines):
            ends = list(accumulate(len(lines[index]) for index in block))
            joined = "".join(lines[index] for index in block)
            _distribute(self._wrapped(joined), block, ends, spans)
            # A private key is only recognized with its line breaks.
            ends = [end + number for number, end in enumerate(ends, 1)]
            joined = "\n".join(lines[index] for index in block)
            _distribute(shaped_secrets(joined), block, ends, spans)
        return [_replaced(line, found) for line, found in zip(lines, spans, strict=True)]

    def within(self, value: Any) -> Any:
        """A JSON value with the secrets removed from its strings and keys. Different keys stay different."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {key: self.within(item) for key, item in distinct_keys(value, self)}
        if isinstance(value, list):
            return [self.within(item) for item in value]
        return value

    def _spans(self, text: str) -> Iterator[Span]:
        yield from self._registered(text)
        if len(text) >= _SHORT or self._short:
            yield from _unregistered(text)

    def _registered(self, text: str) -> Iterator[Span]:
        if self._beside:
            yield from self._beside._registered(text)
        if self._lines and (stripped := text.strip()) in self._lines:
            start = text.index(stripped)
            yield start, start + len(stripped)
        if self._forms and (len(text) >= _SHORT or self._short):
            yield from self._found(text)
            yield from self._cut(text)

    def _wrapped(self, joined: str) -> Iterator[Span]:
        if self._beside:
            yield from self._beside._wrapped(joined)
        yield from self._found(joined, _SHORTEST_WRAPPED)

    def _found(self, text: str, shortest: int = 0) -> Iterator[Span]:
        """Each occurrence of each form."""
        for form in self._candidates(text):
            if len(form) < shortest:
                continue
            start = text.find(form)
            while start >= 0:
                end = start + len(form)
                if len(form) >= _SHORT or _is_word(text, start, end):
                    yield start, end
                start = text.find(form, end)

    def _candidates(self, text: str) -> Iterable[str]:
        """The forms that a text may contain; if there are many, those with a part in the text."""
        if len(self._forms) <= _FEW:
            return self._forms
        sizes = range(1, _SHORT + 1) if self._short else (_SHORT,)
        parts = {text[at : at + size] for size in sizes for at in range(len(text))}
        return [form for part in self._by_part.keys() & parts for form in self._by_part[part]]

    def _cut(self, text: str) -> Iterator[Span]:
        """The beginning of a secret before `...`, and its end after it: messages shorten long values."""
        for mark in _CUT.finditer(text):
            before = text[max(0, mark.start() - _LONGEST_CUT) : mark.start()]
            for at in range(len(before) - _SHORTEST_CUT + 1):
                rest = before[at:]
                if any(whole.startswith(rest) for whole in self._heads.get(rest[:_SHORTEST_CUT], ())):
                    yield mark.start() - len(rest), mark.start()
                    break
            after = text[mark.end() : mark.end() + _LONGEST_CUT]
            for size in range(len(after), _SHORTEST_CUT - 1, -1):
                rest = after[:size]
                if any(whole.endswith(rest) for whole in self._tails.get(rest[-_SHORTEST_CUT:], ())):
                    yield mark.end(), mark.end() + size
                    break

    def _plain(self, value: Any, path: str) -> Iterator[str]:
        if isinstance(value, str):
            spans = [*_unregistered(value)]
            for start, end in spans:
                self._learn_named(value[start:end])
            if spans:
                yield path
        elif isinstance(value, Mapping):
            hidden = set(secret_items(value))
            for key, item in value.items():
                below = f"{path}.{key}" if path else str(key)
                if key in hidden:
                    self._learn_named(item)
                    yield below
                else:
                    yield from self._plain(item, below)
        elif isinstance(value, list | tuple):
            starts = dict(secret_words(value))
            for index, item in enumerate(value):
                if index in starts:
                    self._learn_named(item[starts[index] :])
                    yield f"{path}[{index}]"
                else:
                    yield from self._plain(item, f"{path}[{index}]")

    def _learn_named(self, text: str) -> None:
        if not is_common(text):
            self._learn_content(text)

    def _learn_content(self, content: str | bytes) -> None:
        if content in self._learned:
            return
        self._learned.add(content)
        if isinstance(content, str):
            self._learn_text(content)
        elif len(content) >= _SHORT:
            for form in bytes_forms(content):
                self._add(form)

    def _learn_text(self, text: str) -> None:
        stripped = text.strip()
        too_short = len(stripped) < _SHORT and not (self._short and stripped)
        if too_short or stripped.lower() in _WORDS:
            return
        for form in forms_of(text) if len(stripped) >= _SHORT else (text,):
            self._add(form)
        if len(text) > _SHORTEST_CUT:
            self._heads.setdefault(text[:_SHORTEST_CUT], []).append(text)
            self._tails.setdefault(text[-_SHORTEST_CUT:], []).append(text)
        lines = [line.strip() for line in text.splitlines()]
        if len(lines) > 1:
            self._learn_lines(text, lines)
        for start, end in _unregistered(text):  # such as a URL's password
            self._learn_content(text[start:end])
        if text.startswith(("{", "[")):
            self._learn_json(text)

    def _learn_lines(self, text: str, lines: list[str]) -> None:
        """Printed text is reported line by line, and may be indented or wrapped."""
        for line in lines:
            if len(line) >= _SHORTEST_LINE:
                self._learn_content(line)
            elif len(line) >= _SHORT or ("-----BEGIN" in text and any(map(str.isalnum, line))):
                self._lines.add(line)
        self._add("".join(text.splitlines()))

    def _learn_json(self, text: str) -> None:
        """A program may parse a secret, and print a part of it."""
        try:
            self.learn_marked(json.loads(text))
        except ValueError:  # it is not JSON
            return

    def _add(self, form: str) -> None:
        if form in self._forms or not form.strip():
            return
        self._forms.add(form)
        # Many begin or end alike, so each is indexed by its part with the fewest entries so far.
        last = max(0, len(form) - _SHORT)
        best, fewest = "", sys.maxsize
        for place in range(_PLACES):
            at = last * place // (_PLACES - 1)
            part = form[at : at + _SHORT]
            others = self._by_part.get(part)
            if others is None:
                self._by_part[part] = [form]
                return
            if len(others) < fewest:
                best, fewest = part, len(others)
        self._by_part[best].append(form)


@dataclass(frozen=True)
class ValueRedactor:
    """Removes secrets from JSON values. Unlike a bound method, it can be sent to another process safely."""

    redactor: Redactor = field(default_factory=Redactor)

    def __call__(self, value: Any) -> Any:
        return self.redactor.within(value)


def distinct_keys(value: Mapping[str, Any], redact: Redactor) -> Iterator[tuple[str, Any]]:
    """The items of a mapping with secrets removed from the keys: `[secret]`, `[secret] (2)`."""
    used: set[str] = set()
    for key, item in value.items():
        shown = distinct(redact.key(key), used)
        yield shown, item


def distinct(text: str, used: set[str]) -> str:
    """Return a text that is not used yet, and add it: with a number if it would be used twice."""
    shown, number = text, 1
    while shown in used:
        number += 1
        shown = f"{text} ({number})"
    used.add(shown)
    return shown


def _unregistered(text: str) -> tuple[Span, ...]:
    """The secrets in a text that its shape or its names show. Keys and most values are repeated."""
    return _remembered(text) if len(text) <= _REMEMBERED else _remembered.__wrapped__(text)


@lru_cache(maxsize=4096)
def _remembered(text: str) -> tuple[Span, ...]:
    return (*shaped_secrets(text), *assigned_secrets(text))


def _replaced(text: str, spans: Iterable[Span]) -> str:
    """The text with a mark in place of each span; spans that overlap are one."""
    pieces: list[str] = []
    done = start = end = 0
    for left, right in sorted(spans):
        if left >= end > start:
            pieces += [text[done:start], MARK]
            done, start = end, left
        elif end <= start:
            start = left
        end = max(end, right)
    if end > start:
        pieces += [text[done:start], MARK]
        done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def _blocks(lines: Sequence[str]) -> Iterator[range]:
    """Consecutive lines, by number, of which a block has at most _BLOCK characters unless it is one line."""
    first = size = 0
    for index, line in enumerate(lines):
        if size and size + len(line) > _BLOCK:
            yield range(first, index)
            first, size = index, 0
        size += len(line)
    yield range(first, len(lines))


def _distribute(found: Iterable[Span], block: range, ends: list[int], spans: list[list[Span]]) -> None:
    """Split each span of joined lines into its parts in each line."""
    for start, end in found:
        for index in range(bisect_right(ends, start), bisect_left(ends, end) + 1):
            begin = ends[index - 1] if index else 0
            spans[block[index]].append((max(start - begin, 0), min(end, ends[index]) - begin))


def _is_word(text: str, start: int, end: int) -> bool:
    around = text[max(0, start - 1) : start] + text[end : end + 1]
    return not any(each.isalnum() or each == "_" for each in around)


def hide_named(value: Mapping[str, Any] | Sequence[Any]) -> Any:
    """A mapping or list with a mark in place of its own plain secrets: `{"password": "[secret]"}`."""
    if isinstance(value, Mapping):
        return {**value, **dict.fromkeys(secret_items(value), MARK)}
    shown = list(value)
    for index, start in secret_words(value):
        shown[index] = shown[index][:start] + MARK
    return shown


def _is_short_word(text: str) -> bool:
    return text.isalpha() and len(text) < _SHORTEST_NOT_WORD


def _texts(value: Any, *, secret: bool, name: str = "") -> Iterator[str | bytes]:
    """The content of a value that is secret; with `secret`, all of it. `name` indicates a secret."""
    if isinstance(value, Secret):
        yield from _texts(value.value, secret=True)
    elif isinstance(value, Mapping):
        variable = variable_name(value)
        for key, item in value.items():
            own = variable if variable and key == "value" else str(key)
            named = own if is_sensitive_name(own) else name
            yield from _texts(item, secret=secret, name=named)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item, secret=secret, name=name)
    elif (secret or name) and isinstance(value, bytes | bytearray):
        try:
            yield bytes(value).decode()
        except UnicodeDecodeError:
            yield bytes(value)
    elif (secret or name) and isinstance(value, str | int | float) and not isinstance(value, bool):
        text = str(value)
        if secret or (is_plain_secret(name, text) and not is_common(text)):
            yield text
