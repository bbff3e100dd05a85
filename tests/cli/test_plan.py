"""`platform preview` with a plan: JSON, exit codes and their precedence, and the Markdown file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.plan.steps import PropertyChange, Step
from platform_components.engine.state.deployment import PendingOperation
from platform_components.engine.values import UNKNOWN, Secret
from platform_components.engine.wire import SECRET, SIGNATURE
from platform_components.policy import Finding, Report
from platform_components.workspace.crossing import Fault
from platform_components.workspace.run import Run as StackRuns
from platform_components.workspace.stack import StackRun
from tests.cli.conftest import Run, write
from tests.cli.test_documents import SCHEMAS, check
from tests.report.plans import changed, run_of, stack_run, subject
from tests.report.scenario import three_stacks

BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"
QUIET = stack_run("a.prod", [])
INTERRUPTED = (PendingOperation("updating", subject("same", QUEUE).step.urn, QUEUE),)
CHANGED = stack_run("a.prod", [subject("update", QUEUE)])
UNDETERMINED = stack_run("a.prod", [subject("undetermined", QUEUE, undetermined=("p",))])
PENDING = stack_run("a.prod", [], pending=INTERRUPTED)
REFUSED = stack_run(
    "a.prod", [subject("delete", QUEUE)], refused={subject("delete", QUEUE).step.urn: "is protected"}
)
VIOLATION = Finding("r", "violation", "m", "u", QUEUE, "n", "", "high", "mandatory")
VIOLATING = replace(CHANGED, report=Report((), (VIOLATION,), 1))
WITHOUT_STATE = replace(QUIET, graph=replace(QUIET.graph, plan=None))
FAILURE = InvalidInput("service.yaml", [Problem("port", "must be an integer")])

Previewed = Callable[..., Any]


@pytest.fixture
def previewed(platform: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> Previewed:
    """Run `platform preview` with the result of an evaluation."""

    def run(runs: StackRuns, *words: str | Path) -> Any:
        monkeypatch.setattr("platform_components.cli.preview.evaluated", lambda *args, **options: runs)
        return platform("preview", "-C", project, *words)

    return run


@pytest.mark.parametrize(
    ("stack", "code"),
    [(QUIET, 0), (CHANGED, 4), (UNDETERMINED, 4), (PENDING, 4), (REFUSED, 1), (VIOLATING, 1)],
)
def test_unexpected_changes_exit_with_4(previewed: Previewed, stack: StackRun, code: int) -> None:
    """So do a secret that can't be compared, and an interrupted operation: either may be a change."""
    assert previewed(run_of(stack), "--expect-no-changes").exit_code == code


@pytest.mark.parametrize(("stack", "code"), [(CHANGED, 0), (UNDETERMINED, 0), (PENDING, 0), (REFUSED, 1)])
def test_changes_succeed_by_default(previewed: Previewed, stack: StackRun, code: int) -> None:
    """Unless the deployment would fail: it deletes a protected resource."""
    assert previewed(run_of(stack)).exit_code == code


@pytest.mark.parametrize(
    ("failures", "stack", "code"),
    [
        ({"b.prod": Fault("bug", "")}, VIOLATING, 3),
        ({"b.prod": FAILURE}, VIOLATING, 2),
        ({"b.prod": FAILURE}, CHANGED, 2),
        ({}, VIOLATING, 1),
        ({}, CHANGED, 4),
    ],
)
def test_the_most_severe_result_decides(
    previewed: Previewed, failures: dict[str, Exception], stack: StackRun, code: int
) -> None:
    """3, then 2, then 1, then 4."""
    assert previewed(run_of(stack, failures=failures), "--expect-no-changes").exit_code == code


@pytest.mark.parametrize("stacks", [(WITHOUT_STATE,), (CHANGED, WITHOUT_STATE)])
def test_no_changes_can_not_be_expected_without_a_state(
    previewed: Previewed, stacks: tuple[StackRun, ...]
) -> None:
    """Everything would be new. The message names the stacks; JSON has it too."""
    result = previewed(run_of(*stacks), "--expect-no-changes")
    assert result.exit_code == 2
    assert "--expect-no-changes: 1 problem" in result.stderr
    assert "a.prod" in result.stderr
    shown = json.loads(previewed(run_of(*stacks), "--expect-no-changes", "--json").stdout)
    assert [failure["subject"] for failure in shown["failures"]] == ["--expect-no-changes"]


