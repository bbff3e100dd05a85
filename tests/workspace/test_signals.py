"""Programs that never end or remove their directory, and SIGINT, with the command as a process."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.workspace.conftest import COMMAND, Write, previewed, run_command

ENDLESS = """
    import pathlib
    import pulumi

    def again(value):
        pathlib.Path("started").touch()
        return pulumi.Output.from_input(value).apply(again)

    pulumi.export("a", pulumi.Output.from_input(1).apply(again))
"""


def interrupted(directory: Path, disposition: signal.Handlers) -> subprocess.Popen[str]:
    """Start a preview with a disposition of SIGINT, and send SIGINT once its program runs."""
    command = subprocess.Popen(
        [*COMMAND, "preview"],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, disposition),  # noqa: PLW1509 - single-threaded
    )
    deadline = time.monotonic() + 60
    while not (directory / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    command.send_signal(signal.SIGINT)
    return command


def test_ctrl_c_ends_an_endless_chain_of_applies(project: Write) -> None:
    """The exit code is that of an interruption, and there is no traceback."""
    command = interrupted(project({"app": ENDLESS}), signal.SIG_DFL)
    _, error = command.communicate(timeout=60)
    assert (command.returncode, error) == (130, "")


def test_an_ignored_interrupt_does_not_end_the_command(project: Write) -> None:
    """A preview that is started under nohup, or in the background of a script, continues."""
    program = "import pathlib, time; pathlib.Path('started').touch(); time.sleep(0.5)"
    command = interrupted(project({"app": program}), signal.SIG_IGN)
    output, error = command.communicate(timeout=60)
    assert (command.returncode, error) == (0, "")
    assert "0 to create" in output


@pytest.mark.parametrize(("end", "code"), [("", 0), ("; 1 / 0", 2)])
def test_a_program_may_delete_its_directory(end: str, code: int, project: Write) -> None:
    """It is not an internal error; an error of the program is still reported with its line."""
    directory = project({"app": f"import os, shutil; shutil.rmtree(os.getcwd()){end}"})
    done = run_command(directory, "preview")
    assert done.returncode == code, done.stderr
    assert ("app.py:1\n  ZeroDivisionError" in done.stderr) == bool(code)


def test_a_program_may_replace_open(project: Write) -> None:
    """The command does not depend on it after the program has run."""
    program = "import builtins, pulumi\nbuiltins.open = None\npulumi.export('a', 1)\nprint('done')"
    document = previewed(project({"app": program}))
    assert document["stacks"][0]["outputs"] == {"a": 1}
