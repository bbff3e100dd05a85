"""Where a command's words go: the result to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH_OF_A_LOG = 120


def console() -> Console:
    """Standard output, as wide as the terminal; in a pipe or a CI log, wide enough not to fold."""
    from rich.console import Console

    fixed = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_LOG
    return Console(highlight=False, width=fixed)


def say(text: str) -> None:
    """Write to standard error, which is where everything goes that is not the result."""
    print(text, file=sys.stderr)  # noqa: T201 - this is the command line's own voice
