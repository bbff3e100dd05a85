"""The forms in which a program may print a secret: quoted, escaped or encoded."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

_SHORTEST_ENCODED = 6
"""Characters. Shorter parts of base64 text match parts of other texts."""
_SHORTEST_CASED = 8
"""Characters of a secret whose upper and lower case forms are hidden, too."""
_MOST_DIGITS = 100
"""Digits of a number that is also hidden with separators; Python converts at most 4,300."""

_FOR_URLS = str.maketrans("+/", "-_")
"""The characters of base64 that differ in its form for URLs."""


def forms_of(text: str) -> set[str]:
    """Return the text in each form: Python, JSON, URL, HTML, hexadecimal, base64, UTF-16, upper and lower
    case.
    """
    found = {text, *_escaped(text)}
    raw = text.encode(errors="surrogatepass")
    for content in {raw, *(form.encode(errors="surrogatepass") for form in _json(text))}:
        found.update(_base64(content))
    wide = text.encode("utf-16-le", errors="surrogatepass")  # as PowerShell encodes it
    found.update(_base64_parts(wide))
    for written in (raw.hex(), raw.hex(":"), raw.hex(" "), wide.hex()):
        found |= {written, written.upper()}
    if len(text) >= _SHORTEST_CASED and not text.isalpha():  # not the word `password` for PASSWORD
        found |= {text.upper(), text.lower()}
    if text.isdecimal() and len(text) <= _MOST_DIGITS:
        found |= {f"{int(text):,}", f"{int(text):_}"}
    return found


def bytes_forms(content: bytes) -> set[str]:
    """Return forms of bytes that are not text."""
    return {repr(content)[2:-1], content.hex(), content.hex().upper(), *_base64(content)}


def _escaped(text: str) -> Iterator[str]:
    yield repr(text)[1:-1]
    yield repr(text.encode(errors="surrogatepass"))[2:-1]
    # As JSON, and as JSON in a string of JSON.
    for form in _json(text):
        yield form
        yield form.replace("/", r"\/")
        yield from _json(form)
    for safe in ("", "/"):
        for quoted in (
            quote(text, safe=safe, errors="replace"),
            quote_plus(text, safe=safe, errors="replace"),
        ):
            yield quoted
            yield quoted.replace("%", "%25")  # in a URL that is a parameter of another one
    yield html.escape(text)
    yield html.escape(text, quote=False)


def _json(text: str) -> set[str]:
    return {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


def _base64(content: bytes) -> Iterator[str]:
    """The content in base64: alone, and as a part of a longer content such as `user:password`.

    Three bytes are four characters, so there are three ways in which a part can begin. Its first and last
    character may also encode bits of its neighbours.
    """
    yield base64.b64encode(content).decode().rstrip("=")
    yield base64.urlsafe_b64encode(content).decode().rstrip("=")
    for part in _base64_parts(content):
        yield part
        yield part.translate(_FOR_URLS)


def _base64_parts(content: bytes) -> Iterator[str]:
    """What the content is as a part of longer content, in base64."""
    for before in range(3):
        bits = 8 * (before + len(content))
        encoded = base64.b64encode(bytes(before) + content).decode()
        part = encoded[-(-8 * before // 6) : bits // 6]
        if len(part) >= _SHORTEST_ENCODED:
            yield part
