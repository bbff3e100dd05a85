"""`platform policy test`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def _spoil(project: Path, old: str, new: str) -> None:
    pack = project / "policies" / "__init__.py"
    assert old in pack.read_text()
    pack.write_text(pack.read_text().replace(old, new))


def test_a_sound_pack_passes(platform: Run, project: Path) -> None:
    """A line a rule, and exit code 0."""
    done = platform("policy", "test", "-C", project)
    assert done.exit_code == 0
    assert "✓ encrypted-queues  2 examples" in done.stdout
    assert "1 rules · 0 failed" in done.stdout


def test_a_misspelt_property_fails(platform: Run, project: Path) -> None:
    """With exit code 1, and what is meant."""
    _spoil(project, "kmsMasterKeyId", "kmsMasterKeyID")
    done = platform("policy", "test", "-C", project)
    assert done.exit_code == 1
    assert "✗ encrypted-queues" in done.stdout
    assert 'no property "kmsMasterKeyID"; did you mean kmsMasterKeyId?' in done.stdout


def test_the_result_as_json(platform: Run, project: Path) -> None:
    """Rule by rule, for CI."""
    _spoil(project, 'Example(QUEUE, {"kmsMasterKeyId": "k"})', "Example(QUEUE, {})")
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
                "problems": ["passing[0] does not pass: violation: has no key of its own"],
                "not_checked": [],
            }
        ],
        "failed": 1,
    }


def test_a_pack_that_does_not_load_is_bad_input(platform: Run, project: Path) -> None:
    """Exit code 2, also as JSON."""
    _spoil(project, 'NAME = "demo"', "NAME = no_such_name")
    assert platform("policy", "test", "-C", project).exit_code == 2
    done = platform("policy", "test", "--json", "-C", project)
    assert done.exit_code == 2
    assert "NameError: no_such_name" in json.loads(done.stdout)["failures"][0]["message"]
