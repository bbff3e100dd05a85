"""`platform preview --changed-since`: the report, the record file and its errors."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, Run, write

PLATFORM = """
    organization: acme
    regions: [eu-west-1]
    teams: [team]
    environments:
      dev: {tier: development, region: eu-west-1}
    stacks:
      base: {owner: team}
      shop: {owner: team}
"""


@pytest.fixture
def estate(project: Path) -> Path:
    """Two stacks in a git repository."""
    write(project / "platform.yaml", PLATFORM)
    write(project / "__main__.py", PROGRAM.replace("tags={", 'kms_master_key_id="alias/q", tags={'))
    for layer in ("base", "shop"):
        write(project / f"Pulumi.{layer}.dev.yaml", "config:\n  aws:region: eu-west-1\n")
    write(project / ".gitignore", "__pycache__/\n")
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "c")):
        subprocess.run(["git", *identity, *words], cwd=project, env=environment, check=True)
    return project


def test_the_first_preview_writes_the_record(platform: Run, estate: Path) -> None:
    """Git ignores its directory. Without the option, a preview writes nothing."""
    assert platform("preview", "-C", estate).exit_code == 0
    assert not (estate / ".platform").exists()
    assert platform("preview", "--changed-since", "HEAD", "-C", estate).exit_code == 0
    assert json.loads((estate / ".platform" / "record.json").read_text())["format"] == 1
    status = subprocess.run(
        ["git", "status", "--short"], cwd=estate, capture_output=True, text=True, check=True
    )
    assert status.stdout == ""


def test_unchanged_stacks_are_counted(platform: Run, estate: Path) -> None:
    """Only the affected one is shown; without any, there is only the count."""
    platform("preview", "--changed-since", "HEAD", "-C", estate)
    done = platform("preview", "--changed-since", "HEAD", "-C", estate)
    assert (done.exit_code, done.stdout) == (0, "2 stacks unchanged since HEAD\n")
    write(estate / "Pulumi.shop.dev.yaml", "config:\n  aws:region: eu-west-1\n  orders:a: b\n")
    done = platform("preview", "--changed-since", "HEAD", "-C", estate)
    assert done.stdout.endswith("1 stack unchanged since HEAD\n")
    assert re.findall(r"^(\w+)\.dev ", done.stdout, re.MULTILINE) == ["shop"]


def test_the_document_lists_what_changed(platform: Run, estate: Path) -> None:
    """By stack, and the names of the unchanged ones."""
    platform("preview", "--changed-since", "HEAD", "-C", estate)
    write(estate / "Pulumi.shop.dev.yaml", "config:\n  aws:region: eu-west-1\n  orders:a: b\n")
    document = json.loads(platform("preview", "--changed-since", "HEAD", "--json", "-C", estate).stdout)
    commit = document["since"].pop("commit")
    assert re.fullmatch("[0-9a-f]{40}", commit)
    assert document["since"] == {
        "ref": "HEAD",
        "everything": "",
        "reasons": {"shop.dev": "Pulumi.shop.dev.yaml changed"},
        "unchanged": ["base.dev"],
    }
    assert "since" not in json.loads(platform("preview", "--json", "-C", estate).stdout)


def test_a_complete_evaluation_states_the_reason(platform: Run, estate: Path) -> None:
    """On standard error: the result is that of a preview without the option."""
    done = platform("preview", "--changed-since", "HEAD", "-C", estate)
    assert "evaluated all stacks, because there is no record of a previous run" in done.stderr
    assert "base.dev" in done.stdout
    assert "shop.dev" in done.stdout


def test_another_pack_is_another_basis(platform: Run, estate: Path) -> None:
    """The policies that are evaluated are not those of the record."""
    platform("preview", "--changed-since", "HEAD", "-C", estate)
    done = platform("preview", "--changed-since", "HEAD", "--policy-pack", "none", "-C", estate)
    assert "because the policy pack changed" in done.stderr


def test_the_record_can_be_another_file(platform: Run, estate: Path, tmp_path: Path) -> None:
    """Such as one that a pipeline restores and saves."""
    record = tmp_path / "cache.json"
    platform("preview", "--record", record, "-C", estate)
    assert not (estate / ".platform").exists()
    done = platform("preview", "--record", record, "--changed-since", "HEAD", "-C", estate)
    assert done.stdout == "2 stacks unchanged since HEAD\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--changed-since", "-p"), "must be a branch, a tag or a commit"),
        (("--record", "missing/record.json"), "is in a directory that does not exist"),
        (("--record", "."), "is a directory"),
    ],
)
def test_an_invalid_option_is_reported_before_the_run(
    platform: Run, estate: Path, words: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, and nothing is evaluated."""
    monkeypatch.chdir(estate)
    done = platform("preview", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert words[0] in done.stderr


@pytest.mark.parametrize("content", ["# Orders\n", "{}", '{"format": 1}', "[" * 10_000, "\x00"])
def test_only_records_are_overwritten(platform: Run, estate: Path, content: str) -> None:
    """Another file stays, and nothing is evaluated."""
    (estate / "README.md").write_text(content)
    done = platform("preview", "--record", estate / "README.md", "-C", estate)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "README.md  is not the record of a preview" in done.stderr
    assert (estate / "README.md").read_text() == content


@pytest.mark.parametrize("content", ["", '{"format": 99, "basis": {}, "stacks": {}}'])
def test_a_record_of_another_version_is_overwritten(platform: Run, estate: Path, content: str) -> None:
    """So is an empty file, such as one of `mktemp`."""
    record = estate / "record.json"
    record.write_text(content)
    assert platform("preview", "--record", record, "-C", estate).exit_code == 0
    assert json.loads(record.read_text())["format"] == 1


def test_a_record_is_a_regular_file(platform: Run, estate: Path) -> None:
    """A pipe without a reader would block the command."""
    os.mkfifo(estate / "pipe")
    done = platform("preview", "--record", estate / "pipe", "-C", estate)
    assert done.exit_code == 2
    assert "is not a regular file" in done.stderr


def test_the_record_and_the_report_are_different_files(
    platform: Run, estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if they are written differently."""
    monkeypatch.chdir(estate)
    done = platform("preview", "--record", "result", "--markdown", estate / "result")
    assert done.exit_code == 2
    assert "is the file of --record" in done.stderr
    assert not (estate / "result").exists()


@pytest.mark.parametrize("linked", [".platform", ".platform/record.json"])
def test_the_default_place_of_the_record_is_no_link(
    platform: Run, estate: Path, tmp_path: Path, linked: str
) -> None:
    """A repository could contain one to another file."""
    outside = tmp_path / "outside"
    link = estate / linked
    link.parent.mkdir(exist_ok=True)
    if linked == ".platform":
        outside.mkdir()
    else:
        outside.write_text("precious")
    link.symlink_to(outside)
    done = platform("preview", "--changed-since", "HEAD", "-C", estate)
    assert done.exit_code == 0
    assert f"record.json is not written: {link.name} is a link; pass another file" in done.stderr
    assert not list(outside.iterdir()) if outside.is_dir() else outside.read_text() == "precious"


def test_a_pipe_in_the_default_place_of_the_record_does_not_fail_a_preview(
    platform: Run, estate: Path
) -> None:
    """The record is optional there."""
    (estate / ".platform").mkdir()
    os.mkfifo(estate / ".platform" / "record.json")
    done = platform("preview", "--changed-since", "HEAD", "-C", estate)
    assert done.exit_code == 0
    assert "record.json is not written: it is not a regular file" in done.stderr


def test_without_platform_yaml_there_is_no_record(platform: Run, project: Path) -> None:
    """What a stack references is known after its evaluation only."""
    platform("preview", "-C", project)
    assert not (project / ".platform").exists()
    done = platform("preview", "--changed-since", "HEAD", "-C", project)
    assert done.exit_code == 2
    assert "platform.yaml  does not exist" in done.stderr


def test_a_record_that_cannot_be_written_does_not_fail_a_preview(platform: Run, estate: Path) -> None:
    """A file is in the place of its directory; with --record it would be an error."""
    (estate / ".platform").write_text("")
    done = platform("preview", "--changed-since", "HEAD", "-C", estate)
    assert done.exit_code == 0
    assert "record.json is not written: file exists; pass another file with --record" in done.stderr