def test_json_has_the_plan(previewed: Previewed) -> None:
    """Counts of all resources, and the steps that change something, with risks, owners and reasons."""
    shown = json.loads(previewed(three_stacks(), "--json").stdout)
    check("preview", shown)
    foundation, payments, notifications = (stack["plan"] for stack in shown["stacks"])
    assert foundation["counts"] == {"create": 1, "same": 3, "update": 1}
    assert payments["reasons"] == [
        "payments depends on foundation.prod, which changes the output database_key_arn"
    ]
    assert payments["compared"]["source"] == "s3://acme-state"
    (database,) = [step for step in payments["steps"] if step["operation"] == "replace"]
    assert database["risks"] == [
        {"risk": "loss", "text": "is replaced, which loses its data"},
        {"risk": "restart", "text": "is unavailable until the new one is available"},
    ]
    assert (database["owner"], database["order"]) == ("payments-team", "delete first")
    assert [(step["name"], step["owner"]) for step in notifications["steps"]] == [
        ("notifications-receipts", "messaging-team"),
        ("notifications-templates", "design-team"),
    ]
    assert "same" not in {step["operation"] for stack in shown["stacks"] for step in stack["plan"]["steps"]}


def test_json_without_a_state_has_no_plan(previewed: Previewed) -> None:
    """Fields that existed before have the same values."""
    shown = json.loads(previewed(run_of(WITHOUT_STATE), "--json").stdout)
    check("preview", shown)
    assert shown["stacks"][0]["plan"] is None
    assert (shown["create"], shown["stacks"][0]["create"]) == (12, 12)


def test_json_has_every_field_of_a_step(previewed: Previewed) -> None:
    """The schema describes them; secrets are marked, unknown values too."""
    secret = Secret("[secret]")
    full = subject(
        "replace",
        QUEUE,
        {"a": UNKNOWN, "b": secret},
        changed("a", 1, UNKNOWN),
        PropertyChange("b", "undetermined", secret, secret, "secret"),
        id="i",
        adopted_from="urn:pulumi:a::b::c::d",
        replaced_by=("a",),
        possibly_replaced_by=("a",),
        undetermined=("b",),
        order="create first",
        causes=("urn:pulumi:a::b::c::d",),
        retained=True,
        protected=True,
        leftover=True,
        deleted_with="urn:pulumi:a::b::c::d",
        unprotected=True,
        former={"a": "only for the report"},
    )
    refused = {full.step.urn: "is protected"}
    run = run_of(stack_run("payments.prod", [full], refused=refused, pending=INTERRUPTED))
    shown = json.loads(previewed(run, "--json").stdout)
    check("preview", shown)
    (step,) = shown["stacks"][0]["plan"]["steps"]
    assert set(step) == set(SCHEMAS["preview"]["$defs"]["step"]["properties"])
    assert {field.name for field in fields(Step)} - {"former"} <= set(step)
    assert step["changes"] == [
        {"path": "a", "kind": "update", "old": 1, "new": "[unknown]"},
        {"path": "b", "kind": "undetermined", "old": "[secret]", "new": "[secret]", "reason": "secret"},
    ]


def test_the_report_is_written_to_a_file(previewed: Previewed, tmp_path: Path) -> None:
    """In addition to the usual output, also with --json and after a failure of another stack."""
    target = tmp_path / "report.md"
    result = previewed(replace(three_stacks(), failures={"b.prod": FAILURE}), "--json", "--markdown", target)
    assert result.exit_code == 2
    json.loads(result.stdout)
    text = target.read_text(encoding="utf-8")
    assert text.startswith("<!-- platform-preview: platform prod -->\n")
    assert "- `b.prod` was not evaluated: service.yaml: 1 problem" in text


