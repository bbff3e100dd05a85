"""Output of commands: the result to standard output, everything else to standard error."""

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
"""Exit code for a closed pipe (128 + SIGPIPE), as in `platform preview | head`."""

INTERRUPTED = 130
"""Exit code for Ctrl-C (128 + SIGINT)."""

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Error numbers of a full or broken disk."""

_LOG_WIDTH = 120
_MINIMUM_WIDTH = 60


def console() -> Console:
    """Standard output, as wide as the terminal; 120 columns in a pipe or a CI log."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> NoReturn:
            raise BrokenPipeError

    if sys.stdout.isatty():
        return Terminal(highlight=False, width=_width(0))
    return Terminal(highlight=False, width=_width(_LOG_WIDTH), file=_Trimmed(sys.stdout))  # type: ignore[arg-type] # rich uses only these methods of a file


def say(text: str) -> None:
    """Write a line to standard error, for everything that is not the result."""
    if sys.stderr.isatty():
        text = "\n".join(_wrapped(line, _width(0)) for line in text.splitlines())
    print(text, file=sys.stderr)  # noqa: T201 - the output of the command line


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


class _Trimmed:
    """A file that strips trailing spaces from each line: tables are padded to their full width."""

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
