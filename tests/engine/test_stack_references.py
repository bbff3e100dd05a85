"""Stack references: outputs are read key by key, and unknowns and secrets are preserved."""

from __future__ import annotations

import pulumi
import pytest
from pulumi_aws import sqs

from platform_components.engine import UNKNOWN, ProgramError, Read, Secret, evaluate
from platform_components.testing import render

UPSTREAM = "organization/platform/foundation.dev"
OUTPUTS = {
    "vpc_id": "vpc-1",
    "subnets": {"public": ["a", "b"], "private": UNKNOWN},
    "password": Secret("hunter2!"),
    "arn": UNKNOWN,
}


def reading(*keys: str) -> dict[str, object]:
    """Return the values of these outputs in a program that exports them again."""

    def program() -> None:
        reference = pulumi.StackReference(UPSTREAM)
        for key in keys:
            pulumi.export(key, reference.require_output(key))

    return dict(render(program, references={UPSTREAM: OUTPUTS}).outputs)


def test_one_unknown_output_leaves_the_others_known() -> None:
    """Without the engine's change, the SDK makes all of them unknown, and loses secrets."""
    assert reading("vpc_id", "password", "arn") == {
        "vpc_id": "vpc-1",
        "password": Secret("hunter2!"),
        "arn": UNKNOWN,
    }


def test_the_known_part_of_an_output_is_known() -> None:
    """Reading a nested value returns the value in the structure."""

    def program() -> None:
        subnets = pulumi.StackReference(UPSTREAM).get_output("subnets")
        pulumi.export("public", subnets["public"][1])
        pulumi.export("private", subnets["private"])

    graph = render(program, references={UPSTREAM: OUTPUTS})
    assert graph.outputs == {"public": "b", "private": UNKNOWN}


def test_a_resource_depends_on_the_reference() -> None:
    """As in the real engine, the reference is external, not managed."""

    def program() -> None:
        reference = pulumi.StackReference("short", stack_name=UPSTREAM)
        sqs.Queue("queue", name=reference.get_output("vpc_id"))

    graph = render(program, references={UPSTREAM: OUTPUTS})
    reference = graph.one("pulumi:pulumi:StackReference")
    assert (reference.external, reference.id) == (True, UPSTREAM)
    assert graph.one("aws:sqs/queue:Queue").dependencies == (reference.urn,)
    assert reference not in graph.managed


def test_what_was_read_is_recorded() -> None:
    """The referenced stacks are recorded, so that the order of stacks can be validated."""

    def program() -> None:
        reference = pulumi.StackReference(UPSTREAM)
        pulumi.export("a", [reference.get_output("vpc_id"), reference.get_output("nothing")])
        pulumi.StackReference("organization/platform/unused")

    assert render(program, references={UPSTREAM: OUTPUTS}).reads == (
        Read(UPSTREAM, ("nothing", "vpc_id"), known=True),
        Read("organization/platform/unused", (), known=False),
    )


def test_a_missing_output_is_an_error_where_it_is_required() -> None:
    """The message has the line and the nearest output; `get_output` returns None."""

    def optional() -> None:
        missing = pulumi.StackReference(UPSTREAM).get_output("nothing")
        pulumi.export("is none", missing.apply(lambda value: value is None))

    assert render(optional, references={UPSTREAM: OUTPUTS}).outputs == {"is none": True}
    with pytest.raises(ProgramError) as raised:
        reading("vpcid")
    assert f'stack "{UPSTREAM}" has no output "vpcid"\n  did you mean vpc_id?' in str(raised.value)
    assert raised.value.location is not None
    with pytest.raises(ProgramError, match="one of: arn, password, subnets, vpc_id"):
        reading("zzz")


def test_an_unknown_stack_makes_its_outputs_unknown() -> None:
    """The stack may not exist yet, so a warning is reported, and no error."""

    def program() -> None:
        pulumi.export("id", pulumi.StackReference("organization/platform/later").require_output("id"))

    graph = render(program)
    assert graph.outputs == {"id": UNKNOWN}
    (warning,) = graph.diagnostics
    assert warning.severity == "warning"
    assert 'the outputs of stack "organization/platform/later" are not available' in warning.message


def test_all_outputs_at_once_can_be_read() -> None:
    """`outputs` and `get_output_details` of the SDK are supported."""

    def program() -> None:
        reference = pulumi.StackReference(UPSTREAM)
        pulumi.export("vpc", reference.outputs["vpc_id"])

        async def details() -> dict[str, bool]:
            secret = await reference.get_output_details("password")
            known = await reference.get_output_details("vpc_id")
            unknown = await reference.get_output_details("arn")
            return {
                "secret": secret.secret_value == "hunter2!" and secret.value is None,
                "known": known.value == "vpc-1",
                "unknown": unknown.value is None and unknown.secret_value is None,
            }

        pulumi.export("details", pulumi.Output.from_input(details()))

    graph = render(program, references={UPSTREAM: OUTPUTS})
    assert graph.outputs["details"] == {"secret": True, "known": True, "unknown": True}


def test_stacks_follow_one_another_in_one_process() -> None:
    """The previewed outputs of a stack are passed to the next, including unknowns and secrets."""

    def foundation() -> None:
        pulumi.export("url", sqs.Queue("queue").url)
        pulumi.export("name", "main")
        pulumi.export("password", pulumi.Output.secret("hunter2!"))

    def service() -> None:
        reference = pulumi.StackReference("acme/shop/foundation.dev")
        for key in ("url", "name", "password"):
            pulumi.export(key, reference.require_output(key))

    first = evaluate(foundation, project="shop", stack="foundation.dev", organization="acme")
    references = {first.qualified_name: first.outputs}
    second = evaluate(service, project="shop", stack="orders.dev", organization="acme", references=references)
    assert second.outputs == first.outputs == {"url": UNKNOWN, "name": "main", "password": Secret("hunter2!")}
