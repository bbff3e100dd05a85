"""Where a command's words go: the result to standard output, everything else to standard error."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, NoReturn, TextIO

if TYPE_CHECKING:
    from rich.console import Console

BROKEN_PIPE = 141
"""How shells number the end of a program whose reader went away: `platform preview | head`."""

INTERRUPTED = 130
"""How shells number the end of a program at Ctrl-C."""

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a full or broken disk answers."""

_WIDTH_OF_A_LOG = 120
_LEAST_WIDTH = 60


def console() -> Console:
    """Standard output, as wide as the terminal; in a pipe or a CI log, wide enough not to fold."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> NoReturn:
            raise BrokenPipeError

    if sys.stdout.isatty():
        return Terminal(highlight=False, width=_width(0))
    return Terminal(highlight=False, width=_width(_WIDTH_OF_A_LOG), file=_Trimmed(sys.stdout))  # type: ignore[arg-type] # it needs no more than this of a file


def say(text: str) -> None:
    """Write to standard error, which is where everything goes that is not the result."""
    if sys.stderr.isatty():
        text = "\n".join(_wrapped(line, _width(0)) for line in text.splitlines())
    print(text, file=sys.stderr)  # noqa: T201 - this is the command line's own voice


def _width(otherwise: int) -> int:
    """Columns to fill: COLUMNS, if that is a number of them, else those of the terminal or `otherwise`."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return max(int(given), _LEAST_WIDTH)
    return max(otherwise or shutil.get_terminal_size().columns, _LEAST_WIDTH)


def _wrapped(line: str, width: int) -> str:
    """The line, broken between words where it is too long, and indented below its first words."""
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


class _Trimmed:
    """A file whose lines end where their text does: tables are padded to their full width."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.encoding = file.encoding

    def write(self, text: str) -> int:
        self._file.write(re.sub(r" +\n", "\n", text))
        return len(text)

    def flush(self) -> None:
        self._file.flush()

    def isatty(self) -> bool:
        return False
