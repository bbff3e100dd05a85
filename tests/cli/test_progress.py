"""What a person at a terminal sees while stacks are evaluated."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from platform_components.cli.progress import DEFAULT_TIME_LIMIT, text_of
from platform_components.workspace.run import TIME_LIMIT, Progress
from tests.cli.conftest import write
from tests.workspace.conftest import COMMAND


def on_a_terminal(project: Path, **environment: str) -> str:
    """Run a preview whose standard error is a terminal, and return what it writes there."""
    master, slave = pty.openpty()
    command = subprocess.Popen(
        [*COMMAND, "preview"],
        cwd=project,
        env={**os.environ, "TERM": "xterm", "CI": "", **environment},
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
    command.wait()
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
    assert on_a_terminal(project, **environment) == ""


def test_many_concurrent_stacks_are_counted() -> None:
    """The line names at most three stacks."""
    progress = Progress(("a.dev", "b.dev", "c.dev", "d.dev", "e.dev"), 3, 12)
    assert text_of(progress) == "evaluating a.dev, b.dev, c.dev and 2 more   3 of 12 done"


def test_the_default_time_limit_is_the_same_in_both_places() -> None:
    """The commands state it without importing the workspace."""
    assert DEFAULT_TIME_LIMIT == TIME_LIMIT
