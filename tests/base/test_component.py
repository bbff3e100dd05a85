"""Component: the behaviour that all components share."""

# ruff: noqa: E501 - messages stand here as people see them

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pulumi
import pytest
from pulumi_aws import s3, ssm

from platform_components.aws.bucket import BucketArgs
from platform_components.base import Component, ComponentArgs, Context, Flag, InvalidInput, Outputs, observed
from platform_components.engine import Graph, ProgramError
from platform_components.testing import render

FACTS = {"environment": "prod", "region": "eu-west-1", "service": "shop", "owner": "team"}
PRODUCTION = Context.parse({**FACTS, "tier": "production"}, "context")
STAGING = Context.parse({**FACTS, "tier": "staging"}, "context")


class ShelfArgs(ComponentArgs):
    """Arguments of `Shelf`."""

    wide: Flag = False
    """Whether it is wide."""


class ShelfOutputs(Outputs):
    """Outputs of `Shelf`."""

    arn: pulumi.Output[str]
    """Its ARN."""


class Shelf(Component[ShelfArgs], kind="Shelf"):
    """A bucket and two parameters."""

    child_types = MappingProxyType({"bucket": s3.Bucket, "label": ssm.Parameter, "label-long": ssm.Parameter})
    longest_name = 10
    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: ShelfArgs | None = None,
        *,
        context: Context,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args or ShelfArgs(), context, opts)
        bucket = s3.Bucket(f"{name}-bucket", tags={"Owner": "by hand"}, opts=self.stateful_child())
        ssm.Parameter(f"{name}-label-a", type="String", value="a", opts=self.child())
        ssm.Parameter(
            f"{name}-label-long", type="String", value="b", opts=pulumi.ResourceOptions(parent=bucket)
        )
        self.finish(ShelfOutputs(arn=bucket.arn))


def refusal(make: Any) -> list[str]:
    """Return the error message of a component, and assert that no resource was registered before."""
    graphs: list[Graph] = []

    def program() -> None:
        with pytest.raises(InvalidInput) as caught:
            make()
        pulumi.export("message", str(caught.value))

    graphs.append(render(program))
    assert graphs[0].managed == ()
    assert graphs[0].roots == ()
    message: str = graphs[0].outputs["message"]
    return message.splitlines()


def test_all_mistakes_of_a_component_come_at_once_and_before_anything_is_registered() -> None:
    """Problems of the name, the args and `customize` are reported together."""
    args = ShelfArgs(customize={"bucke": {}, "bucket": {"forcedestroy": True}})
    assert refusal(lambda: Shelf("My Shelf", args, context=STAGING)) == [
        'Shelf "My Shelf": 3 problems',
        (
            '  name = "My Shelf"              must be lowercase letters, digits and single hyphens, and start with a letter'
            "  such as orders or orders-eu"
        ),
        "  customize.bucke                unknown child                                                 did you mean bucket?",
        "  customize.bucket.forcedestroy  unknown argument                                              did you mean force_destroy?",
    ]


def test_a_long_name_says_how_long_it_may_be() -> None:
    """AWS would reject the physical name later, during the deployment."""
    assert refusal(lambda: Shelf("a" * 11, context=STAGING))[1] == (
        '  name = "aaaaaaaaaaa"  must have at most 10 characters; has 11  shorten it: AWS limits its length with suffixes'
    )


def test_a_name_can_have_the_maximum_length() -> None:
    """10 characters, where 10 are allowed."""
    assert render(lambda: Shelf("a" * 10, context=STAGING)).managed


@pytest.mark.parametrize("args", [{"wide": True}, BucketArgs(), "wide"])
def test_args_of_another_kind_are_refused(args: Any) -> None:
    """For a dict, or the args of another component, the message shows the correct form."""
    (line,) = refusal(lambda: Shelf("a", args, context=STAGING))[1:]
    assert line.endswith("must be of type ShelfArgs  write ShelfArgs(...)")


def test_a_context_of_another_kind_is_refused() -> None:
    """The name of an environment is rejected."""
    context: Any = "dev"
    assert refusal(lambda: Shelf("a", context=context))[1] == (
        '  context = "dev"  must be of type Context  write Context(...)'
    )


def test_every_child_at_any_depth_is_tagged_and_tags_by_hand_win() -> None:
    """Tags are added automatically."""
    graph = render(lambda: Shelf("a", context=STAGING))
    assert {r.name: r.inputs["tags"]["Owner"] for r in graph.managed} == {
        "a-bucket": "by hand",
        "a-label-a": "team",
        "a-label-long": "team",
    }
    assert graph.one("aws:s3/bucket:Bucket").inputs["tags"]["Name"] == "a-bucket"


@pytest.mark.parametrize(("context", "protected"), [(PRODUCTION, True), (STAGING, False)])
def test_stateful_children_are_protected_in_production_alone(context: Context, protected: bool) -> None:
    """Data is protected from an accidental destroy; children that can be recreated are not protected."""
    graph = render(lambda: Shelf("a", context=context))
    assert graph.one("aws:s3/bucket:Bucket").protect is protected
    assert not graph.one("aws:ssm/parameter:Parameter", "a-label-a").protect


def test_protection_outside_production_is_the_users_own_choice() -> None:
    """All children inherit the component's explicit `protect`."""
    graph = render(lambda: Shelf("a", context=STAGING, opts=pulumi.ResourceOptions(protect=True)))
    assert all(r.protect for r in graph.managed)


def test_overrides_reach_the_children_of_their_role() -> None:
    """An override applies to all children of the type, and tags are kept."""
    args = ShelfArgs(customize={"bucket": {"force_destroy": True}, "label": {"tier": "Advanced"}})
    graph = render(lambda: Shelf("a", args, context=STAGING))
    assert graph.one("aws:s3/bucket:Bucket").inputs["forceDestroy"] is True
    assert graph.one("aws:ssm/parameter:Parameter", "a-label-a").inputs["tier"] == "Advanced"
    assert graph.one("aws:s3/bucket:Bucket").inputs["tags"]["Service"] == "shop"


@pytest.mark.parametrize(
    ("child", "role"),
    [("label", "label"), ("label-a", "label"), ("label-long", "label-long"), ("labels", None), ("", None)],
)
def test_a_childs_role_is_the_longest_that_its_name_starts_with(child: str, role: str | None) -> None:
    """`label-long` is a child type, `label-a` a child of type `label`."""
    assert Shelf.child_type_of(child) == role


def test_outputs_are_attributes_and_are_registered() -> None:
    """Outputs are attributes of the component, and registered with Pulumi."""

    def program() -> None:
        shelf = Shelf("a", context=STAGING)
        assert shelf.arn is shelf.outputs.flat()["arn"]

    graph = render(program)
    assert list(graph.one("platform:index:Shelf").outputs) == ["arn"]


def test_observed_components_are_listed_in_order() -> None:
    """`preview` and `explain` have access to the components of a program."""

    def program() -> None:
        with observed() as seen:
            Shelf("a", context=STAGING)
            Shelf("b", context=STAGING)
        Shelf("c", context=STAGING)
        assert [component.name for component in seen] == ["a", "b"]

    render(program)


def test_two_components_of_one_name_are_refused() -> None:
    """Pulumi identifies resources by name and type."""

    def program() -> None:
        Shelf("a", context=STAGING)
        Shelf("a", context=STAGING)

    with pytest.raises(ProgramError, match='"a"'):
        render(program)
