"""Texts in GitHub's Markdown in which nothing that a program wrote is markup.

Names and values are hostile: they can contain HTML, links, mentions, references to issues, and fences. In
code spans and blocks GitHub interprets none of these (https://github.github.com/gfm/#code-spans).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final

from platform_components.cli.output import one_line, shortened

_LONGEST: Final = 300
_RUN = re.compile("`+")
_PUNCTUATION: Final = "\\`*_[]|~"
_SPECIAL = re.compile(r"[\\`*_\[\]|~&<>@#]|:/|www\.|\bGH-\d", re.IGNORECASE)


def code(text: str) -> str:
    """Return a text as a code span. Its fence is longer than any run of backticks in it."""
    shown = _safe(text) or " "
    fence = "`" * (max((len(run) for run in _RUN.findall(shown)), default=0) + 1)
    # Without spaces, a backtick at an end would be part of the fence; one space of each end is dropped.
    space = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{space}{shown}{space}{fence}"


def prose(text: str) -> str:
    """Return a text without markup, mentions, references and links."""
    return _SPECIAL.sub(_escaped, _safe(text))


def _escaped(found: re.Match[str]) -> str:
    part = found[0]
    if part in "&<>":
        return html.escape(part)
    # GitHub looks for mentions, references and links in the rendered text, so escaping is not enough: as in
    # dependabot-core (link_and_mention_sanitizer.rb), a zero-width space divides them.
    if part in _PUNCTUATION:
        return f"\\{part}"
    return f"{part}&#8203;" if len(part) == 1 else f"{part[:-1]}&#8203;{part[-1]}"


def raw_code(text: str) -> str:
    """Return a text for a `<summary>`, which is HTML: code spans are not interpreted there."""
    return f"<code>{html.escape(_safe(text))}</code>"


def block(lines: Iterable[str], language: str = "diff") -> list[str]:
    """Return lines as a code block. Its fence is longer than any in the lines."""
    shown = [_safe(line) for line in lines]
    longest = max((len(run) for line in shown for run in _RUN.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *shown, fence]


def marker(*words: str) -> str:
    """Return a comment that is not rendered, and identifies the text. `--` would end it."""
    safe = [re.sub(r"[^A-Za-z0-9_.,]+", "-", word) for word in words if word]
    return f"<!-- platform-preview: {' '.join(safe)} -->"


def _safe(text: str) -> str:
    return one_line(shortened(text, _LONGEST))
