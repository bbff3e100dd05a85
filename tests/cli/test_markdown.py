"""The Markdown report: what a reviewer reads, hostile texts, and the size of a comment."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platform_components.base.errors import InvalidInput, Problem
from platform_components.cli.markdown import LIMIT, identity, markdown
from platform_components.cli.markdown_text import block, code, marker, prose
from platform_components.engine import Diagnostic
from platform_components.engine.overrides import Override
from platform_components.engine.plan.steps import Comparison
from platform_components.engine.state.deployment import PendingOperation
from platform_components.engine.values import UNKNOWN, Secret
from platform_components.policy import Finding, Report as PolicyReport
from platform_components.report.changes import report_of
from platform_components.workspace.record.recording import Since
from platform_components.workspace.run import Run
from tests.report.plans import changed, run_of, stack_run, subject
from tests.report.scenario import three_stacks

BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"

ERROR = InvalidInput("service.yaml", [Problem("port", "must be an integer")])
EVIL = (
    "a|b`c``d @admin #123 GH-1 <img src=x> </details> [x](http://evil.example) www.evil.example"
    "\n# h \u202e \x1b[31m"
)


def rendered(run: Run) -> str:
    return markdown(run, report_of(run))


def test_the_same_run_gives_the_same_bytes() -> None:
    """A comment that is updated in place shows no change."""
    assert rendered(three_stacks()) == rendered(three_stacks())


def test_the_first_line_identifies_the_comment() -> None:
    """By project and environment, so that two environments have two comments, or by the requested ID."""
    run = three_stacks()
    assert rendered(run).splitlines()[0] == "<!-- platform-preview: platform prod -->"
    assert identity(run.selection, "mine") == identity(None, "mine") == "<!-- platform-preview: mine -->"
    assert marker("a--b", "c-->d") == "<!-- platform-preview: a-b c-d -->"


def test_other_selections_have_other_comments() -> None:
    """Two jobs for parts of an environment do not overwrite each other's."""
    selection = three_stacks().selection
    parts = [replace(selection, shown=(name,)) for name in selection.shown]
    lines = {identity(part) for part in (selection, *parts)}
    assert len(lines) == 4
    assert all(
        re.fullmatch(r"<!-- platform-preview: platform prod( [0-9a-f]{8})? -->", line) for line in lines
    )


def test_risks_precede_details() -> None:
    """Without a risk, the section states that there is none."""
    text = rendered(three_stacks())
    titles = [
        "### What is lost",
        "### What opens up",
        "### What restarts or is unavailable",
        "<details>",
    ]
    assert [text.index(title) for title in titles] == sorted(text.index(title) for title in titles)
    quiet = rendered(run_of(stack_run("payments.prod", [subject("update", QUEUE)])))
    assert "Nothing is deleted or replaced." in quiet


def test_a_deletion_that_loses_nothing_is_not_denied() -> None:
    """A policy is created again from the program; it is deleted all the same."""
    step = subject("delete", "aws:iam/rolePolicy:RolePolicy", name="policy")
    text = rendered(run_of(stack_run("payments.prod", [step])))
    assert "Nothing is deleted or replaced" not in text
    assert "Nothing that is deleted or replaced holds data, traffic or an identity." in text


def test_what_is_not_classified_is_listed_as_a_loss() -> None:
    """A sentence that nothing is lost would be a guess."""
    step = subject("delete", "aws:example/thing:Thing", name="old", id="t-1")
    text = rendered(run_of(stack_run("payments.prod", [step])))
    assert "not classified: `old` (`example.Thing`, ID `t-1`) in `payments.prod` (deleted)." in text
    assert "Nothing is deleted" not in text


