"""Invalid input results in one clear message: the tables in tests/bad_input.

A message has the location, the value, the constraint and the remedy, without a traceback. No files are
changed, and the exit code is 2. An unclear message in a table is a defect of the code that created it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pulumi import Output
from typer.testing import CliRunner, Result

import platform_components
from platform_components.base import Context, InvalidInput
from platform_components.cli.main import app
from platform_components.testing import render
from tests.bad_input.project import write
from tests.bad_input.table import Entry, entries
from tests.samples import given_foundation, given_network, given_platform_services

COMPONENTS, FILES, PROGRAMS, WORDS = (entries(t) for t in ("components", "files", "programs", "words"))

FACTS = {"region": "eu-west-1", "service": "shop", "owner": "shop-team"}

NAMES: dict[str, Any] = {
    **{name: getattr(platform_components, name) for name in dir(platform_components)},
    "Output": Output,
    "dev": Context.parse({"environment": "dev", "tier": "development", **FACTS}, "dev"),
    "prod": Context.parse({"environment": "prod", "tier": "production", **FACTS}, "prod"),
    "network": given_network,
    "foundation": given_foundation,
    "services": given_platform_services,
    "zones": ("eu-west-1a", "eu-west-1b"),
    "image": "registry.example/shop:1",
    "ops": "arn:aws:iam::111122223333:role/ops",
}


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")


def platform(directory: Path, command: str) -> Result:
    """Run the CLI in this process, for a project directory."""
    words = [word.replace("PROJECT", str(directory)) for word in command.split()]
    return CliRunner().invoke(app, words)


def message_of(result: Result, directory: Path) -> str:
    """Return the text on standard error, without the frame of typer's usage errors."""
    text = result.stderr.replace(str(directory), "PROJECT")
    lines = [line.strip("│╭╮╰╯─").rstrip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line.strip() not in ("", "Error")).strip("\n")


def refused(directory: Path, command: str) -> str:
    """Return the message of a command that must fail with exit code 2 and without changing files."""
    before = _contents(directory)
    result = platform(directory, command)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert _contents(directory) == before
    return message_of(result, directory)


def _contents(directory: Path) -> dict[str, bytes]:
    return {
        str(file): file.read_bytes()
        for file in sorted(directory.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_there_are_many_of_them() -> None:
    """The tables have at least sixty entries, without duplicates."""
    listed = [str(entry) for table in (COMPONENTS, FILES, PROGRAMS, WORDS) for entry in table]
    assert len(listed) == len(set(listed)) >= 60


@pytest.mark.parametrize("entry", COMPONENTS, ids=str)
def test_args_of_components(entry: Entry) -> None:
    """All problems of a component are reported together, before any resource is registered."""
    messages = []

    def program() -> None:
        with pytest.raises(InvalidInput) as caught:
            eval(entry.written, dict(NAMES))
        messages.append(str(caught.value))

    graph = render(program)
    assert messages == [entry.message]
    assert graph.managed == ()


@pytest.mark.parametrize("entry", FILES, ids=str)
def test_files(entry: Entry, tmp_path: Path) -> None:
    """The message names the file, and the field or line in it."""
    project = tmp_path / "project"
    write(project, entry.written)
    assert refused(project, entry.command) == entry.message


@pytest.mark.parametrize("entry", PROGRAMS, ids=str)
def test_programs(entry: Entry, tmp_path: Path) -> None:
    """The message names the line of user code."""
    (tmp_path / "Pulumi.yaml").write_text("name: orders\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n  orders:size: big\n")
    (tmp_path / "__main__.py").write_text(f"{entry.written}\n")
    message = refused(tmp_path, "preview -C PROJECT")
    # Python 3.13 adds a suggestion.
    message = re.sub(r"(keyword argument '\w+')\. Did you mean '\w+'\?", r"\1", message)
    assert message == entry.message


@pytest.mark.parametrize("entry", WORDS, ids=str)
def test_words_on_the_command_line(entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message for a misspelt word suggests the nearest valid one."""
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert refused(tmp_path, entry.command) == entry.message


def test_messages_are_written_alike() -> None:
    """Messages use double quotes and YAML's syntax for values, and contain no absolute paths."""
    for entry in (*COMPONENTS, *FILES, *WORDS):
        assert not re.search(r"pydantic|/site-packages/|\bNone\b|\bTrue\b|\bFalse\b", entry.message), entry
        assert "= '" not in entry.message, entry
