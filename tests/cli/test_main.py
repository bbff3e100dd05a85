"""Behaviour of all commands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from platform_components.cli.failure import ExitCode
from platform_components.cli.output import BROKEN_PIPE, INTERRUPTED
from tests.cli.conftest import Run
from tests.tree import ROOT


@pytest.mark.parametrize("words", [["--help"], ["preview", "--help"]])
def test_help_lists_the_exit_codes_and_their_precedence(platform: Run, words: list[str]) -> None:
    """Scripts rely on them."""
    shown = " ".join(platform(*words).stdout.split())
    assert "0 success, 1 policy violations, 2 invalid program or input, 3 internal error" in shown
    assert "If several apply: 3, then 2, then 1, then 4." in shown


def test_the_page_lists_every_exit_code() -> None:
    """The table of docs/commands.md has those of the code."""
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert listed == {*ExitCode, INTERRUPTED, BROKEN_PIPE}


@pytest.mark.parametrize(
    "words", [[], ["preview"], ["explain"], ["fields"], ["completion"], ["policy"], ["policy", "list"]]
)
def test_the_short_form_of_help(platform: Run, words: list[str]) -> None:
    """`-h` is `--help` for every command."""
    short = platform(*words, "-h")
    assert short.exit_code == 0
    assert short.stdout == platform(*words, "--help").stdout


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ("preview", "preview [OPTIONS] [STACK]..."),
        ("explain", "explain [OPTIONS] STACK [COMPONENT[.FIELD]]"),
        ("fields", "fields [OPTIONS] [COMPONENT]"),
        ("completion", "completion [OPTIONS] SHELL"),
        ("answers record", "answers record [OPTIONS] STACK"),
        ("state snapshot", "state snapshot [OPTIONS] [STACK]..."),
        ("state show", "state show [OPTIONS] STACK"),
    ],
)
def test_the_usage_line_lists_the_arguments(platform: Run, command: str, usage: str) -> None:
    """Optional ones are in brackets."""
    lines = [line.strip() for line in platform(*command.split(), "--help").stdout.splitlines()]
    assert f"Usage: platform {usage}" in lines


def test_without_the_extra_the_message_names_it(project: Path) -> None:
    """An installation without extras has the command too; the exit code is not that of a violation."""
    code = "import sys; sys.modules['typer'] = None\nfrom platform_components.cli.entry import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "platform requires the extra [cli]: pip install 'platform-components[cli]'\n"


def test_an_unknown_flag_exits_with_2(platform: Run) -> None:
    """The exit code is that of all invalid input."""
    assert platform("preview", "--nope").exit_code == 2


@pytest.mark.parametrize(
    ("words", "message", "fields"),
    [
        (
            ["preview", "--nope"],
            "No such option: --nope",
            {
                "project": "",
                "environment": "",
                "settings": None,
                "stacks": [],
                "create": 0,
                "configured": [],
                "skipped": [],
            },
        ),
        (["preview", "--jobs", "0"], "Invalid value for '--jobs'", None),
        (["explain"], "Missing argument 'STACK'", {"stack": "", "values": [], "functions": []}),
        (["fields", "-C", "/nope"], "dir '/nope' does not exist", {}),
        (["policy", "list", "--time-limit", "0"], "must be between", {"pack": "", "rules": []}),
        (["policy", "test", "more"], "unexpected extra argument", {"pack": "", "rules": [], "failed": 0}),
        (["polcy"], "Did you mean 'policy'?", {}),
        ([], "No such option: --json", {}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_usage_error_is_json_too(
    platform: Run, words: list[str], message: str, fields: dict[str, object] | None
) -> None:
    """Standard output has the document that the command prints for other failures."""
    done = platform(*words, "--json")
    assert done.exit_code == 2
    document = json.loads(done.stdout)
    (failure,) = document.pop("failures")
    assert failure["stack"] == ""
    assert message in failure["message"]
    assert document.pop("format") == 1
    assert fields is None or document == fields
    assert "Error" in done.stderr


def test_json_as_an_argument_requests_no_json(platform: Run) -> None:
    """After `--`, it is the name of a stack."""
    done = platform("preview", "--nope", "--", "--json")
    assert (done.exit_code, done.stdout) == (2, "")


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
