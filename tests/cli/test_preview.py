"""`platform preview`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, Run, write


def test_a_preview_shows_components_totals_outputs_and_verdicts(platform: Run, project: Path) -> None:
    """One line a component with its decisive facts; what is wrong; the totals last."""
    result = platform("preview", "-C", project)
    lines = [" ".join(line.split()) for line in result.stdout.splitlines() if line.strip()]
    assert lines == [
        "orders · 1 stack preview only: nothing is deployed",
        "dev + 8",
        "Bucket assets versioned · SSE-S3 · TLS only · objects expire after 30 days + 7",
        "Queue jobs sqs.Queue",
        "tags Owner=orders-team on all 2 that take tags",
        "outputs greeting=hello 1 known after the deployment",
        "✗ encrypted-queues jobs: has no key of its own → set kms_master_key_id",
        "policies 1 rule · 1 violation",
        lines[-1],
    ]
    assert lines[-1].startswith("8 to create · 8 AWS · ")


def test_a_violation_of_a_mandatory_rule_exits_with_1(platform: Run, project: Path) -> None:
    """CI stops at it."""
    assert platform("preview", "-C", project).exit_code == 1


def test_a_preview_without_violations_exits_with_0(platform: Run, project: Path) -> None:
    """Nothing to act on."""
    write(project / "__main__.py", PROGRAM.replace("tags={", 'kms_master_key_id="alias/q", tags={'))
    assert platform("preview", "-C", project).exit_code == 0


def test_resources_are_listed_on_demand(platform: Run, project: Path) -> None:
    """Every resource, with the type as programs write it."""
    result = platform("preview", "-C", project, "--resources")
    assert "assets-versioning s3.BucketVersioning" in " ".join(result.stdout.split())


def test_json_holds_what_the_tree_shows_and_more(platform: Run, project: Path) -> None:
    """Standard output is one JSON document."""
    shown = json.loads(platform("preview", "-C", project, "--json").stdout)
    assert (shown["format"], shown["project"], shown["environment"], shown["create"]) == (
        1,
        "orders",
        "dev",
        8,
    )
    stack = shown["stacks"][0]
    assert stack["components"] == [
        {
            "kind": "Bucket",
            "type": "platform:index:Bucket",
            "name": "assets",
            "summary": "versioned · SSE-S3 · TLS only · objects expire after 30 days",
            "customized": {},
        }
    ]
    assert [finding["rule"] for finding in stack["policies"]["findings"]] == ["encrypted-queues"]
    assert stack["outputs"] == {"bucket": "[unknown]", "greeting": "hello"}


def test_a_program_that_prints_does_not_spoil_json(platform: Run, project: Path) -> None:
    """What it prints is in the document, not around it."""
    write(project / "__main__.py", PROGRAM + '\n    print("hello from the program")\n')
    shown = json.loads(platform("preview", "-C", project, "--json").stdout)
    assert "hello from the program" in [d["message"] for d in shown["stacks"][0]["diagnostics"]]


def test_a_wrong_program_exits_with_2_and_shows_the_line(platform: Run, project: Path) -> None:
    """The message names the user's line, and there is no traceback unless asked for."""
    write(project / "__main__.py", PROGRAM.replace("expire_after_days=30", "expire_after_dayz=30"))
    result = platform("preview", "-C", project)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "__main__.py:9" in result.stderr
    assert "expire_after_dayz = 30  unknown field  did you mean expire_after_days?" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in platform("preview", "-C", project, "--debug").stderr


def test_overrides_are_marked(platform: Run, project: Path) -> None:
    """A reader of the preview sees that a component does not send what it would."""
    custom = 'expire_after_days=30, customize={"bucket": {"object_lock_enabled": True}}'
    write(project / "__main__.py", PROGRAM.replace("expire_after_days=30", custom))
    shown = platform("preview", "-C", project).stdout
    assert "customised:" in shown
    assert "bucket.object_lock_enabled" in shown


def test_a_fault_of_the_tool_itself_exits_with_3(
    platform: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it is its own fault, without the error's text, which may quote anything."""
    monkeypatch.setattr("platform_components.cli.tree._headline", lambda run: 1 / 0)
    result = platform("preview", "-C", project)
    assert result.exit_code == 3
    assert "internal error: ZeroDivisionError in test_preview.py" in result.stderr
    assert "report it" in result.stderr
    monkeypatch.setattr("platform_components.cli.preview.document", lambda run: 1 / 0)
    (failure,) = json.loads(platform("preview", "-C", project, "--json").stdout)["failures"]
    assert failure["message"].startswith("internal error: ZeroDivisionError")


def test_what_is_undetermined_is_told_with_its_reason(platform: Run, project: Path) -> None:
    """Once a rule and reason, however many resources it is about."""
    pack = project / "policies" / "__init__.py"
    pack.write_text(pack.read_text().replace('not queue.has("kmsMasterKeyId")', 'not queue.get("name")'))
    unknown = (
        PROGRAM
        + """
    for name in ("a", "b"):
        sqs.Queue(name, name=bucket.bucket_name)
"""
    )
    write(project / "__main__.py", unknown)
    shown = platform("preview", "-C", project).stdout
    assert "? encrypted-queues  2 resources: name is known only once deployed" in shown
    assert "2 undetermined until deployed" in shown


def test_a_mistake_that_fails_every_stack_is_told_once(platform: Run, project: Path) -> None:
    """With the number of the others."""
    write(project / "Pulumi.prod.yaml", "config: {}\n")
    write(project / "__main__.py", "raise ValueError('no such shop')\n")
    result = platform("preview", "-C", project)
    assert result.stderr.count("no such shop") == 1
    assert "1 other stack fails for the same reason" in result.stderr