def test_a_replaced_database_states_the_order_and_the_final_snapshot() -> None:
    """According to the inputs in the state, with which AWS deletes it."""

    def text(**former: Any) -> str:
        step = subject(
            "replace",
            "aws:rds/instance:Instance",
            {"kmsKeyId": "b"},
            changed("kmsKeyId", "a", "b"),
            changed("tags", None, {"a": "b"}),
            replaced_by=("kmsKeyId",),
            order="delete first",
            former=former,
        )
        return rendered(run_of(stack_run("payments.prod", [step])))

    shown = text(skipFinalSnapshot=True)
    assert "The old resource is deleted, with all it contains, before the new, empty one is created." in shown
    assert "No final snapshot is created." in shown
    assert '  - Why: `kmsKeyId` changes from `"a"` to `"b"`, which requires a replacement.\n' in shown
    assert "the final snapshot `last` first" in text(finalSnapshotIdentifier="last")
    assert "Whether a final snapshot is created is unknown." in text()


def test_the_property_that_a_fact_names_is_the_first_reason() -> None:
    """Not the first by name."""
    names = ("a", "b", "c", "template")
    edits = [changed(f"spec.{name}", 1, 2) for name in names]
    inputs = {"spec": dict.fromkeys(names, 2)}
    step = subject("update", "kubernetes:apps/v1:Deployment", inputs, *edits)
    text = rendered(run_of(stack_run("payments.prod", [step])))
    assert "Why: `spec.template` changes from `1` to `2`; `spec.a`" in text


def test_a_report_without_all_stacks_says_so() -> None:
    """In the head, and where it states that there is no risk."""
    run = run_of(stack_run("a.prod", [subject("update", QUEUE)]), failures={"b.prod": ERROR})
    text = rendered(run)
    assert "- 1 stack not evaluated: what a deployment would change there is unknown." in text
    assert "Nothing is deleted or replaced, in the stacks that were compared." in text
    assert text.index("### What fails") < text.index("### What is lost")


def test_a_run_in_which_every_stack_fails_was_not_compared_with_nothing() -> None:
    """It has no result."""
    text = rendered(run_of(failures={"b.prod": ERROR}))
    assert "compared with nothing" not in text
    assert "1 stack not evaluated" in text
    assert "Nothing is deleted" not in text


def test_unaffected_stacks_are_counted() -> None:
    """Those of `--changed-since`; the reason why all were evaluated is stated too."""
    since = Since("main", "c0ffee", "", {}, ("a.prod", "b.prod"))
    text = rendered(run_of(since=since))
    assert "- 2 stacks unaffected by the changes since `main`, and therefore not evaluated." in text
    assert "compared with nothing" not in text
    text = rendered(run_of(stack_run("a.prod", []), since=replace(since, everything="there is no record")))
    assert "because there is no record." in text


def test_configuration_of_this_run_is_named() -> None:
    """Without the values, which may be secret."""
    run = run_of(stack_run("a.prod", []))
    project = replace(run.selection.project, overrides={"a.prod": (Override(("orders:image",), "secret"),)})
    text = rendered(replace(run, selection=replace(run.selection, project=project)))
    assert "- `a.prod` has configuration that is set for this preview only: `orders:image`." in text
    assert "secret" not in text


def test_mandatory_violations_fail() -> None:
    """They are in the first section, with the remedy; advisory ones are in the details only."""
    finding = Finding("r", "violation", "m", "u", QUEUE, "n", "do x", "high", "mandatory")
    advisory = replace(finding, rule="advice", enforcement="advisory")
    stacks = [
        replace(stack_run(name, []), report=PolicyReport((), (finding, advisory), 1))
        for name in ("a.prod", "b.prod")
    ]
    text = rendered(run_of(*stacks))
    assert "- Mandatory rule `r`: m: `n` in `a.prod`, `n` in `b.prod`. Fix: do x." in text
    assert "advice" not in text.partition("<details>")[0]
    assert text.index("### What fails") < text.index("### What is lost")


def test_errors_that_programs_log_fail() -> None:
    """Pulumi fails for them."""
    run = stack_run("a.prod", [])
    graph = replace(run.graph, diagnostics=(Diagnostic("error", "no such shop"),))
    text = rendered(run_of(replace(run, graph=graph)))
    assert "- The program of `a.prod` logs an error: no such shop" in text


