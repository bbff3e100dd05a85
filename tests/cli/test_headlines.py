"""Texts about the plan of a stack: what becomes of a resource that is deleted or replaced."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.cli.headlines import notes, order_text
from platform_components.engine.plan.steps import Operation
from platform_components.report.changes import report_of
from tests.report.plans import run_of, stack_run, subject

BUCKET = "aws:s3/bucket:Bucket"
VPC = subject("delete", "aws:ec2/vpc:Vpc", name="main").step.urn


def noted(operation: Operation, **options: Any) -> list[str]:
    """The notes about the only change of a stack."""
    stack = stack_run("payments.prod", [subject(operation, BUCKET, **options)])
    (changes,) = report_of(run_of(stack)).stacks
    return list(notes(changes.changes[0], changes))


def test_a_deletion_states_what_is_lost_and_why() -> None:
    """The risk first."""
    assert noted("delete") == ["is deleted, which loses its objects", "the program no longer declares it"]


def test_a_resource_that_is_deleted_with_another_does_not_survive() -> None:
    """Only the provider's call is omitted: the deletion of the other resource deletes it."""
    assert noted("delete", deleted_with=VPC) == [
        "is deleted, which loses its objects",
        "the program no longer declares it",
        "deleted together with main (ec2.Vpc)",
    ]


def test_a_retained_resource_survives_its_deletion() -> None:
    """It is only removed from the state."""
    assert noted("delete", retained=True) == [
        "stays in the cloud, outside the state",
        "the program no longer declares it",
    ]


def test_a_refused_deletion_comes_first() -> None:
    """Nothing else happens then."""
    step = subject("delete", BUCKET, protected=True)
    stack = stack_run("payments.prod", [step], refused={step.step.urn: "is protected"})
    (changes,) = report_of(run_of(stack)).stacks
    assert next(notes(changes.changes[0], changes)) == "the deployment fails: is protected"


@pytest.mark.parametrize(
    ("operation", "options", "expected"),
    [
        ("replace", {"order": "create first"}, "created first, then the old one is deleted"),
        ("replace", {"order": "delete first"}, "the old one is deleted first"),
        ("replace", {"order": "create first", "retained": True}, "the old resource stays in the cloud"),
        ("replace", {}, ""),
        ("delete", {"retained": True}, ""),
    ],
)
def test_the_order_of_a_replacement_is_stated(
    operation: Operation, options: dict[str, Any], expected: str
) -> None:
    """And whether the old resource survives it."""
    assert order_text(subject(operation, BUCKET, **options).step) == expected
