"""The changes of stacks in the terminal."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from typing import Any

import pytest

from platform_components.cli.markdown import markdown
from platform_components.cli.output import console
from platform_components.cli.tree import show
from platform_components.engine.plan.steps import Comparison
from platform_components.engine.state.deployment import PendingOperation
from platform_components.engine.urn import make_urn
from platform_components.report.changes import report_of
from platform_components.workspace.run import Run
from platform_components.workspace.stack import ComponentRecord, StackRun
from tests.report.plans import PROJECT, changed, run_of, stack_run, subject
from tests.report.scenario import three_stacks

QUEUE = "aws:sqs/queue:Queue"
BUCKET = "aws:s3/bucket:Bucket"


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")


def printed(run: Run, capsys: pytest.CaptureFixture[str], **options: Any) -> list[str]:
    show(console(), run, report_of(run), **{"resources": False, **options})
    return [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_only_changes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Unchanged resources are a number."""
    lines = printed(three_stacks(), capsys)
    assert lines[2] == "  compared with s3://acme-state, deployed 2026-11-02T08:15:00Z, 6 resources"
    assert lines[3].startswith("  ~ main  eks.Cluster  ")
    assert lines[4:6] == [
        "      ~ vpcConfig.endpointPublicAccess: false → true",
        '      + vpcConfig.publicAccessCidrs: ["0.0.0.0/0"]',
    ]
    assert lines[1].startswith("foundation.prod")
    assert lines[1].endswith("~ 1  + 1")
    assert "  3 unchanged" in lines
    assert "databases" not in "\n".join(lines)
    assert lines[-1].startswith("1 to delete, 1 to replace, 9 to update, 2 to create · 4 unchanged")


def test_a_replacement_states_its_order_and_cause(capsys: pytest.CaptureFixture[str]) -> None:
    """The property that forces it is marked."""
    lines = "\n".join(printed(three_stacks(), capsys))
    assert "± payments  rds.Instance  db-4RQ2MZ7XK5T3  is replaced, which loses its data" in lines
    assert "the old one is deleted first" in lines
    assert "known after the deployment)  (forces the replacement)" in lines