def test_a_refused_step_comes_first() -> None:
    """The deployment would fail."""
    step = subject("delete", BUCKET, name="invoices")
    text = rendered(run_of(stack_run("payments.prod", [step], refused={step.step.urn: "is protected"})))
    assert (
        "### What fails\n\n- `invoices` (`s3.Bucket`) in `payments.prod` can't be deleted: is protected"
        in text
    )
    assert text.index("### What fails") < text.index("### What is lost")


def test_stacks_without_changes_are_counted() -> None:
    """They have no details."""
    text = rendered(run_of(stack_run("a.prod", []), stack_run("b.prod", [subject("update", QUEUE)])))
    assert "1 other stack without changes." in text
    assert "a.prod" not in text


def test_without_changes_the_report_is_short() -> None:
    """It has no table and no details."""
    text = rendered(run_of(stack_run("a.prod", []), stack_run("b.prod", [])))
    assert "**No changes in 2 stacks**" in text
    assert "|" not in text
    assert "<details>" not in text


def test_the_state_is_named() -> None:
    """A snapshot, and a stack that is not deployed."""
    snapshot = Comparison("snapshots/prod.json", "2026-11-02T08:15:00Z", 3, is_snapshot=True, exists=True)
    new = Comparison("s3://acme-state")
    step = subject("create", QUEUE)
    text = rendered(
        run_of(stack_run("a.prod", [step], compared=snapshot), stack_run("b.prod", [step], compared=new))
    )
    assert "snapshot `snapshots/prod.json`, last deployed `2026-11-02T08:15:00Z`" in text
    assert "not deployed yet, according to `s3://acme-state`" in text


def test_interrupted_operations_state_what_to_do() -> None:
    """As Pulumi does."""
    pending = (PendingOperation("creating", subject("create", QUEUE, name="jobs").step.urn, QUEUE),)
    text = rendered(run_of(stack_run("a.prod", [], pending=pending)))
    assert "creating jobs (sqs.Queue)" in text
    assert "pulumi refresh" in text


def test_failures_are_listed() -> None:
    """With their problems, an error of several stacks once; a report without them would look complete."""
    failures = {"b.prod": ERROR, "d.prod": ERROR}
    text = rendered(run_of(stack_run("a.prod", []), failures=failures, skipped={"c.prod": "b.prod"}))
    assert "- `b.prod`, `d.prod` were not evaluated: service.yaml: 1 problem\n  - port" in text
    assert text.count("must be an integer") == 1
    assert "- `c.prod` was not evaluated, because it references `b.prod`" in text


def evil_run(text: str) -> Run:
    """A run in which every text of a program is this one."""
    change = changed("policy", text, text + "x")
    steps = [
        subject("delete", BUCKET, name=text),
        subject("update", "aws:iam/rolePolicy:RolePolicy", {"policy": text + "x"}, change, name=text),
        subject("update", QUEUE, {text: 1, "tags": {"Owner": text}}, changed("p", text, UNKNOWN), name=text),
    ]
    refused = {steps[0].step.urn: text}
    outputs = (changed("value", text, f"{text}\n{text}"),)
    return run_of(
        stack_run(
            "payments.prod",
            steps,
            refused=refused,
            outputs=outputs,
            compared=Comparison(text, text, 1, exists=True),
        )
    )


def outside_code(text: str) -> str:
    """The Markdown without code blocks and spans, as GFM finds them."""
    text = re.sub(r"(?ms)^(`{3,})diff\n.*?^\1$", "", text)
    return re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", text)


