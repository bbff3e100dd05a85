"""The platform's stacks, as previewed by `make preview`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from platform_components.policy import PolicyContext, evaluate_policies, load_pack
from platform_components.testing import UNKNOWN
from platform_components.workspace.messages import PackSource
from platform_components.workspace.run import Run, evaluate_selection
from platform_components.workspace.selection import select
from tests.bad_input.project import write

ROOT = Path(__file__).parents[1]


@cache
def run_of(environment: str) -> Run:
    return evaluate_selection(select(ROOT, [], environment))


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_every_stack_runs_and_keeps_every_rule(environment: str) -> None:
    """Upstream stacks come first, no program fails, and no policy is violated or undetermined."""
    run = run_of(environment)
    assert not run.failures
    assert [stack.name for stack in run.stacks] == [
        f"{layer}.{environment}" for layer in ("foundation", "platform-services", "notifications", "payments")
    ]
    rules = load_pack(None, ROOT).rules
    context = PolicyContext.of(environment, run.selection.platform)
    for stack in run.stacks:
        report = evaluate_policies(stack.graph.resources, rules, context)
        assert (report.violations, report.errors) == ((), ())


def test_what_stacks_read_is_what_earlier_ones_export() -> None:
    """Every imported output exists, with its name. Services read the foundation, and, with a database, the
    platform services."""
    exported: dict[str, set[str]] = {}
    for stack in run_of("dev").stacks:
        for read in stack.graph.reads:
            assert read.known
            assert set(read.outputs) <= exported[read.stack.rpartition("/")[2]]
        exported[stack.name] = set(stack.graph.outputs)
    assert list(exported)[:2] == ["foundation.dev", "platform-services.dev"]


@pytest.mark.parametrize("listed", ["foundation", "foundation, platform-services"])
def test_a_service_without_database_and_secrets_may_read_the_platform_services(
    tmp_path: Path, listed: str
) -> None:
    """It does not require them, but `reads` applies to all its environments, and others may."""
    write(tmp_path, f"@ platform.yaml\n- core, reads: [foundation]\n+ core, reads: [{listed}]\n")
    run = evaluate_selection(select(tmp_path, ["mailer.dev"], None))
    assert not run.failures
    assert [f"{layer}.dev" for layer in listed.split(", ")] == list(run.stacks[-1].reads)


def test_a_service_without_an_image_is_previewed(tmp_path: Path) -> None:
    """The image is unknown until the first build, and so is the rule about it."""
    write(tmp_path, "@ Pulumi.mailer.dev.yaml\n-   platform:image: registry.example/mailer:1\n+ \n")
    run = evaluate_selection(select(tmp_path, ["mailer.dev"], None), pack=PackSource(None, tmp_path))
    assert not run.failures
    (mailer,) = run.stacks
    (container,) = mailer.graph.one("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]["spec"][
        "containers"
    ]
    assert container["image"] is UNKNOWN
    assert "unknown image" in mailer.components[0].summary
    (finding,) = [each for each in mailer.report.findings if each.rule == "image-tag"]
    assert finding.outcome == "undetermined"


def test_production_is_larger_and_protected() -> None:
    """The programs are the same in all tiers; only the sizing differs."""
    dev, prod = run_of("dev"), run_of("prod")
    instances = [
        next(stack for stack in run.stacks if stack.name.startswith("payments")).graph.one(
            "aws:rds/instance:Instance"
        )
        for run in (dev, prod)
    ]
    assert [i.inputs["instanceClass"] for i in instances] == ["db.t3.small", "db.t3.medium"]
    assert [i.inputs["multiAz"] for i in instances] == [False, True]
    assert [i.protect for i in instances] == [False, True]
