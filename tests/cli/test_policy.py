"""`platform policy test`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def _replace(project: Path, old: str, new: str) -> None:
    pack = project / "policies" / "__init__.py"
    assert old in pack.read_text()
    pack.write_text(pack.read_text().replace(old, new))


def test_a_valid_pack_passes(platform: Run, project: Path) -> None:
    """The output has one line per rule; the exit code is 0."""
    done = platform("policy", "test", "-C", project)
    assert done.exit_code == 0
    assert "✓ encrypted-queues  2 examples" in done.stdout
    assert "1 rules · 0 failed" in done.stdout


def test_a_misspelt_property_fails(platform: Run, project: Path) -> None:
    """The message suggests the most similar name; the exit code is 1."""
    _replace(project, "kmsMasterKeyId", "kmsMasterKeyID")
    done = platform("policy", "test", "-C", project)
    assert done.exit_code == 1
    assert "✗ encrypted-queues" in done.stdout
    assert 'no property "kmsMasterKeyID"; did you mean kmsMasterKeyId?' in done.stdout


def test_the_result_as_json(platform: Run, project: Path) -> None:
    """The document has the result of each rule."""
    _replace(project, 'Example(QUEUE, {"kmsMasterKeyId": "k"})', "Example(QUEUE, {})")
    done = platform("policy", "test", "--json", "-C", project)
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "format": 1,
        "pack": "demo",
        "rules": [
            {
                "id": "encrypted-queues",
                "passed": False,
                "examples": 2,
                "problems": ["passing[0] does not pass: violation: has no KMS key"],
                "not_checked": [],
            }
        ],
        "failed": 1,
    }


def test_a_pack_that_does_not_load_is_invalid_input(platform: Run, project: Path) -> None:
    """The exit code is 2, also with --json."""
    _replace(project, 'NAME = "demo"', "NAME = no_such_name")
    assert platform("policy", "test", "-C", project).exit_code == 2
    done = platform("policy", "test", "--json", "-C", project)
    assert done.exit_code == 2
    assert "NameError: no_such_name" in json.loads(done.stdout)["failures"][0]["message"]


def test_a_list_that_fails_has_the_same_keys(platform: Run, project: Path) -> None:
    """Scripts can read `rules` in both cases."""
    listed = json.loads(platform("policy", "list", "--json", "-C", project).stdout)
    _replace(project, 'NAME = "demo"', "NAME = no_such_name")
    done = platform("policy", "list", "--json", "-C", project)
    assert done.exit_code == 2
    document = json.loads(done.stdout)
    assert (document["pack"], document["rules"]) == ("", [])
    assert set(document) - set(listed) == {"failures"}


def test_the_pack_is_that_of_the_project_in_a_parent_directory(platform: Run, project: Path) -> None:
    """As in a preview."""
    below = project / "services"
    below.mkdir()
    assert "encrypted-queues" in platform("policy", "list", "-C", below).stdout
    assert "encrypted-queues" in platform("policy", "test", "-C", below).stdout
