"""What a person at a terminal sees while stacks are evaluated."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from platform_components.cli.progress import DEFAULT_TIME_LIMIT, text_of
from platform_components.workspace.run import TIME_LIMIT, Progress
from tests.cli.conftest import write
from tests.workspace.conftest import COMMAND


def on_a_terminal(
    project: Path,
    environment: Mapping[str, str] | None = None,
    *,
    command: Sequence[str] = COMMAND,
    code: int = 0,
) -> str:
    """Run a preview whose standard error is a terminal, and return what it writes there."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*command, "preview"],
        cwd=project,
        env={**os.environ, "TERM": "xterm", "CI": "", **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=slave,
    )
    os.close(slave)
    drawn = b""
    try:
        while part := os.read(master, 4096):
            drawn += part
    except OSError:  # Linux: the other end is closed
        pass
    os.close(master)
    assert process.wait() == code
    return drawn.decode()


def test_the_stacks_being_evaluated_are_shown(project: Path) -> None:
    """The line is updated repeatedly; output of the program does not appear in it."""
    write(project / "__main__.py", "import time\nprint('not this')\ntime.sleep(1)\n")
    drawn = on_a_terminal(project)
    assert drawn.count("evaluating dev   0 of 1 done") > 3
    assert "not this" not in drawn


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"TERM": "dumb"}])
def test_a_ci_log_has_no_progress(environment: dict[str, str], project: Path) -> None:
    """This applies to CI jobs with a terminal too."""
    write(project / "__main__.py", "import time\ntime.sleep(0.3)\n")
    assert on_a_terminal(project, environment) == ""


INTERRUPTED = """
import os, signal
from rich.console import Console
from platform_components.cli.main import main

def interrupted(self, *words):
    os.kill(os.getpid(), signal.SIGINT)
    return original(self, *words)

original, Console.{method} = Console.{method}, interrupted
main()
"""


@pytest.mark.parametrize("method", ["set_live", "show_cursor", "pop_render_hook"])
def test_ctrl_c_while_the_line_starts_or_stops_is_an_interruption(method: str, project: Path) -> None:
    """The exit code is 130 and the cursor is visible."""
    command = (sys.executable, "-c", INTERRUPTED.format(method=method))
    drawn = on_a_terminal(project, command=command, code=130)
    assert drawn.rpartition("\x1b[?25")[2].startswith("h")
    assert "internal error" not in drawn


def test_many_concurrent_stacks_are_counted() -> None:
    """The line names at most three stacks."""
    progress = Progress(("a.dev", "b.dev", "c.dev", "d.dev", "e.dev"), 3, 12)
    assert text_of(progress) == "evaluating a.dev, b.dev, c.dev and 2 more   3 of 12 done"


def test_the_default_time_limit_is_the_same_in_both_places() -> None:
    """The commands state it without importing the workspace."""
    assert DEFAULT_TIME_LIMIT == TIME_LIMIT
