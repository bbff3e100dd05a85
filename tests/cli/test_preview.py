"""`platform preview`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, Run, write
from tests.tree import ROOT


def test_a_preview_shows_components_totals_outputs_and_verdicts(platform: Run, project: Path) -> None:
    """The output has one line per component with its main settings, the violations, and the totals last."""
    result = platform("preview", "-C", project)
    lines = [" ".join(line.split()) for line in result.stdout.splitlines() if line.strip()]
    assert lines == [
        "orders · 1 stack preview only: nothing is deployed",
        "dev + 8",
        "Bucket assets versioned · SSE-S3 · TLS only · objects expire after 30 days + 7",
        "Queue jobs sqs.Queue",
        "tags Owner=orders-team on all 2 taggable resources",
        "outputs greeting=hello 1 known after the deployment",
        "✗ encrypted-queues jobs: has no KMS key → set kms_master_key_id",
        "policies 1 rule · 1 violation",
        *lines[8:10],
        lines[-1],
    ]
    assert lines[8].startswith(
        "unread 7 resources of types that no rule reads: aws:s3.Bucket 1, aws:s3.Bucket"
    )
    assert lines[-1].startswith("8 to create · 8 AWS · ")


def test_a_violation_of_a_mandatory_rule_exits_with_1(platform: Run, project: Path) -> None:
    """A CI job fails on it."""
    assert platform("preview", "-C", project).exit_code == 1


def test_a_preview_without_violations_exits_with_0(platform: Run, project: Path) -> None:
    """Success."""
    write(project / "__main__.py", PROGRAM.replace("tags={", 'kms_master_key_id="alias/q", tags={'))
    assert platform("preview", "-C", project).exit_code == 0


def test_without_policies_nothing_is_evaluated(platform: Run, project: Path) -> None:
    """`--policy-pack none` previews programs that follow other rules; table and JSON state it."""
    result = platform("preview", "-C", project, "--policy-pack", "none")
    assert result.exit_code == 0
    assert "policies   not evaluated: --policy-pack none" in result.stdout
    assert "unread" not in result.stdout
    (stack,) = json.loads(platform("preview", "-C", project, "--policy-pack", "none", "--json").stdout)[
        "stacks"
    ]
    assert stack["policies"] == {
        "evaluated": False,
        "rules": 0,
        "judged": 0,
        "violations": 0,
        "undetermined": 0,
        "errors": 0,
        "failed": False,
        "findings": [],
        "unread": [],
    }


def test_a_directory_named_none_is_a_pack(
    platform: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`./none` is its path; only the word `none` disables policies."""
    (project / "policies").rename(project / "none")
    monkeypatch.chdir(project)
    assert platform("preview", "--policy-pack", "./none").exit_code == 1
    assert platform("preview", "--policy-pack", "none").exit_code == 0


@pytest.mark.parametrize("word", ["", "nope", "None"])
def test_a_pack_that_does_not_exist_is_rejected(platform: Run, project: Path, word: str) -> None:
    """A misspelt word, or an unset variable, does not disable policies."""
    result = platform("preview", "-C", project, "--policy-pack", word)
    assert result.exit_code == 2
    assert "PulumiPolicy.yaml" in result.stderr


def test_resources_are_listed_on_demand(platform: Run, project: Path) -> None:
    """`--resources` lists every resource with its type as in programs."""
    result = platform("preview", "-C", project, "--resources")
    assert "assets-versioning s3.BucketVersioning" in " ".join(result.stdout.split())


def test_json_contains_what_the_tree_shows_and_more(platform: Run, project: Path) -> None:
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
            "overrides": {},
        }
    ]
    assert [finding["rule"] for finding in stack["policies"]["findings"]] == ["encrypted-queues"]
    assert stack["outputs"] == {"bucket": "[unknown]", "greeting": "hello"}


def test_a_program_that_prints_does_not_break_json(platform: Run, project: Path) -> None:
    """What it prints is inside the document."""
    write(project / "__main__.py", PROGRAM + '\n    print("hello from the program")\n')
    shown = json.loads(platform("preview", "-C", project, "--json").stdout)
    assert "hello from the program" in [d["message"] for d in shown["stacks"][0]["diagnostics"]]


def test_an_error_that_a_program_logs_is_shown_with_its_stack(platform: Run, project: Path) -> None:
    """As in `pulumi preview`, the stack is shown and the exit code is that of a preview without the error."""
    write(project / "__main__.py", PROGRAM.replace("tags={", 'kms_master_key_id="alias/q", tags={'))
    with (project / "__main__.py").open("a") as program:
        program.write('pulumi.log.error("the licence has expired")\n')
    result = platform("preview", "-C", project)
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines() if line.strip()]
    line = len((project / "__main__.py").read_text().splitlines())
    assert f"error __main__.py:{line}: the licence has expired" in lines
    assert lines[-1].startswith("8 to create · 1 error logged by programs · 8 AWS")
    shown = json.loads(platform("preview", "-C", project, "--json").stdout)
    (diagnostic,) = shown["stacks"][0]["diagnostics"]
    assert (diagnostic["severity"], diagnostic["source"]) == ("error", f"__main__.py:{line}")


