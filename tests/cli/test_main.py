"""Behaviour of all commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_help_lists_the_exit_codes(platform: Run) -> None:
    """Scripts rely on them."""
    words = " ".join(platform("--help").stdout.split())
    assert "0 success, 1 policy violations, 2 invalid program or input, 3 internal error" in words


def test_without_the_extra_the_message_names_it(project: Path) -> None:
    """An installation without extras has the command too; the exit code is not that of a violation."""
    code = "import sys; sys.modules['typer'] = None\nfrom platform_components.cli.entry import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "platform requires the extra [cli]: pip install 'platform-components[cli]'\n"


def test_an_unknown_flag_exits_with_2(platform: Run) -> None:
    """The exit code is that of all invalid input."""
    assert platform("preview", "--nope").exit_code == 2


def test_the_rules_of_the_projects_own_pack_are_listed(platform: Run, project: Path) -> None:
    """The text has one line per rule; the JSON also has the reasons."""
    assert "encrypted-queues  high  Queues are encrypted" in platform("policy", "list", "-C", project).stdout
    rules = json.loads(platform("policy", "list", "--json", "-C", project).stdout)["rules"]
    assert rules[0]["why"] == "Messages contain customer data."


def test_help_imports_no_sdk() -> None:
    """Imports of the SDKs would delay it by seconds."""
    code = (
        "import sys; from platform_components.cli import main\n"
        "try: main.app(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'pulumi', 'pydantic', 'pulumi_aws'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0
    )


def test_the_installed_command_exits_with_the_exit_code(project: Path) -> None:
    """This applies to the fast exit too, which skips the interpreter's shutdown."""
    command = [sys.executable, "-c", "from platform_components.cli.main import main; main()"]
    done = subprocess.run([*command, "preview", "-C", project], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "1 violation" in done.stdout


def test_the_version_is_shown(platform: Run) -> None:
    """Bug reports contain it."""
    assert platform("--version").stdout.startswith("platform-components 0.")


@pytest.mark.parametrize("words", [["preview"], ["explain", "dev"], ["policy", "list"], ["policy", "test"]])
@pytest.mark.parametrize("limit", ["0", "1e99", "inf", "nan"])
def test_a_time_limit_out_of_range_is_a_usage_error(
    limit: str, words: list[str], platform: Run, project: Path
) -> None:
    """The message states the range; a timer can't have an unlimited time."""
    done = platform(*words, "--time-limit", limit, "-C", project)
    assert done.exit_code == 2
    assert "must be between 0.1 and 86400 seconds (a day)" in " ".join(done.stderr.replace("│", " ").split())
