"""What holds for every command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run


def test_help_tells_the_exit_codes(platform: Run) -> None:
    """Scripts rely on them."""
    words = " ".join(platform("--help").stdout.split())
    assert "0 fine, 1 policy violations, 2 the program or its input is wrong, 3 internal error" in words


def test_without_its_extra_it_says_what_it_needs(project: Path) -> None:
    """A bare installation has the command too; its exit code is not that of a violation."""
    code = "import sys; sys.modules['typer'] = None\nfrom platform_components.cli.entry import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "platform needs the extra [cli]: pip install 'platform-components[cli]'\n"


def test_a_wrong_flag_exits_with_2(platform: Run) -> None:
    """As every other wrong input does."""
    assert platform("preview", "--nope").exit_code == 2


def test_the_rules_of_the_projects_own_pack_are_listed(platform: Run, project: Path) -> None:
    """For people a line each; as JSON with the reasons."""
    assert "encrypted-queues  high  Queues are encrypted" in platform("policy", "list", "-C", project).stdout
    rules = json.loads(platform("policy", "list", "--json", "-C", project).stdout)["rules"]
    assert rules[0]["why"] == "Messages hold customer data."


def test_help_loads_no_sdk() -> None:
    """So that it answers at once."""
    code = (
        "import sys; from platform_components.cli import main\n"
        "try: main.app(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'pulumi', 'pydantic', 'pulumi_aws'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0
    )


def test_the_installed_command_leaves_with_the_exit_code(project: Path) -> None:
    """Also through the quick way out that skips the interpreter's tear-down."""
    command = [sys.executable, "-c", "from platform_components.cli.main import main; main()"]
    done = subprocess.run([*command, "preview", "-C", project], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "1 violation" in done.stdout


def test_the_version_is_told(platform: Run) -> None:
    """As reports of faults ask for it."""
    assert platform("--version").stdout.startswith("platform-components 0.")