@pytest.mark.parametrize("text", [EVIL, "```\n</details>\n", "`", "``", " ` ", "a\\`b", "<!-- ", "~~~\nx"])
def test_texts_of_programs_are_not_markup(text: str) -> None:
    """No HTML, link, mention, reference, table cell, fence or control character of a name is one."""
    shown = rendered(evil_run(text))
    prose_only = outside_code(shown)
    own = ("<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>")
    tags = [tag for tag in re.findall(r"<[^>]*>", prose_only) if tag not in own]
    assert tags == [shown.splitlines()[0]]
    assert prose_only.count("<details>") == prose_only.count("</details>") == 1
    assert not re.search(r"@\w|(?<!&)#\d|://|www\.|(?<!\\)\]\(|GH-\d", prose_only)
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    rows = [line for line in shown.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("", "` `"), ("a\nb", "`a\\nb`")],
)
def test_code_spans_have_a_fence_of_their_own(text: str, shown: str) -> None:
    """It is longer than any run of backticks in the text."""
    assert code(text) == ("`   `" if not text else shown)


def test_the_fence_of_a_block_is_longer_than_any_in_it() -> None:
    """A line of backticks does not end the block."""
    assert block(["````"]) == ["`````diff", "````", "`````"]


def test_prose_keeps_ordinary_punctuation() -> None:
    """Only what is markup is escaped."""
    assert prose("it can't (a-b), 1.5: x") == "it can't (a-b), 1.5: x"
    assert prose("a_b *c* <d>") == "a\\_b \\*c\\* &lt;d&gt;"
    assert prose("@me #1") == "@&#8203;me #&#8203;1"


def test_secrets_and_unknown_values_are_named() -> None:
    """And a secret without a key is not shown as changed."""
    secret = Secret("[secret]")
    step = subject(
        "update", QUEUE, {"a": secret, "b": UNKNOWN}, changed("a", secret, secret), changed("b", "x", UNKNOWN)
    )
    text = rendered(run_of(stack_run("payments.prod", [step])))
    assert "a: [secret] → [secret]" in text
    assert 'b: "x" → (known after the deployment)' in text


def many(stacks: int, size: int, value: str) -> Run:
    """A run with many changes that have nothing in common."""

    def step(stack: str, number: int) -> Any:
        name = f"bucket-{number}"
        return subject(
            "replace",
            BUCKET,
            {"p": f"{value}{number}"},
            changed("p", "a", f"{value}{number}"),
            name=name,
            stack=stack,
        )

    names = [f"stack-{number}.prod" for number in range(stacks)]
    return run_of(*(stack_run(name, [step(name, number) for number in range(size)]) for name in names))


@pytest.mark.parametrize(
    ("stacks", "size", "value"),
    [(1, 2_000, "v"), (500, 3, "v"), (3, 100, "\U0001f600" * 1000), (2, 300, "`" * 500)],
)
def test_a_comment_is_never_too_long(stacks: int, size: int, value: str) -> None:
    """Counted in bytes, of which there are never fewer than characters; details are closed."""
    text = rendered(many(stacks, size, value))
    assert len(text.encode()) <= LIMIT
    plain = outside_code(text)
    assert plain.count("<details>") == plain.count("</details>") == plain.count("<summary>")
    assert text.count("diff\n") * 2 == len(re.findall(r"(?m)^`{3,}", text))


def test_what_was_omitted_is_counted() -> None:
    """With how to see all of it."""
    text = rendered(many(2, 500, "v"))
    (cut,) = re.findall(r"^(\d+) items? of these lists did not fit\. (.*)$", text, re.MULTILINE)
    assert int(cut[0]) + text.count("which loses its objects") == 1000
    assert cut[1] == "`platform preview --json` has all of them."
    lists = re.findall(r"^(\d+) of 500 changes did not fit", text, re.MULTILINE)
    assert lists
    assert "Too long for a comment; details are missing or incomplete for `stack-1.prod`" in text


def test_a_short_report_omits_nothing() -> None:
    """The notes about the size are only there if they apply."""
    text = rendered(three_stacks())
    assert "did not fit" not in text
    assert "Too long" not in text


def test_the_file_is_not_in_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    """Checked before the stacks are evaluated: see test_plan.py for the file itself."""
    from platform_components.cli.output_file import check_writable

    with pytest.raises(InvalidInput, match="--markdown"):
        check_writable(tmp_path / "missing" / "report.md", "--markdown")
