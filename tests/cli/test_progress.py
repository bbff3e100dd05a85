"""What a person at a terminal sees while stacks are evaluated."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from platform_components.cli.progress import DEFAULT_TIME_LIMIT, words_of
from platform_components.workspace.run import TIME_LIMIT, Progress
from tests.cli.conftest import write
from tests.workspace.conftest import COMMAND


def on_a_terminal(project: Path, **environment: str) -> str:
    """What a preview draws on the terminal that its standard error is."""
    ours, theirs = pty.openpty()
    command = subprocess.Popen(
        [*COMMAND, "preview"],
        cwd=project,
        env={**os.environ, "TERM": "xterm", "CI": "", **environment},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    drawn = b""
    try:
        while part := os.read(ours, 4096):
            drawn += part
    except OSError:  # how a terminal says that nobody writes to it any more
        pass
    os.close(ours)
    command.wait()
    return drawn.decode()


def test_the_stacks_under_way_are_shown_while_they_are(project: Path) -> None:
    """Drawn again and again, by its own hand: the program's own output doesn't get there."""
    write(project / "__main__.py", "import time\nprint('not this')\ntime.sleep(1)\n")
    drawn = on_a_terminal(project)
    assert drawn.count("evaluating dev   0 of 1 done") > 3
    assert "not this" not in drawn


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"TERM": "dumb"}])
def test_a_log_stays_free_of_it(environment: dict[str, str], project: Path) -> None:
    """Also where a CI job has a terminal."""
    write(project / "__main__.py", "import time\ntime.sleep(0.3)\n")
    assert on_a_terminal(project, **environment) == ""


def test_many_stacks_at_once_are_counted() -> None:
    """A line has room for a few names."""
    progress = Progress(("a.dev", "b.dev", "c.dev", "d.dev", "e.dev"), 3, 12)
    assert words_of(progress) == "evaluating a.dev, b.dev, c.dev and 2 more   3 of 12 done"


def test_the_time_limit_is_the_same_where_it_is_documented() -> None:
    """The commands name it without loading what evaluates."""
    assert DEFAULT_TIME_LIMIT == TIME_LIMIT
