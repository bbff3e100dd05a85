"""A change of one stack shows its consequences in the stacks that read its outputs, in the same preview."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from platform_components.engine.plan.steps import Plan, Step
from platform_components.workspace.run import evaluate_selection
from platform_components.workspace.selection import select
from platform_components.workspace.states import find_states
from tests.workspace.conftest import Write

BASE = """
    import pulumi
    from pulumi_aws import sqs

    queue = sqs.Queue("events", name="events", visibility_timeout_seconds=30)
    pulumi.export("queue", queue.name)
    pulumi.export("timeout", queue.visibility_timeout_seconds)
    pulumi.export("url", queue.url)
"""
SHOP = """
    import pulumi
    from pulumi_aws import sqs

    base = pulumi.StackReference("acme/shop/base.dev")
    sqs.Queue("orders", name="orders", visibility_timeout_seconds=base.get_output("timeout"))
    sqs.Queue("mails", name="mails", tags={"source": base.get_output("url")})
    pulumi.export("timeout", base.get_output("timeout"))
"""
TILL = """
    import pulumi
    from pulumi_aws import sqs

    shop = pulumi.StackReference("acme/shop/shop.dev")
    sqs.Queue("bills", name="bills", delay_seconds=shop.get_output("timeout"))
"""


def _state(stack: str, outputs: dict[str, Any], **queues: dict[str, Any]) -> dict[str, Any]:
    """The export of a stack with queues, by name with their inputs."""
    prefix = f"urn:pulumi:{stack}::shop::"
    root = f"{prefix}pulumi:pulumi:Stack::shop-{stack}"
    provider = f"{prefix}pulumi:providers:aws::default_7_51_1"
    version = {"version": "7.51.1"}
    resources: list[dict[str, Any]] = [
        {"urn": root, "type": "pulumi:pulumi:Stack", "custom": False, "outputs": outputs},
        {
            "urn": provider,
            "type": "pulumi:providers:aws",
            "custom": True,
            "id": "6a9b1c5e-0000-4000-8000-000000000000",
            "inputs": version,
            "outputs": version,
        },
    ]
    for name, inputs in queues.items():
        url = f"https://sqs.eu-west-1.amazonaws.com/123456789012/{name}"
        resources.append(
            {
                "urn": f"{prefix}aws:sqs/queue:Queue::{name}",
                "type": "aws:sqs/queue:Queue",
                "custom": True,
                "id": url,
                "parent": root,
                "provider": f"{provider}::{resources[1]['id']}",
                "inputs": {"__defaults": [], "name": name, **inputs},
                "outputs": {"name": name, "url": url, **inputs},
            }
        )
    return {"version": 3, "deployment": {"manifest": {}, "resources": resources}}


@pytest.fixture
def deployed(project: Write, tmp_path: Path) -> Path:
    """Three stacks that read each other's outputs, with the states of a deployment."""
    directory = project({"base": BASE, "shop": SHOP, "till": TILL}, reads={"shop": "base", "till": "shop"})
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/events"
    states = {
        "base.dev": _state(
            "base.dev",
            {"queue": "events", "timeout": 30, "url": url},
            events={"visibilityTimeoutSeconds": 30},
        ),
        "shop.dev": _state(
            "shop.dev",
            {"timeout": 30},
            orders={"visibilityTimeoutSeconds": 30},
            mails={"tags": {"source": url}},
        ),
        "till.dev": _state("till.dev", {}, bills={"delaySeconds": 30}),
    }
    (directory / "states").mkdir()
    for stack, content in states.items():
        (directory / "states" / f"{stack}.json").write_text(json.dumps(content))
    return directory


def plans(directory: Path) -> dict[str, Plan]:
    selection = select(directory, [], None)
    run = evaluate_selection(selection, states=find_states(selection, [str(directory / "states")]))
    assert not run.failures, run.failures
    found = {stack.name: stack.graph.plan for stack in run.stacks}
    return {name: plan for name, plan in found.items() if plan is not None}


def queues(plan: Plan) -> dict[str, Step]:
    return {step.name: step for step in plan.changes if step.is_managed}


def test_without_a_change_no_stack_changes(deployed: Path) -> None:
    """Outputs that only the provider computes are those of the state."""
    found = {name: (queues(plan), plan.outputs) for name, plan in plans(deployed).items()}
    assert found == {"base.dev": ({}, ()), "shop.dev": ({}, ()), "till.dev": ({}, ())}


def test_a_change_of_an_output_reaches_its_readers(deployed: Path) -> None:
    """Also the reader of a reader. A resource that uses another output stays as it is."""
    program = deployed / "base.py"
    program.write_text(program.read_text().replace("seconds=30", "seconds=60"))
    found = {name: queues(plan) for name, plan in plans(deployed).items()}
    assert {name: list(steps) for name, steps in found.items()} == {
        "base.dev": ["events"],
        "shop.dev": ["orders"],
        "till.dev": ["bills"],
    }
    assert found["shop.dev"]["orders"].changed == ("visibilityTimeoutSeconds",)
    (change,) = found["till.dev"]["bills"].changes
    assert (change.path, change.old, change.new) == ("delaySeconds", 30, 60)
