"""Messages of failed commands."""

from __future__ import annotations

import json

import pytest

from platform_components.base.errors import InvalidInput, Problem
from platform_components.cli.failure import document_of, message_of, print_json, report
from platform_components.engine import Failure, ProgramError
from platform_components.engine.source import Source

LONG = "x" * 1_000_000


@pytest.mark.parametrize("file", ["Pulumi.dev.yaml", "Pulumi.dev.yml", "services/shop/service.yaml"])
def test_an_error_in_a_file_has_no_line_of_the_program(file: str) -> None:
    """The program only reads the file."""
    cause = InvalidInput(file, [Problem("a", "is required")])
    error = ProgramError("dev", [Failure(str(cause), Source("__main__.py", 3), cause=cause)])
    assert message_of(error) == f"dev: {file}: 1 problem\n  a  is required"


def test_a_long_message_is_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    """Its length is shown. JSON and --debug contain all of it."""
    error = ProgramError("dev", [Failure(LONG, Source("__main__.py", 3), "shorten it")])
    report(error, debug=False)
    shown = capsys.readouterr().err
    assert len(shown) < 2_200
    assert "… (1,000,000 characters)\n  shorten it" in shown
    report(error, debug=True)
    assert LONG in capsys.readouterr().err
    assert LONG in json.dumps(document_of(error))


def test_problems_of_a_file_are_all_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Their values are short, so the list is long only if there are many."""
    cause = InvalidInput("service.yaml", [Problem(f"field_{number}", "is required") for number in range(500)])
    report(ProgramError("dev", [Failure(str(cause), cause=cause)]), debug=False)
    assert "field_499" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["##vso[task.setvariable variable=a]b", "##[error]x", "\\##[group]", "# ##a"]
)
def test_json_documents_contain_no_commands_for_ci_systems(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The data is the same: JSON has an escape for each character."""
    print_json({"message": text})
    written = capsys.readouterr().out
    assert "##vso[" not in written
    assert "##[" not in written
    assert json.loads(written)["message"] == text