@pytest.mark.parametrize("text", ["1/0", "import pulumi; pulumi.Config().require('x')"])
def test_a_failure_is_written_to_the_file(platform: Run, project: Path, tmp_path: Path, text: str) -> None:
    """A failing program; the report has the message, and replaces an earlier one."""
    target = tmp_path / "report.md"
    target.write_text("of an earlier commit", encoding="utf-8")
    write(project / "__main__.py", text)
    assert platform("preview", "-C", project, "--markdown", target).exit_code == 2
    report = target.read_text(encoding="utf-8")
    assert report.startswith("<!-- platform-preview: orders dev -->\n")
    assert "- `dev` was not evaluated: " in report


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--env", "other"), "other"),
        (("--image", "x"), "--image"),
        (("--policy-pack", "missing"), "Policy pack"),
        (("--changed-since", "HEAD"), "--changed-since"),
    ],
)
def test_an_early_failure_is_written_to_the_file(
    platform: Run, project: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    """Otherwise the comment about an earlier commit would stay."""
    target = tmp_path / "report.md"
    result = platform("preview", "-C", project, "--markdown", target, "--markdown-id", "orders", *words)
    assert result.exit_code == 2, result.output
    report = target.read_text(encoding="utf-8")
    assert report.startswith("<!-- platform-preview: orders -->\n\n## Preview failed\n")
    assert message in report


def test_an_internal_error_is_written_to_the_file(
    platform: Run, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And an interrupted preview."""
    target = tmp_path / "report.md"
    for error, message in ((RuntimeError("broken"), "broken"), (KeyboardInterrupt(), "interrupted")):

        def fail(*args: object, error: BaseException = error, **options: object) -> None:
            raise error

        monkeypatch.setattr("platform_components.cli.preview.evaluated", fail)
        assert platform("preview", "-C", project, "--markdown", target).exit_code != 0
        assert message in target.read_text(encoding="utf-8")


def test_a_complete_report_is_not_replaced_by_a_later_failure(
    previewed: Previewed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Printing ends the command if a pipe is closed."""

    def fail(*args: object, **options: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("platform_components.cli.preview.print_json", fail)
    target = tmp_path / "report.md"
    assert previewed(run_of(CHANGED), "--json", "--markdown", target).exit_code == 141
    assert "Preview of `platform`" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize("id_", ["a--b", "a b", "-a", "a>"])
def test_an_id_that_would_end_the_comment_is_refused(previewed: Previewed, id_: str) -> None:
    """Its characters are those of a name."""
    result = previewed(run_of(CHANGED), "--markdown-id", id_)
    assert result.exit_code == 2
    assert "--markdown-id" in result.stderr


def test_refusals_are_in_the_report_and_annotated(previewed: Previewed, tmp_path: Path) -> None:
    """As other failures are."""
    target = tmp_path / "report.md"
    result = previewed(run_of(WITHOUT_STATE), "--expect-no-changes", "--markdown", target, "--annotations")
    report = target.read_text(encoding="utf-8")
    assert "### What fails\n\n- --expect-no-changes: 1 problem\n  - a.prod" in report
    assert "::error title=--expect-no-changes::" in result.stderr


def test_a_file_that_can_not_be_written_is_reported_first(previewed: Previewed, tmp_path: Path) -> None:
    """Before the stacks are evaluated, which can take minutes."""
    result = previewed(three_stacks(), "--markdown", tmp_path / "missing" / "report.md")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--markdown: 1 problem" in result.stderr


def test_a_program_is_compared_with_a_state(platform: Run, project: Path, tmp_path: Path) -> None:
    """From the file of a state to every output, none of which has a secret of the program or the state."""
    program = """
        import pulumi
        from pulumi_aws import sqs

        key = pulumi.Output.secret("planted-by-the-program")
        sqs.Queue("jobs", name="jobs", delay_seconds=5, kms_master_key_id=key)
        """
    write(project / "__main__.py", program)
    urn = "urn:pulumi:dev::orders::{}::{}".format
    root = urn("pulumi:pulumi:Stack", "orders-dev")
    provider = urn("pulumi:providers:aws", "default")
    common = {"custom": True, "parent": root, "provider": f"{provider}::p-1"}
    sealed = {SIGNATURE: SECRET, "ciphertext": "v1:planted-in-the-state"}
    queue = {"name": "jobs", "delaySeconds": 0, "kmsMasterKeyId": sealed}
    resources = [
        {"urn": root, "type": "pulumi:pulumi:Stack", "custom": False},
        {"urn": provider, "type": "pulumi:providers:aws", "custom": True, "id": "p-1"},
        {"urn": urn(QUEUE, "jobs"), "type": QUEUE, "id": "q-1", "inputs": queue, "outputs": queue, **common},
        {"urn": urn(BUCKET, "old"), "type": BUCKET, "id": "b-1", "inputs": {}, "protect": True, **common},
    ]
    state = {"version": 3, "deployment": {"resources": resources}}
    write(tmp_path / "state.json", json.dumps(state))
    words = ("preview", "-C", project, "--state", f"dev={tmp_path}/state.json", "--policy-pack", "none")
    shown = platform(*words, "--annotations", "--markdown", tmp_path / "report.md")
    document = platform(*words, "--json")
    assert (shown.exit_code, document.exit_code) == (1, 1), shown.output
    check("preview", json.loads(document.stdout))
    (stack,) = json.loads(document.stdout)["stacks"]
    steps = {step["name"]: step for step in stack["plan"]["steps"]}
    assert steps["old"]["refused"]
    assert steps["old"]["risks"] == [{"risk": "loss", "text": "is deleted, which loses its objects"}]
    assert steps["jobs"]["operation"] == "update"
    markdown = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "### What fails\n\n- `old` (`s3.Bucket`, ID `b-1`) in `dev` can't be deleted" in markdown
    assert "delaySeconds: 0 → 5" in markdown
    assert "delaySeconds: 0 → 5" in shown.stdout
    assert "title=dev%3A the deployment fails" in shown.stderr
    assert "planted" not in "".join((shown.output, document.output, markdown))
