"""`platform completion`, and what the shell offers after the tab key."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.cli.conftest import Run, write
from tests.cli.test_streams import COMMAND

PLATFORM = """
    environments: {dev: {}, prod: {}}
    stacks:
      foundation: {owner: team}
      payments: {owner: team, environments: [prod]}
"""


def completed(directory: Path, line: str, *, command: tuple[str, ...] = COMMAND) -> list[str]:
    """The words that bash offers at the end of a line."""
    words = line.split(" ")
    environment = {
        **os.environ,
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_PLATFORM_COMPLETE": "complete_bash",
    }
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_there_is_a_script_for_each_shell(platform: Run, shell: str) -> None:
    """The script runs the command with the variable that requests completions."""
    script = platform("completion", shell).stdout
    assert "_PLATFORM_COMPLETE" in script
    assert f"complete_{shell}" in script


def test_an_unknown_shell_is_a_usage_error(platform: Run) -> None:
    """The message lists the shells."""
    done = platform("completion", "tcsh")
    assert done.exit_code == 2
    assert all(shell in done.stderr for shell in ("bash", "zsh", "fish", "powershell"))


def test_bash_completes_with_the_script(platform: Run, tmp_path: Path) -> None:
    """Loaded into bash, it completes the stacks of the project in the working directory."""
    write(tmp_path / "platform.yaml", PLATFORM)
    write(tmp_path / "bin" / "platform", f"#!{sys.executable}\n{COMMAND[2]}\n")
    (tmp_path / "bin" / "platform").chmod(0o755)
    write(tmp_path / "script.sh", platform("completion", "bash").stdout)
    bash = shutil.which("bash")
    assert bash is not None
    typed = (
        "source script.sh; COMP_WORDS=(platform preview pay); COMP_CWORD=2;"
        " _platform_completion platform pay preview; echo ${COMPREPLY[@]}"
    )
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        [bash, "-c", typed], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("payments.prod\n", "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("platform pre", ["preview"]),
        ("platform preview ", ["foundation.dev", "foundation.prod", "payments.prod"]),
        ("platform preview f", ["foundation.dev", "foundation.prod"]),
        ("platform preview foundation.dev f", ["foundation.prod"]),
        ("platform preview --env prod ", ["foundation.prod", "payments.prod"]),
        ("platform preview --env ", ["dev", "prod", "all"]),
        ("platform preview --env dev --env ", ["prod"]),
        ("platform preview --env all f", ["foundation.dev", "foundation.prod"]),
        ("platform doctor --env ", ["dev", "prod"]),
        ("platform answers record f", ["foundation.dev", "foundation.prod"]),
        ("platform preview --env p", ["prod"]),
        ("platform explain p", ["payments.prod"]),
        ("platform fields Data", ["Database"]),
        ("platform fields data", ["database"]),
        ("platform fields s", ["servicestack", "service.yaml"]),
        ("platform completion f", ["fish"]),
        ("platform preview --reso", ["--resources"]),
    ],
)
def test_stacks_are_those_of_platform_yaml(tmp_path: Path, line: str, words: list[str]) -> None:
    """Commands, flags, environments and components are completed too."""
    write(tmp_path / "platform.yaml", PLATFORM)
    assert completed(tmp_path, line) == words


@pytest.mark.parametrize(("settings", "folder"), [("", "."), ("stackConfigDir: config\n", "config")])
def test_without_platform_yaml_stacks_are_those_with_a_config_file(
    tmp_path: Path, settings: str, folder: str
) -> None:
    """`-C` selects another project."""
    write(tmp_path / "shop" / "Pulumi.yaml", f"name: shop\n{settings}")
    for stack in ("dev", "shop.prod"):
        write(tmp_path / "shop" / folder / f"Pulumi.{stack}.yaml", "")
    assert completed(tmp_path / "shop", "platform preview ") == ["dev", "shop.prod"]
    assert completed(tmp_path, "platform preview -C shop s") == ["shop.prod"]


@pytest.mark.parametrize("suffix", ["yaml", "yml"])
def test_the_project_is_found_as_in_a_preview(tmp_path: Path, suffix: str) -> None:
    """In a parent directory, also as Pulumi.yml, with a path as `config` and files of no stack."""
    write(tmp_path / f"Pulumi.{suffix}", "name: shop\nconfig: config\n")
    for stack in ("dev", "prod", "", "not a name"):
        write(tmp_path / "config" / f"Pulumi.{stack}.{suffix}", "")
    write(tmp_path / "config" / f"Pulumi.other.{'yml' if suffix == 'yaml' else 'yaml'}", "")
    write(tmp_path / "services" / "shop" / "service.yaml", "")
    assert completed(tmp_path / "services" / "shop", "platform preview ") == ["dev", "prod"]
    assert completed(tmp_path, "platform preview -C services p") == ["prod"]


def test_platform_yaml_is_found_beside_the_project_file(tmp_path: Path) -> None:
    """From a directory below it."""
    write(tmp_path / "Pulumi.yaml", "name: shop\n")
    write(tmp_path / "platform.yaml", PLATFORM)
    (tmp_path / "services").mkdir()
    assert completed(tmp_path / "services", "platform preview p") == ["payments.prod"]


def test_a_platform_yaml_beyond_the_limits_is_not_read(tmp_path: Path) -> None:
    """The shell does not wait for a file that every command rejects."""
    anchors = "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    write(tmp_path / "platform.yaml", f"a0: &a0 []\n{anchors}{dedent(PLATFORM)}")
    assert completed(tmp_path, "platform preview ") == []
    write(tmp_path / "platform.yaml", dedent(PLATFORM) + "#" * 2**20)
    assert completed(tmp_path, "platform preview ") == []


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "[]",
        "stacks: 1",
        "stacks: {a: {environments: 1}}\nenvironments: {dev: }",
        "environments: {dev: }\nstacks: {a: 1}",
    ],
)
def test_an_invalid_platform_yaml_is_not_reported_by_completion(tmp_path: Path, text: str) -> None:
    """A message would appear inside the command line; the command itself reports the problem."""
    write(tmp_path / "platform.yaml", text)
    assert completed(tmp_path, "platform preview x") == []


def test_completion_imports_no_sdk(tmp_path: Path) -> None:
    """The shell waits for it: imports of the SDKs take a second."""
    write(tmp_path / "platform.yaml", PLATFORM)
    code = (
        "import os, sys; from platform_components.cli import main\n"
        "slow = {'pulumi', 'pulumi_aws', 'platform_components.base'}\n"
        "exit_, os._exit = os._exit, lambda code: exit_(bool(slow & set(sys.modules)))\n"
        "main.main()"
    )
    offered = completed(tmp_path, "platform explain f", command=(sys.executable, "-c", code))
    assert offered == ["foundation.dev", "foundation.prod"]
