"""Annotations of GitHub Actions."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from platform_components.base.errors import InvalidInput, Problem
from platform_components.cli.annotations import Annotation, annotate
from platform_components.cli.yaml_lines import line_of
from platform_components.policy import Finding, Report
from tests.cli.conftest import Run, write
from tests.report.plans import run_of, stack_run, subject

QUEUE = "aws:sqs/queue:Queue"


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


def commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("::")]


def test_a_violation_is_at_the_line_of_its_resource(platform: Run, project: Path) -> None:
    """Standard output stays as it is."""
    lines = (project / "__main__.py").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if "sqs.Queue(" in text)
    result = platform("preview", "-C", project, "--annotations")
    (command,) = commands(result.stderr)
    place, _, message = command.removeprefix("::").partition("::")
    assert place == f"error file=__main__.py,line={line},title=dev%3A encrypted-queues"
    assert message == "jobs: has no KMS key%0Aset kms_master_key_id"
    assert commands(result.stdout) == []


def test_they_are_printed_in_github_actions(
    platform: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nowhere else, unless requested; JSON stays one document."""
    assert commands(platform("preview", "-C", project).stderr) == []
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    result = platform("preview", "-C", project, "--json")
    assert len(commands(result.stderr)) == 1
    json.loads(result.stdout)
    assert commands(platform("preview", "-C", project, "--no-annotations").stderr) == []


def test_paths_start_at_the_root_of_the_repository(
    platform: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project can be in a directory of it."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.parent))
    (command,) = commands(platform("preview", "-C", project, "--annotations").stderr)
    assert f"file={project.name}/__main__.py," in command


def test_a_failing_program_is_at_its_line(platform: Run, project: Path) -> None:
    """With its message."""
    write(project / "__main__.py", "x = 1\nraise ValueError('no such shop: 50%')\n")
    result = platform("preview", "-C", project, "--annotations")
    assert commands(result.stderr) == [
        "::error file=__main__.py,line=2,title=dev%3A the program failed::ValueError: no such shop: 50%25"
    ]


def test_an_invalid_file_is_at_its_line(platform: Run, project: Path) -> None:
    """Of a YAML file, also with the column."""
    write(project / "Pulumi.dev.yaml", "config:\n  a: 'b\n")
    result = platform("preview", "-C", project, "--annotations")
    assert result.exit_code == 2
    (command,) = commands(result.stderr)
    assert re.match(r"::error file=Pulumi\.dev\.yaml,line=\d+,col=\d+,", command)


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("kind", (2, 1)),
        ("database.storage_gb", (4, 3)),
        ("database.missing", (3, 1)),
        ("environments.prod.zones[1]", (7, 17)),
        ("a.dotted.key.below", (8, 1)),
        ("missing", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_the_line_of_a_value_is_that_of_its_key(tmp_path: Path, where: str, place: tuple[int, int]) -> None:
    """Otherwise of the nearest key above it: of a field that is missing."""
    lines = ["# comment", "kind: x", "database:", "  storage_gb: 8", "environments:", "  prod:"]
    lines += ["    zones: [ a, b ]", "a.dotted.key: {}"]
    (tmp_path / "service.yaml").write_text("\n".join(lines), encoding="utf-8")
    assert line_of(tmp_path / "service.yaml", where) == place


@pytest.mark.parametrize("text", ["a: [", "[1]", "", "\0", None])
def test_a_file_without_keys_has_no_lines(tmp_path: Path, text: str | None) -> None:
    """Its own error is reported elsewhere."""
    if text is not None:
        (tmp_path / "service.yaml").write_text(text, encoding="utf-8")
    assert line_of(tmp_path / "service.yaml", "kind") == (0, 0)


def test_an_invalid_field_is_at_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a service.yaml, whose errors name the path of a value."""
    write(tmp_path / "stacks/orders/service.yaml", "service: orders\nport: x\n")
    error = InvalidInput("stacks/orders/service.yaml", [Problem("port", "must be an integer")])
    run = run_of(stack_run("a.prod", []), failures={"orders.prod": error})
    project = replace(run.selection.project, root=tmp_path)
    annotate(replace(run, selection=replace(run.selection, project=project)))
    (command,) = commands(capsys.readouterr().err)
    assert command.startswith("::error file=stacks/orders/service.yaml,line=2,col=1,title=orders.prod%3A ")


def test_an_assumed_result_is_at_the_line_of_its_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The refusal of `--strict` names it."""
    write(tmp_path / "stacks/program.py", "x = 1\n")
    run = run_of(stack_run("a.prod", []))
    project = replace(run.selection.project, root=tmp_path)
    refusal = InvalidInput("--strict", [Problem("a.prod stacks/program.py:12", "is assumed")])
    annotate(replace(run, selection=replace(run.selection, project=project)), [refusal])
    (command,) = commands(capsys.readouterr().err)
    assert command.startswith("::error file=stacks/program.py,line=12,title=--strict::")


def test_a_refused_step_is_at_the_line_of_its_resource(capsys: pytest.CaptureFixture[str]) -> None:
    """Pulumi fails the preview for it."""
    step = subject("replace", QUEUE)
    annotate(run_of(stack_run("a.prod", [step], refused={step.step.urn: "is protected"})))
    (command,) = commands(capsys.readouterr().err)
    assert command.startswith("::error file=stacks/example.py,line=7,title=a.prod%3A the deployment fails::")


def test_more_than_github_shows_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """GitHub shows ten errors and ten warnings per step. Errors precede, and repetitions are dropped."""
    finding = Finding("r", "violation", "m", "u", QUEUE, "n", "", "high", "mandatory")
    advisory = replace(finding, enforcement="advisory", rule="advice")
    findings = [replace(finding, name=f"n{number}") for number in range(30)]
    run = stack_run("a.prod", [])
    annotate(run_of(replace(run, report=Report((), (advisory, advisory, *findings), 1))))
    shown = commands(capsys.readouterr().err)
    assert [command.split(" ")[0] for command in shown] == ["::error"] * 10 + ["::warning"]
    assert shown[9] == "::error title=platform preview::21 more; the log has all"


def test_texts_can_not_end_a_command() -> None:
    """Percent signs, line breaks, and in properties colons and commas are escaped."""
    annotation = Annotation("error", "a:b,c%\nd", "x\r\n::set-env name=a::b%0A", "f,:.py", 1)
    assert annotation.command() == (
        "::error file=f%2C%3A.py,line=1,title=a%3Ab%2Cc%25\\nd::x\\x0d".replace("\\x0d", "\\r")
        + "%0A\\x3a:set-env name=a::b%250A"
    )
