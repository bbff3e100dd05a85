"""Plans of stacks whose AWS provider gets another configuration."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_aws import Provider, sqs

from platform_components.engine.plan.steps import Plan
from platform_components.providers import known_providers
from tests.engine.deployments import deployed, edited, planned, step_of


def queue() -> None:
    sqs.Queue("orders", tags={"Name": "orders"})


def plan(*, before: dict[str, str], now: dict[str, str], **inputs: Any) -> Plan:
    """The plan of the queue with another configuration; `inputs`: what Check added to those in the state."""
    state = deployed(queue, config=before)
    checked = {"__defaults": ["name"], "name": "orders-1a2b3c4", "tags": {"Name": "orders"}, **inputs}
    state = edited(state, "orders", inputs=checked, outputs=checked)
    return planned(queue, state, config=now, providers=known_providers)


def test_the_same_configuration_changes_nothing() -> None:
    """Region and tags of the provider are in the inputs of the state."""
    config = {"aws:region": "eu-west-1", "aws:defaultTags": '{"tags": {"Owner": "team"}}'}
    tags = {"Name": "orders", "Owner": "team"}
    assert plan(before=config, now=config, region="eu-west-1", tagsAll=tags).is_empty


def test_another_region_replaces_the_resources_of_the_provider() -> None:
    """The provider itself is updated: pulumi-aws 7 moves resources, not providers."""
    regions = [{"aws:region": region} for region in ("eu-west-1", "eu-west-2")]
    moved = plan(before=regions[0], now=regions[1], region="eu-west-1")
    step = step_of(moved, "orders")
    assert (step.operation, step.replaced_by, step.order) == ("replace", ("region",), "create first")
    providers = [step.operation for step in moved.steps if step.type == "pulumi:providers:aws"]
    assert providers == ["update"]


def test_other_default_tags_update_the_resources_of_the_provider() -> None:
    """Only `tagsAll` differs."""
    now = {"aws:defaultTags": '{"tags": {"Owner": "other"}}'}
    step = step_of(plan(before={}, now=now, tagsAll={"Name": "orders", "Owner": "team"}), "orders")
    assert (step.operation, step.changed) == ("update", ("tagsAll",))
    assert [(each.path, each.new) for each in step.changes] == [("tagsAll.Owner", "other")]


def test_the_configuration_of_an_explicit_provider_decides() -> None:
    """Not that of the default provider."""

    def program(region: str) -> None:
        provider = Provider("west", region=region)
        sqs.Queue("orders", opts=pulumi.ResourceOptions(provider=provider))

    state = deployed(lambda: program("eu-west-1"))
    state = edited(state, "orders", inputs={"__defaults": [], "region": "eu-west-1"})
    moved = planned(lambda: program("eu-west-2"), state, providers=known_providers)
    assert step_of(moved, "orders").operation == "replace"
    same = planned(lambda: program("eu-west-1"), state, providers=known_providers)
    assert step_of(same, "orders").operation == "same"
