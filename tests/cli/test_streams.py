"""The command as a process, with closed, full or limited output streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-c", "from platform_components.cli.main import main; main()")


def run(script: str, project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in the project's directory, with `platform` as a function."""
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
def valid(project: Path) -> Path:
    """The project without a policy violation."""
    program = project / "__main__.py"
    program.write_text(program.read_text().replace("tags={", 'kms_master_key_id="alias/q", tags={'))
    return project


def test_a_closed_pipe_is_not_a_violation(valid: Path) -> None:
    """`platform preview | head` exits with 141, or with 0 if the output fits into the pipe."""
    assert run("platform preview --resources | head -c 1 >/dev/null", valid).returncode in (0, 141)


def test_a_full_disk_is_reported(valid: Path) -> None:
    """A result that can't be written is neither a success nor an internal error."""
    done = run("platform preview >/dev/full", valid)
    assert done.returncode == 2
    assert "can't write the result: No space left on device" in done.stderr


def test_closed_streams_do_not_change_the_exit_code(valid: Path) -> None:
    """Scripts may use the exit code only."""
    assert run("platform preview >&-", valid).returncode == 0
    assert run("platform preview dve 2>&-", valid).returncode == 2


def test_a_terminal_without_unicode_gets_ascii(valid: Path) -> None:
    """Characters that it can't encode are replaced by similar ones."""
    done = run("platform preview", valid, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "orders - 1 stack" in done.stdout


def test_a_log_has_no_trailing_spaces(valid: Path) -> None:
    """The padding of tables is removed."""
    lines = run("platform preview", valid).stdout.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("columns", ["0", "-1", "x", "1"])
def test_an_invalid_width_is_ignored(valid: Path, columns: str) -> None:
    """The output remains readable."""
    assert "Bucket  assets" in run("platform preview", valid, COLUMNS=columns).stdout


@pytest.mark.parametrize(
    "words", ["preview dve", "preview --env qa", "explain dve", "policy list --policy-pack /nope"]
)
def test_failures_are_json_too(valid: Path, words: str) -> None:
    """The document has the message, and each problem with its field and remedy."""
    done = run(f"platform {words} --json", valid)
    assert done.returncode == 2
    (failure,) = json.loads(done.stdout)["failures"]
    assert failure["message"] in done.stderr
    assert failure["problems"][0].keys() >= {"field", "problem", "remedy"}
