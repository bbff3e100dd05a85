"""The command as a process: what it does when its output goes somewhere awkward."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-c", "from platform_components.cli.main import main; main()")


def run(script: str, project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which $PLATFORM is the command and the directory is the project."""
    platform = f"{COMMAND[0]} -c '{COMMAND[2]}'"
    return subprocess.run(
        ["bash", "-c", f'set -o pipefail; platform() {{ {platform} "$@"; }}; {script}'],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def fine(project: Path) -> Path:
    """The project without its violation."""
    program = project / "__main__.py"
    program.write_text(program.read_text().replace("tags={", 'kms_master_key_id="alias/q", tags={'))
    return project


def test_a_reader_that_has_seen_enough_is_no_violation(fine: Path) -> None:
    """`platform preview | head` ends as other programs do there: 141, or 0 when all fitted the pipe."""
    assert run("platform preview --resources | head -c 1 >/dev/null", fine).returncode in (0, 141)


def test_a_full_disk_is_told(fine: Path) -> None:
    """A result that was not written is no success, and no fault of ours."""
    done = run("platform preview >/dev/full", fine)
    assert done.returncode == 2
    assert "can't write the result: No space left on device" in done.stderr


def test_a_closed_output_changes_nothing(fine: Path) -> None:
    """Only the exit code is asked for."""
    assert run("platform preview >&-", fine).returncode == 0
    assert run("platform preview nope 2>&-", fine).returncode == 2


def test_a_terminal_without_unicode_gets_question_marks(fine: Path) -> None:
    """Instead of an internal error."""
    done = run("platform preview", fine, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "orders ? 1 stack" in done.stdout


def test_a_log_has_no_trailing_spaces(fine: Path) -> None:
    """Tables are padded for the eye, not for files."""
    lines = run("platform preview", fine).stdout.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("columns", ["0", "-1", "x", "1"])
def test_a_senseless_width_is_ignored(fine: Path, columns: str) -> None:
    """Something can always be read."""
    assert "Bucket  assets" in run("platform preview", fine, COLUMNS=columns).stdout


@pytest.mark.parametrize(
    "words", ["preview nope", "preview --env qa", "explain nope", "policy list --policy-pack /nope"]
)
def test_json_is_json_also_when_nothing_works(fine: Path, words: str) -> None:
    """One way to read it, whatever went wrong: the message, and each problem by its parts."""
    done = run(f"platform {words} --json", fine)
    assert done.returncode == 2
    (failure,) = json.loads(done.stdout)["failures"]
    assert failure["message"] in done.stderr
    assert failure["problems"][0].keys() >= {"field", "problem", "remedy"}
