"""Combinations of options and states in plans, each of which one condition of the planner decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi_aws import sns, sqs

from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.sealed import Incomparable
from platform_components.engine.values import UNKNOWN, Secret
from tests.engine.deployments import Model, deployed, edited, operations, planned, step_of


def queue(name: str = "orders", *, delay: int = 0, **options: Any) -> sqs.Queue:
    return sqs.Queue(name, delay_seconds=delay, opts=pulumi.ResourceOptions(**options))


def test_an_import_under_another_identifier_is_done_once() -> None:
    """Some resources are imported by something else than their ID."""
    state = edited(deployed(queue), "orders", id="physical", import_id="arn-of-orders")
    assert operations(planned(lambda: queue(import_="arn-of-orders"), state)) == {}


def test_a_resource_that_was_read_can_be_imported() -> None:
    state = edited(deployed(queue), "orders", external=True)
    assert operations(planned(lambda: queue(import_="id-orders"), state)) == {"orders": "import"}


def test_the_children_of_a_renamed_remote_component_are_not_deleted() -> None:
    """Only the plugin knows them; the alias leads to the former parent."""

    class Network(pulumi.ComponentResource):
        def __init__(self, name: str, **options: Any) -> None:
            super().__init__("awsx:ec2:Vpc", name, {}, pulumi.ResourceOptions(**options), remote=True)

    state = deployed(lambda: Network("old"))
    (parent,) = [each for each in state.resources if each.name == "old"]
    urn = parent.urn.replace("awsx:ec2:Vpc::old", "awsx:ec2:Vpc$aws:ec2/vpc:Vpc::old")
    child = replace(parent, urn=urn, type="aws:ec2/vpc:Vpc", custom=True, id="vpc-1", parent=parent.urn)
    state = replace(state, resources=(*state.resources, child))
    plan = planned(lambda: Network("new", aliases=[pulumi.Alias(name="old")]), state)
    assert [step.operation for step in plan.steps if step.urn == urn] == ["undetermined"]


def test_a_resource_that_was_read_stays_in_the_cloud() -> None:
    """Pulumi creates another one; that the first one was read does not make it Pulumi's."""
    step = step_of(planned(queue, edited(deployed(queue), "orders", external=True)), "orders")
    assert (step.operation, step.retained) == ("replace", True)


def cascade(*, delay: int = 0, **options: Any) -> None:
    orders = queue(delay=delay, delete_before_replace=True)
    sns.Topic("alerts", name=orders.arn, opts=pulumi.ResourceOptions(**options))


REPLACING = Model("delaySeconds", "name")


def test_a_protected_dependent_stops_the_replacement_of_its_dependency() -> None:
    """Also if the program removes the protection: the deletion comes first."""
    state = deployed(lambda: cascade(protect=True))
    refused = planned(lambda: cascade(delay=5), state, providers=REPLACING).refused
    assert [urn.rpartition("::")[2] for urn in refused] == ["alerts"]


def test_the_outputs_of_a_new_stack_are_no_changes() -> None:
    assert planned(lambda: pulumi.export("a", 1), None).outputs == ()


def test_a_renamed_former_dependent_is_not_deleted_with_its_dependency() -> None:
    """It is declared before the replaced resource, so it can't depend on it any more."""

    def after() -> None:
        sns.Topic("alarms", name="fixed", opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="alerts")]))
        queue(delay=5, delete_before_replace=True)

    state = deployed(cascade)
    plan = planned(after, state, providers=Model("delaySeconds"))
    assert operations(plan) == {"alarms": "update", "orders": "replace"}


def test_a_retained_resource_survives_its_replacement() -> None:
    state = deployed(lambda: queue(retain_on_delete=True))
    plan = planned(lambda: queue(delay=5, retain_on_delete=True), state, providers=REPLACING)
    assert step_of(plan, "orders").retained


def test_new_protection_does_not_stop_a_replacement() -> None:
    """The state decides, too: what was not protected can be replaced."""
    plan = planned(lambda: queue(delay=5, protect=True), deployed(queue), providers=REPLACING)
    assert operations(plan) == {"orders": "replace"}
    assert not plan.refused


def secret_topic(**options: Any) -> sns.Topic:
    text = pulumi.Output.secret("winter-barley")
    return sns.Topic("alerts", display_name=text, opts=pulumi.ResourceOptions(**options))


def locked() -> Deployment:
    return edited(deployed(secret_topic), "alerts", inputs={"displayName": Secret(Incomparable())})


@pytest.mark.parametrize("options", [{}, {"replace_on_changes": ["*"]}])
def test_a_secret_that_cannot_be_compared_replaces_nothing(options: dict[str, Any]) -> None:
    """It is undetermined, also if a change of it would replace the resource."""
    plan = planned(lambda: secret_topic(**options), locked(), providers=Model("displayName"))
    assert operations(plan) == {"alerts": "undetermined"}


def test_outputs_of_an_undetermined_resource_are_known() -> None:
    """Other resources that use them do not change."""

    def program() -> None:
        sqs.Queue("orders", tags={"topic": secret_topic().arn})

    state = edited(deployed(program), "alerts", inputs={"displayName": Secret(Incomparable())})
    assert operations(planned(program, state, providers=Model())) == {"alerts": "undetermined"}


def test_a_secret_of_another_stack_without_a_key_is_undetermined() -> None:
    """An unknown output that is not secret means that the other stack changes it."""

    def program() -> None:
        base = pulumi.StackReference("organization/shop/base")
        sns.Topic("secret", display_name=base.require_output("password"))
        sns.Topic("plain", display_name=base.require_output("address"))

    known = {"password": Secret("a"), "address": "a"}
    state = deployed(program, references={"organization/shop/base": known})
    now = {"password": Secret(UNKNOWN), "address": UNKNOWN}
    plan = planned(program, state, references={"organization/shop/base": now}, providers=Model())
    assert step_of(plan, "secret").operation == "undetermined"
    assert step_of(plan, "plain").operation == "update"


def test_outputs_of_an_imported_resource_are_new() -> None:
    """They are unknown because of the import, so what uses them changes."""

    def program(**options: Any) -> None:
        sns.Topic("alerts", display_name=queue(**options).arn)

    state = deployed(lambda: sns.Topic("alerts", display_name="fixed"))
    plan = planned(lambda: program(import_="id-orders"), state, providers=Model())
    assert operations(plan) == {"orders": "import", "alerts": "update"}