def test_a_message_about_several_resources_is_shown_once(platform: Run, project: Path) -> None:
    """With its first line; the JSON document contains all."""
    code = """
        from pulumi_aws import iam
        for name in ("a", "b", "c"):
            iam.Role(name, assume_role_policy={"Version": "2012-10-17"})
        print("assumeRolePolicy")
        print("assumeRolePolicy")
    """
    write(project / "__main__.py", code)
    result = platform("preview", "-C", project)
    text = " ".join(result.stdout.split())
    assert text.count("assumeRolePolicy of aws:iam/role:Role: unknown until deployment") == 1
    assert "info __main__.py:4: assumeRolePolicy" in text
    assert "(3 resources)" in text
    assert text.count("print") == 2
    shown = json.loads(platform("preview", "-C", project, "--json").stdout)
    assert [d["severity"] for d in shown["stacks"][0]["diagnostics"]].count("info") == 3


@pytest.mark.parametrize("type_", ["a:b:c:D", "a::c"])
def test_a_type_with_more_than_three_parts_is_shown(platform: Run, project: Path, type_: str) -> None:
    """Pulumi accepts it."""
    write(project / "__main__.py", f"import pulumi; pulumi.CustomResource({type_!r}, 'odd', {{}})")
    result = platform("preview", "-C", project)
    assert (result.exit_code, "odd" in result.stdout) == (0, True)


def test_an_invalid_program_exits_with_2_and_shows_the_line(platform: Run, project: Path) -> None:
    """The message names the line in the program; only --debug shows a traceback."""
    write(project / "__main__.py", PROGRAM.replace("expire_after_days=30", "expire_after_dayz=30"))
    result = platform("preview", "-C", project)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "__main__.py:9" in result.stderr
    assert "expire_after_dayz = 30  unknown field  did you mean expire_after_days?" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in platform("preview", "-C", project, "--debug").stderr


def test_nested_components_are_below_their_parent(platform: Run) -> None:
    """Branches connect them, and the last one ends the tree."""
    lines = platform("preview", "payments.dev", "-C", ROOT).stdout.splitlines()
    kinds = [line.split()[:2] for line in lines if line.startswith(("  ServiceStack", "  ├", "  └"))]
    assert kinds == [["ServiceStack", "payments"], ["├", "Database"], ["├", "Cache"], ["└", "Bucket"]]


def test_overrides_are_marked(platform: Run, project: Path) -> None:
    """The preview shows that a component's arguments are overridden."""
    custom = 'expire_after_days=30, customize={"bucket": {"object_lock_enabled": True}}'
    write(project / "__main__.py", PROGRAM.replace("expire_after_days=30", custom))
    shown = platform("preview", "-C", project).stdout
    assert "customised:" in shown
    assert "bucket.object_lock_enabled" in shown


NESTED = """expire_after_days=30, customize={
        "versioning": {"versioningConfiguration": {"status": "Suspended"}},
        "bucket": {"tags": {"CostCenter": "4711"}, "object_lock_enabled": None},
    }"""


def test_overrides_are_listed_with_their_paths(platform: Run, project: Path) -> None:
    """In the table next to a summary that does not state the old value, and in the JSON document."""
    write(project / "__main__.py", PROGRAM.replace("expire_after_days=30", NESTED))
    lines = platform("preview", "-C", project).stdout.splitlines()
    text = " ".join(" ".join(lines).split())
    assert "Bucket assets SSE-S3 · TLS only · objects expire after 30 days · customised: " in text
    for path in (
        "versioning.versioning_configuration.status",
        "bucket.tags.CostCenter",
        "bucket.object_lock_enabled",
    ):
        assert path in text
    (stack,) = json.loads(platform("preview", "-C", project, "--json").stdout)["stacks"]
    (component,) = stack["components"]
    assert component["overrides"] == {
        "versioning": ["versioning_configuration.status"],
        "bucket": ["object_lock_enabled", "tags.CostCenter"],
    }
    assert component["customized"] == {
        "versioning": ["versioningConfiguration"],
        "bucket": ["object_lock_enabled", "tags"],
    }


def test_an_internal_error_exits_with_3(
    platform: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has the type and place of the error, not its text, which may contain secrets."""
    monkeypatch.setattr("platform_components.cli.tree._headline", lambda run: 1 / 0)
    result = platform("preview", "-C", project)
    assert result.exit_code == 3
    assert "internal error: ZeroDivisionError in test_preview.py" in result.stderr
    assert "report it" in result.stderr
    monkeypatch.setattr("platform_components.cli.preview.document", lambda run, report: 1 / 0)
    (failure,) = json.loads(platform("preview", "-C", project, "--json").stdout)["failures"]
    assert failure["message"].startswith("internal error: ZeroDivisionError")


def test_undetermined_rules_are_shown_with_their_reason(platform: Run, project: Path) -> None:
    """There is one line per rule and reason, for any number of resources."""
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


def test_an_error_that_fails_every_stack_is_reported_once(platform: Run, project: Path) -> None:
    """A second line has the number of other stacks."""
    write(project / "Pulumi.prod.yaml", "config: {}\n")
    write(project / "__main__.py", "raise ValueError('no such shop')\n")
    result = platform("preview", "-C", project)
    assert result.stderr.count("no such shop") == 1
    assert "1 other stack fails for the same reason" in result.stderr
