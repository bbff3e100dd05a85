"""Output of commands: the result to standard output, everything else to standard error.

Names, values and messages come from programs. Their control characters are shown escaped (`\\x1b`), because
a terminal would interpret them; so are commands of CI systems (`\\x3a:error::`), which execute what they find
in a log.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment
    from rich.text import Text

BROKEN_PIPE = 141
"""Exit code for a closed pipe (128 + SIGPIPE), as in `platform preview | head`."""

INTERRUPTED = 130
"""Exit code for Ctrl-C (128 + SIGINT)."""

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Error numbers of a full or broken disk."""

# Control characters of C0 and C1 other than tab and newline, what changes the direction or the lines of text
# (Unicode, "Bidirectional Algorithm": explicit formatting characters), and what is invisible: two names that
# look alike would differ. Not U+200C and U+200D, which scripts and emoji need, and variation selectors.
_CONTROL = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)

# GitHub: `::name ...::` at the start of a line, after spaces, and `##[name]` anywhere (actions/runner,
# ActionCommand.cs). Azure Pipelines: `##vso[` anywhere. GitLab's sections contain control characters.
_LINE_COMMAND = re.compile(r"(?<!\S)::(?=[A-Za-z][^\n]*?::)")
_HASH_COMMAND = re.compile(r"#(?=#(?:vso)?\[)")

_SUBSTITUTES = {"±": "+-", "→": "->", "·": "-", "…": "...", "✗": "x", "└": "`", "├": "|"}
"""What ASCII terminals show instead of the characters of tables and trees; symbols stay different."""

_LOG_WIDTH = 120
_MINIMUM_WIDTH = 60


def console() -> Console:
    """Standard output, as wide as the terminal; 120 columns in a pipe or a CI log."""
    substitutes = {} if _encodes(_SUBSTITUTES) else _SUBSTITUTES
    if not sys.stdout.isatty():
        return _terminal(width=_width(_LOG_WIDTH), file=_Trimmed(sys.stdout, substitutes))
    if substitutes:
        return _terminal(width=_width(0), file=_Trimmed(sys.stdout, substitutes))
    return _terminal(width=_width(0))


def error_console() -> Console:
    """Standard error, for progress in a terminal."""
    return _terminal(stderr=True)


def printable(text: str) -> str:
    """Return a text with control characters and commands of CI systems escaped; lines and tabs stay."""
    text = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return _LINE_COMMAND.sub(r"\\x3a:", without_commands(text))


def without_commands(text: str, hash_: str = r"\x23") -> str:
    """Return a text in which no line contains a command that a CI system finds anywhere in a line.

    `hash_` is what is written for the first `#` of such a command. JSON has an equivalent form of it.
    """
    return _HASH_COMMAND.sub(lambda found: hash_, text)


def one_line(text: str) -> str:
    """Return a text, such as a name, as one line: newlines and tabs are escaped, too."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def shortened(text: str, longest: int = 2_000) -> str:
    """Return at most this many characters of a text, and its length if it is longer."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def styled(*parts: str | tuple[str, str]) -> Text:
    """A line of the result: texts, or texts with their style. Nothing in them is markup."""
    from rich.text import Text

    return Text.assemble(
        *(one_line(part) if isinstance(part, str) else (one_line(part[0]), part[1]) for part in parts)
    )


def write(text: str) -> None:
    """Write a line of the result that is not a table: it is not wrapped."""
    print(printable(text))  # noqa: T201 - the output of the command line


def say(text: str) -> None:
    """Write a line to standard error, for everything that is not the result."""
    text = printable(text)
    if sys.stderr.isatty():
        text = "\n".join(_wrapped(line, _width(0)) for line in text.splitlines())
    print(text, file=sys.stderr)  # noqa: T201 - the output of the command line


def _terminal(**options: Any) -> Console:
    from rich.console import Console
    from rich.text import Text

    class Terminal(Console):
        """Escapes control characters of all texts, and knows no markup in strings."""

        def on_broken_pipe(self) -> NoReturn:
            raise BrokenPipeError

        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterable[Segment]:
            if isinstance(renderable, Text) and (shown := printable(renderable.plain)) != renderable.plain:
                renderable = Text(shown, style=renderable.style)
            return super().render(renderable, options)

        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(printable(text), **options)

    return Terminal(highlight=False, markup=False, emoji=False, **options)


def _width(default: int) -> int:
    """Columns to use: COLUMNS if it is a positive integer, otherwise `default`; 0: the terminal's width."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return max(int(columns), _MINIMUM_WIDTH)
    return max(default or shutil.get_terminal_size().columns, _MINIMUM_WIDTH)


def _wrapped(line: str, width: int) -> str:
    """Wrap a line that is too long between words, with the continuation lines indented."""
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.fill(
        line,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=False,
    )


def _encodes(characters: Iterable[str]) -> bool:
    """Whether standard output can show these characters."""
    try:
        "".join(characters).encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


class _Trimmed:
    """A file that strips trailing spaces from each line: tables are padded to their full width.

    `substitutes`: what it writes for characters that its encoding does not have.
    """

    def __init__(self, file: TextIO, substitutes: Mapping[str, str]) -> None:
        self._file = file
        self._substitutes = str.maketrans(dict(substitutes))
        self.encoding = file.encoding

    def write(self, text: str) -> int:
        self._file.write(re.sub(r" +\n", "\n", text).translate(self._substitutes))
        return len(text)

    def flush(self) -> None:
        self._file.flush()

    def isatty(self) -> bool:
        return self._file.isatty()
