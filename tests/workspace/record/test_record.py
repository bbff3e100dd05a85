"""When a record, or the repository, can't be used: all stacks are evaluated, with the reason."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from platform_components.base.errors import InvalidInput
from platform_components.workspace.record import record as record_module
from platform_components.workspace.record.git import check_ref
from platform_components.workspace.record.record import Record
from tests.tree import ROOT
from tests.workspace.record.conftest import Change, Estate, git


def test_without_a_record(estate: Estate) -> None:
    """The first run has nothing to compare with."""
    assert estate.everything() == "there is no record of a previous run (record.json)"


CONTENTS = {
    "not JSON": ("{", "the record is not valid"),
    "empty": ("", "the record is not valid"),
    "a list": ("[]", "the record is not valid"),
    "deeply nested": ("[" * 100_000, "the record is not valid"),
    "no UTF-8": ("\udcff", "the record is not valid"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_corrupt_record(recorded: Estate, name: str) -> None:
    """It is replaced by the new one."""
    content, reason = CONTENTS[name]
    recorded.record.write_bytes(content.encode(errors="surrogateescape"))
    assert recorded.everything() == reason
    assert recorded.affected() == []


def test_a_truncated_record(recorded: Estate) -> None:
    """No part of it is used."""
    content = recorded.record.read_bytes()
    recorded.record.write_bytes(content[: len(content) // 2])
    assert recorded.everything() == "the record is not valid"


EDITS: dict[str, Any] = {
    "an absolute path": ("files", {"/etc/passwd": "0" * 64}),
    "a path outside": ("files", {"../../secret": "0" * 64}),
    "a path through the repository": ("listings", {"a/../../b": "0" * 64}),
    "a null in a path": ("files", {"a\0b": "0" * 64}),
    "an empty path": ("files", {"": "0" * 64}),
    "a digest of another form": ("files", {"a": "md5"}),
    "another type": ("modules", {"a": 1}),
    "an unknown field": ("more", 1),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_record(recorded: Estate, name: str) -> None:
    """A record with anything that the command does not write is not used."""
    content = json.loads(recorded.record.read_text())
    field, value = EDITS[name]
    content["stacks"]["mail.dev"][field] = value
    recorded.record.write_text(json.dumps(content))
    assert recorded.everything() == "the record is not valid"


def test_a_record_with_a_cycle(recorded: Estate) -> None:
    """Stacks that read each other are evaluated; the search for changes ends."""
    content = json.loads(recorded.record.read_text())
    for one, other in (("base.dev", "till.dev"), ("till.dev", "base.dev"), ("mail.dev", "gone.dev")):
        content["stacks"][one]["upstream"] = {other: {"evaluation": "0" * 64, "outputs": []}}
    recorded.record.write_text(json.dumps(content))
    assert recorded.affected() == ["base", "mail", "shop", "till"]


def test_an_edited_digest_leads_to_an_evaluation(recorded: Estate) -> None:
    """The fingerprint of an evaluation covers its inputs, and those of the stacks that it reads."""
    content = json.loads(recorded.record.read_text())
    content["stacks"]["shop.dev"]["files"]["name.txt"] = "0" * 64
    recorded.record.write_text(json.dumps(content))
    assert recorded.affected() == ["shop", "till"]


def test_a_record_of_another_version(recorded: Estate) -> None:
    """Also of a later one."""
    recorded.record.write_text(recorded.record.read_text().replace('"format": 1', '"format": 2'))
    assert recorded.everything() == "the record was written by another version"


def test_a_large_record(recorded: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not parsed."""
    monkeypatch.setattr(record_module, "_MOST_BYTES", 100)
    assert "is larger than" in recorded.everything()


def test_a_record_that_is_a_directory_or_a_pipe(recorded: Estate) -> None:
    """Neither is opened."""
    recorded.record.unlink()
    os.mkfifo(recorded.record)
    run = recorded_run(recorded)
    assert run == "there is no record of a previous run (record.json)"


def recorded_run(estate: Estate) -> str:
    """Why all stacks are evaluated, without a new record."""
    from platform_components.workspace.record.recording import Recording
    from platform_components.workspace.run import evaluate_selection
    from platform_components.workspace.selection import select

    selection = select(estate.root, [], "dev")
    assert selection.platform is not None
    run = evaluate_selection(
        selection, recording=Recording(selection, selection.platform, estate.record, "HEAD", (), None)
    )
    assert run.since is not None
    return run.since.everything


ALL: dict[str, tuple[Change, str]] = {
    "the project file": (
        lambda e: e.write("Pulumi.yaml", "name: market\nruntime: python\ndescription: d\n"),
        "the project file changed",
    ),
    "a lock file": (lambda e: e.write("requirements.txt", "pulumi\n"), "requirements.txt changed"),
    "requirements for development": (
        lambda e: e.write("requirements-dev.txt", "pytest\n"),
        "requirements-dev.txt changed",
    ),
    "constraints": (lambda e: e.write("constraints.txt", "pulumi<4\n"), "constraints.txt changed"),
    "one of several lock files": (
        lambda e: e.write("requirements/dev.txt", "pytest\n"),
        "requirements changed",
    ),
    "a removed layer": (
        lambda e: e.edit("platform.yaml", "  mail: {owner: team}\n", ""),
        'platform.yaml no longer has "mail"',
    ),
}


