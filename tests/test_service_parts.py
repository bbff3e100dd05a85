"""Service parts: what a service can have, one row per field of its args."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any, get_args

import pulumi
import pytest

from platform_components.aws.access import Access, ClientOutputs, Egress
from platform_components.aws.bucket import BucketArgs, BucketOutputs
from platform_components.base import ComponentArgs, InvalidInput
from platform_components.service_parts import KINDS, parts_of
from platform_components.service_stack import ServiceStackArgs
from platform_components.testing import render
from tests.samples import IMAGE, context_of
from tests.test_service_stack import VARIANTS, build

NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def args_in(annotation: Any) -> bool:
    """Whether an annotation has the args of a component in it."""
    if isinstance(annotation, type) and issubclass(annotation, ComponentArgs):
        return True
    return any(args_in(each) for each in get_args(annotation))


def test_every_part_of_the_args_is_created() -> None:
    """A field for a component without a row would be accepted and ignored."""
    fields = {name for name, field in ServiceStackArgs.model_fields.items() if args_in(field.annotation)}
    assert fields == {kind.field for kind in KINDS}


def test_a_variant_has_every_part() -> None:
    """So that the contracts and the golden file cover it."""
    args: list[ServiceStackArgs] = []
    render(lambda: args.append(VARIANTS["full"](context_of("development")).args))
    assert {part.kind for part in parts_of(args[0])} == set(KINDS)


@pytest.mark.parametrize("variable", ["SERVICE", "ENVIRONMENT", "AWS_REGION", "CACHE_HOST", "BUCKET_A_B"])
def test_variables_of_the_platform_are_reserved(variable: str) -> None:
    """A service can't override what tells it where it runs and where its parts are."""
    args: dict[str, Any] = {"cache": {}, "buckets": {"a-b": {}}, "environment": {variable: "x"}}
    with pytest.raises(InvalidInput, match=f"environment.{variable}.*  is set by the platform"):
        ServiceStackArgs.parse({"image": IMAGE, **args}, "it").resolve(context_of("development"), "it")


class TwoOutputs(ClientOutputs):
    """Outputs with a variable of their own and one that another bucket's name leads to."""

    arn: pulumi.Output[str]
    """An ARN."""

    prefix = "BUCKET"
    variables = MappingProxyType({"": lambda it: it.arn, "ARN": lambda it: it.arn})


def test_two_parts_never_set_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """`BUCKET_A_ARN` of bucket `a`, and of bucket `a-arn`: reported before anything is registered."""
    monkeypatch.setattr(KINDS[-1].component, "outputs_type", TwoOutputs)
    args = ServiceStackArgs(image=IMAGE, buckets={"a": BucketArgs(), "a-arn": BucketArgs()})
    with pytest.raises(InvalidInput, match=r"buckets.a-arn  sets BUCKET_A_ARN, as buckets.a does"):
        args.resolve(context_of("development"), "it")


def test_egress_of_a_part_and_of_the_service_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part outside the VPC names its addresses; the service's own egress rules stay."""

    def access(self: BucketOutputs, prefix: str = "") -> Access:
        egress = (Egress(8443, "203.0.113.0/24"), Egress(9000))
        return replace(ClientOutputs.access(self, prefix), egress=egress)

    monkeypatch.setattr(BucketOutputs, "access", access)
    own = {"cidr": "198.51.100.0/24", "port": 5000}
    graph = render(lambda: build(buckets={"files": {}}, egress=[own]))
    blocks = [
        (to["ipBlock"]["cidr"], port["port"])
        for rule in graph.one(NETWORK_POLICY, "orders-network-policy").inputs["spec"]["egress"]
        for to in rule.get("to", ())
        for port in rule.get("ports", ())
        if "ipBlock" in to
    ]
    assert {("203.0.113.0/24", 8443), ("10.20.0.0/16", 9000), ("198.51.100.0/24", 5000)} <= set(blocks)
