"""Parses the tables of invalid input: plain text, one entry per error, with the expected message.

## a title
the input
=> command line, if there is one
the message, line by line
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """One invalid input."""

    table: str
    title: str
    written: str
    command: str
    message: str

    def __str__(self) -> str:
        return f"{self.table}: {self.title}"


def entries(table: str) -> list[Entry]:
    """Return all entries of a table."""
    text = (FOLDER / f"{table}.txt").read_text(encoding="utf-8")
    return [_entry(table, part) for part in text.split("\n## ")[1:]]


def _entry(table: str, text: str) -> Entry:
    title, _, rest = text.partition("\n")
    written, separator, after = f"\n{rest}".partition("\n=>")
    assert separator, f"{table}: {title}: no line =>"
    command, _, message = after.partition("\n")
    return Entry(table, title, written.strip("\n"), command.strip(), message.strip("\n"))


def changes(written: str) -> Iterator[tuple[str, str | None, str]]:
    """Yield the changes of files: path, old text (empty: the complete file, None: delete it), new text."""
    for part in f"\n{written}".split("\n@ ")[1:]:
        path, *lines = part.splitlines()
        if path.endswith(" deleted"):
            yield path.removesuffix(" deleted"), None, ""
        else:
            old, new = ([line[2:] for line in lines if line.startswith(sign)] for sign in ("-", "+"))
            yield path, "\n".join(old), "\n".join(new)