@pytest.mark.parametrize("name", ALL)
def test_a_change_that_affects_all_stacks(recorded: Estate, name: str) -> None:
    """No dependency of a single stack tells what it affects."""
    change, reason = ALL[name]
    change(recorded)
    assert recorded.everything() == reason


def test_a_platform_file_that_was_invalid(recorded: Estate) -> None:
    """The settings in the commit are not known."""
    valid = (recorded.root / "platform.yaml").read_text()
    recorded.write("platform.yaml", "stacks: [")
    recorded.commit()
    recorded.write("platform.yaml", valid)
    assert recorded.everything() == "platform.yaml of the commit is missing or invalid"


@pytest.mark.parametrize("field", ["library", "packages", "pack"])
def test_what_evaluates_the_stacks_changed(recorded: Estate, field: str) -> None:
    """The library, the installed packages or the policies: the results may differ."""
    content = json.loads(recorded.record.read_text())
    content["basis"][field] = "0" * 64
    recorded.record.write_text(json.dumps(content))
    names = {"library": "the library", "packages": "the installed packages", "pack": "the policy pack"}
    assert recorded.everything() == f"{names[field]} changed"


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("project", "the record is of another project"),
        ("directory", "the record is of a project in another directory"),
    ],
)
def test_a_record_of_another_project(recorded: Estate, field: str, reason: str) -> None:
    """Such as one that a pipeline restored for the wrong project."""
    content = json.loads(recorded.record.read_text())
    content["basis"][field] = "other"
    recorded.record.write_text(json.dumps(content))
    assert recorded.everything() == reason


def test_a_shallow_clone(recorded: Estate, tmp_path: Path) -> None:
    """Its history may lack the common ancestor."""
    recorded.commit()
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{recorded.root}", "clone")
    clone = Estate(tmp_path / "clone")
    clone.record.parent.mkdir()
    clone.record.write_bytes(recorded.record.read_bytes())
    assert clone.everything().startswith("the clone is shallow")


def test_an_unknown_commit(recorded: Estate) -> None:
    """The reason names it."""
    assert recorded.everything("origin/main") == "git has no commit origin/main: fetch it, or check its name"


def test_unrelated_histories(recorded: Estate) -> None:
    """There is no common ancestor to compare with."""
    git(recorded.root, "checkout", "-q", "--orphan", "other")
    recorded.write("other.txt", "")  # otherwise it is the same commit, if it is of the same second
    recorded.commit()
    assert recorded.everything("main") == "main and HEAD have no common ancestor"


def test_without_a_repository(recorded: Estate) -> None:
    """The project is a plain directory."""
    (recorded.root / ".git").rename(recorded.root.parent / "git")
    assert recorded.everything() == "the project is not in a git repository"


def test_without_git(recorded: Estate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No `git` is on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert recorded.everything() == "git is not installed"


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "-p",
        "--output=/tmp/x",
        "a..b",
        "a...b",
        "main:file",
        "a b",
        "a\nb",
        "HEAD@{1}",
        "*",
        "x" * 300,
        "^main",
    ],
)
def test_a_revision_that_is_not_one_commit(ref: str) -> None:
    """An option, a range or a path is rejected before git runs."""
    with pytest.raises(InvalidInput, match="must be a branch, a tag or a commit"):
        check_ref(ref)


@pytest.mark.parametrize(
    "ref", ["main", "origin/main", "v1.2.3", "HEAD~2", "main^", "a" * 40, "feature/a-b_c.d"]
)
def test_a_revision(ref: str) -> None:
    """Branches, tags and commits."""
    check_ref(ref)


def test_a_partial_run_keeps_the_other_stacks(recorded: Estate) -> None:
    """Their evaluations are still those of the last run."""
    recorded.preview(layers=("mail",))
    assert recorded.affected() == []


def test_the_same_run_has_the_same_record(recorded: Estate) -> None:
    """It has no time and no place, so it can be committed, and used on another machine."""
    before = json.loads(recorded.record.read_text())
    recorded.preview()
    after = json.loads(recorded.record.read_text())
    for stacks in (before["stacks"], after["stacks"]):
        for stack in stacks.values():
            del stack["modules"], stack["searched"]  # depend on what was imported earlier
            for upstream in stack["upstream"].values():
                del upstream["evaluation"]
    assert before == after
    assert str(recorded.root) not in recorded.record.read_text()


def test_the_record_is_as_its_schema_describes(recorded: Estate) -> None:
    """The schema is generated from the same definitions."""
    schema = json.loads((ROOT / "docs/schemas/preview-record.json").read_text())
    content = json.loads(recorded.record.read_text())
    jsonschema.Draft202012Validator(schema).validate(content)
    generated = Record.model_json_schema()
    assert set(schema["properties"]) == set(generated["properties"])
    assert set(schema["$defs"]["StackRecord"]["properties"]) == set(
        generated["$defs"]["StackRecord"]["properties"]
    )
