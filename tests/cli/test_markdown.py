"""The Markdown report: what a reviewer reads, hostile texts, and the size of a comment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from platform_components.base.errors import InvalidInput, Problem
from platform_components.cli.markdown import LIMIT, markdown
from platform_components.cli.markdown_text import block, code, marker, prose
from platform_components.engine.plan.steps import Comparison
from platform_components.engine.state.deployment import PendingOperation
from platform_components.engine.values import UNKNOWN, Secret
from platform_components.report.changes import report_of
from platform_components.workspace.run import Run
from tests.report.plans import changed, run_of, stack_run, subject
from tests.report.scenario import three_stacks
from tests.tree import ROOT

BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"

EVIL = (
    "a|b`c``d @admin #123 GH-1 <img src=x> </details> [x](http://evil.example) www.evil.example"
    "\n# h \u202e \x1b[31m"
)


def rendered(run: Run) -> str:
    return markdown(run, report_of(run))


def test_the_sample_in_the_documentation_is_current() -> None:
    """`docs/preview-sample.md` is the report about a change over three stacks."""
    path = ROOT / "docs" / "preview-sample.md"
    _, _, sample = path.read_text(encoding="utf-8").partition("\n---\n\n")
    assert sample == rendered(three_stacks()), "copy the report to docs/preview-sample.md"


def test_the_same_run_gives_the_same_bytes() -> None:
    """A comment that is updated in place shows no change."""
    assert rendered(three_stacks()) == rendered(three_stacks())


def test_the_first_line_identifies_the_comment() -> None:
    """By project and environment, so that two environments have two comments."""
    assert rendered(three_stacks()).splitlines()[0] == "<!-- platform-preview: platform prod -->"
    assert marker("a--b", "c-->d") == "<!-- platform-preview: a-b c-d -->"


def test_risks_precede_details() -> None:
    """Without a risk, the section states that there is none."""
    text = rendered(three_stacks())
    titles = ["### What is lost", "### What opens up", "### What restarts", "<details>"]
    assert [text.index(title) for title in titles] == sorted(text.index(title) for title in titles)
    quiet = rendered(run_of(stack_run("payments.prod", [subject("update", QUEUE)])))
    assert "Nothing that holds data, traffic or an identity is deleted or replaced." in quiet


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
    assert "`the snapshot snapshots/prod.json, deployed 2026-11-02T08:15:00Z, 3 resources`" in text
    assert "`not deployed yet, according to s3://acme-state`" in text


def test_interrupted_operations_state_what_to_do() -> None:
    """As Pulumi does."""
    pending = (PendingOperation("creating", subject("create", QUEUE, name="jobs").step.urn, QUEUE),)
    text = rendered(run_of(stack_run("a.prod", [], pending=pending)))
    assert "creating jobs (sqs.Queue)" in text
    assert "pulumi refresh" in text


def test_failures_are_listed() -> None:
    """With the first line of their message; a report without them would look complete."""
    error = InvalidInput("service.yaml", [Problem("port", "must be an integer")])
    text = rendered(run_of(stack_run("a.prod", []), failures={"b.prod": error}, skipped={"c.prod": "b.prod"}))
    assert "- `b.prod` was not evaluated: service.yaml: 1 problem" in text
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
    assert tags == ["<!-- platform-preview: platform prod -->"]
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
