"""What a stack rule sees: all resources of a stack, and how they are related."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from platform_components.base.markers import UNKNOWN
from platform_components.policy import Example, ResourceView, StackView, Undetermined
from platform_components.policy.resource import Snapshot

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"

COMPONENT = Example("platform:index:Bucket", name="assets", custom=False)
ASSETS = Example(BUCKET, name="assets-bucket", child_of=COMPONENT)
OTHER = Example(BUCKET, name="other")
POLICY_OF_ASSETS = Example(
    POLICY,
    {"bucket": UNKNOWN, "policy": UNKNOWN},
    name="assets-policy",
    child_of=COMPONENT,
    refers_to={"bucket": ASSETS, "policy": (ASSETS, OTHER)},
)
FOREIGN = Example(BUCKET, name="foreign", external=True)


@pytest.fixture
def stack() -> StackView:
    return StackView(Snapshot([COMPONENT, ASSETS, OTHER, POLICY_OF_ASSETS, FOREIGN]))


def _names(views: Iterable[ResourceView]) -> list[str]:
    return [view.name for view in views]


def test_it_has_every_resource_that_the_stack_manages(stack: StackView) -> None:
    """In the order of the program, without what is only read."""
    assert _names(stack.resources) == ["assets", "assets-bucket", "other", "assets-policy"]
    assert _names(stack.of_type(BUCKET)) == ["assets-bucket", "other"]
    assert _names(stack.of_type(POLICY, BUCKET)) == ["assets-policy", "assets-bucket", "other"]


def test_parents_and_children_are_found(stack: StackView) -> None:
    """A reference such as a parent leads to the resource's view."""
    (policy,) = stack.of_type(POLICY)
    parent = stack.find(policy.parent)
    assert parent is not None
    assert parent.name == "assets"
    assert _names(stack.children(parent)) == ["assets-bucket", "assets-policy"]
    assert stack.find(parent.parent) is None


def test_references_are_known_while_their_values_are_not(stack: StackView) -> None:
    """By property, in both directions."""
    (policy,), (assets, other) = stack.of_type(POLICY), stack.of_type(BUCKET)
    assert _names(stack.references(policy, "bucket")) == ["assets-bucket"]
    assert _names(stack.references(policy)) == ["assets-bucket", "other"]
    assert _names(stack.referrers(assets, "bucket", type=POLICY)) == ["assets-policy"]
    assert _names(stack.referrers(other, "bucket", type=POLICY)) == []
    assert _names(stack.referrers(other, type=POLICY)) == ["assets-policy"]
    assert _names(stack.referrers(other, "bucket", "policy", type=POLICY)) == ["assets-policy"]
    assert _names(stack.referrers(assets, "bucket", type=BUCKET)) == []
    assert _names(stack.dependencies(policy)) == ["assets-bucket", "other"]


def test_an_unknown_property_names_its_resource(stack: StackView) -> None:
    """So that a finding about it is not one about the whole stack."""
    (policy,) = stack.of_type(POLICY)
    with pytest.raises(Undetermined) as caught:
        policy.get("policy")
    assert caught.value.resource is policy
