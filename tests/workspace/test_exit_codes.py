"""The exit code of a preview in which several stacks have different results."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from itertools import combinations

import pytest

from platform_components.cli.failure import ExitCode
from tests.workspace.conftest import COMMAND, Write, run_command

PROGRAMS = {
    ExitCode.FINE: "print('fine')",
    ExitCode.VIOLATIONS: "from pulumi_aws import sqs; sqs.Queue('jobs')",
    ExitCode.INPUT: "raise ValueError('no such shop')",
    ExitCode.INTERNAL: "import platform_components.workspace.stack as stack; stack._local_reads = None",
}


@pytest.mark.parametrize(
    "codes", [each for size in (1, 2, 4) for each in combinations(PROGRAMS, size)], ids=str
)
def test_the_most_severe_result_determines_the_exit_code(codes: tuple[ExitCode, ...], project: Write) -> None:
    """An internal error, then invalid input, then a violation; each result is in the document."""
    programs = {f"stack-{code}": PROGRAMS[code] for code in codes}
    directory = project(programs, check='yield "is slow"')
    assert run_command(directory, "preview", "--json").returncode == max(codes)


def test_a_closed_pipe_takes_precedence(project: Write) -> None:
    """What the command would have printed is lost, so its result does not count."""
    directory = project({"breaks": PROGRAMS[ExitCode.INTERNAL]})
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, "preview", "--json"], cwd=directory, stdout=writer, check=False)
    os.close(writer)
    assert done.returncode == 141


def test_an_interrupt_takes_precedence(project: Write) -> None:
    """The command ends before the results are complete, even if a stack has already failed."""
    waits = "import pathlib, time; pathlib.Path('waiting').touch(); time.sleep(60)"
    directory = project({"breaks": PROGRAMS[ExitCode.INTERNAL], "waits": waits})
    command = subprocess.Popen([*COMMAND, "preview", "--jobs", "1"], cwd=directory)
    until = time.monotonic() + 60
    while not (directory / "waiting").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    command.send_signal(signal.SIGINT)
    assert command.wait(timeout=20) == 130


def test_the_number_of_the_code_for_changes_is_reserved() -> None:
    """`preview --expect-no-changes` will exit with it; no result of the current commands has it."""
    assert int(ExitCode.CHANGES) == 4
    assert ExitCode.CHANGES not in PROGRAMS