def test_identical_differences_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With the number of resources and the first names."""
    lines = printed(three_stacks(), capsys)
    assert (
        '  ~ tags.CostCenter: "shop" → "payments"  on 5 sqs.Queue, 1 iam.Role  '
        "(payments-access, payments-events-1, payments-events-2 and 3 more)" in lines
    )


def test_a_stack_without_changes_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """And many of them are one line together."""
    lines = printed(run_of(stack_run("a.prod", []), stack_run("b.prod", [])), capsys)
    assert lines[1:3] == [
        f"{name}   no changes   12 resources · compared with s3://acme-state, "
        "deployed 2026-11-02T08:15:00Z, 40 resources"
        for name in ("a.prod", "b.prod")
    ]
    assert lines[-1].startswith("no changes · 24 unchanged")
    lines = printed(run_of(*(stack_run(f"s{n}.prod", []) for n in range(30))), capsys)
    assert lines[1] == "30 stacks without changes   360 resources"
    assert len(lines) == 4


OUTPUT = changed("url", "a", "b")
PROVIDER = subject("update", "pulumi:providers:aws")
INTERRUPTED = (PendingOperation("updating", PROVIDER.step.urn, PROVIDER.step.type),)


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        (stack_run("a.prod", [], outputs=(OUTPUT,)), "1 output changes"),
        (stack_run("a.prod", [], outputs=(OUTPUT, OUTPUT)), "2 outputs change"),
        (stack_run("a.prod", [PROVIDER]), "1 component or provider changes"),
        (
            stack_run("a.prod", [PROVIDER], outputs=(OUTPUT,)),
            "1 component or provider changes, 1 output changes",
        ),
        (stack_run("a.prod", [], pending=INTERRUPTED), "1 operation did not end"),
    ],
)
def test_changes_outside_the_cloud_are_in_the_totals(
    capsys: pytest.CaptureFixture[str], stack: StackRun, text: str
) -> None:
    """As `--expect-no-changes` counts them: outputs, components, and interrupted operations."""
    assert printed(run_of(stack), capsys)[-1].startswith(f"{text} · 12 unchanged")
    report = markdown(run_of(stack), report_of(run_of(stack)))
    assert f"**{text} in 1 stack**" in report
    assert f": {text}</summary>" in report


def test_changes_are_below_their_component(capsys: pytest.CaptureFixture[str]) -> None:
    """Components without changes are not listed; a deleted resource is below its parent."""
    urn = make_urn("payments.prod", PROJECT, "", "platform:index:Bucket", "invoices")
    inner, gone = subject("update", QUEUE, name="inner"), subject("delete", QUEUE, name="gone")
    moved = [replace(each.step, parent=urn) for each in (inner, gone)]
    run = stack_run("payments.prod", [])
    assert run.graph.plan
    graph = replace(run.graph, plan=replace(run.graph.plan, steps=tuple(moved)))
    record = ComponentRecord("Bucket", "platform:index:Bucket", "invoices", urn, "", "private", {}, {})
    other = replace(record, name="other", urn=urn + "2")
    lines = printed(run_of(StackRun("payments.prod", graph, (record, other), ())), capsys)
    assert lines[3:6] == [
        "  Bucket  invoices",
        "    ~ inner  sqs.Queue",
        "    - gone  sqs.Queue  is deleted, which loses its messages · the program no longer declares it",
    ]
    assert "other" not in "\n".join(lines)


def test_many_new_resources_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """`--resources` lists them."""
    run = run_of(stack_run("a.prod", [subject("create", QUEUE, name=f"q{n}") for n in range(20)]))
    lines = printed(run, capsys)
    assert "  + 20 resources; --resources lists them" in lines
    assert "q19" not in "\n".join(lines)
    assert "  + q19  sqs.Queue" in printed(run, capsys, resources=True)


def test_many_new_resources_take_linear_time(capsys: pytest.CaptureFixture[str]) -> None:
    """They are not compared with each other: 4,000 took 9 s."""
    steps = [subject("create", QUEUE, {"p": [n] * 50}, name=f"q{n}") for n in range(4_000)]
    run = run_of(stack_run("a.prod", steps, unchanged=0))
    started = time.process_time()
    assert "  + 4000 resources; --resources lists them" in printed(run, capsys)
    assert time.process_time() - started < 4


def test_several_lines_are_compared_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Only lines that differ, with their neighbours."""
    old = "\n".join(f"line {n}" for n in range(40))
    run = run_of(
        stack_run(
            "a.prod", [subject("update", QUEUE, {"t": "x"}, changed("t", old, old.replace("20", "XX")))]
        )
    )
    lines = printed(run, capsys)
    start = lines.index("      ~ t:")
    assert [line.split() for line in lines[start + 1 : start + 5]] == [
        ["line", "19"],
        ["-", "line", "20"],
        ["+", "line", "XX"],
        ["line", "21"],
    ]


def test_long_values_are_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    """With their length."""
    run = run_of(stack_run("a.prod", [subject("update", QUEUE, {}, changed("t", "x", "y" * 5_000))]))
    assert "… (5,002 characters)" in "\n".join(printed(run, capsys))


def test_interrupted_operations_state_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """A stack with them is not quiet."""
    urn = make_urn("a.prod", PROJECT, "", QUEUE, "jobs")
    run = run_of(stack_run("a.prod", [], pending=(PendingOperation("updating", urn, QUEUE, "jobs-1"),)))
    lines = "\n".join(printed(run, capsys))
    assert "! 1 operation of the last deployment did not end" in lines
    assert "updating jobs (sqs.Queue) jobs-1" in lines
    assert "pulumi refresh" in lines


def test_a_stack_that_is_not_deployed_is_named_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    """With the place where its state would be."""
    new = Comparison("s3://acme-state")
    lines = printed(run_of(stack_run("a.prod", [subject("create", QUEUE)], compared=new)), capsys)
    assert "  not deployed yet, according to s3://acme-state" in lines


@pytest.mark.parametrize("columns", ["60", "200"])
def test_narrow_terminals_wrap(columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """No line is longer than the terminal."""
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, printed(three_stacks(), capsys))) <= int(columns)


def test_ascii_terminals_show_every_symbol(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replacement must not look like an undetermined resource."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="replace")
    monkeypatch.setattr("sys.stdout", stream)
    run = three_stacks()
    show(console(), run, report_of(run), resources=False)
    stream.flush()
    text = raw.getvalue().decode("ascii")
    assert "+- payments" in text
    assert "false -> true" in text
