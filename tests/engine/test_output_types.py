"""An input that does not have the type of its output: the output is converted, or unknown, and is reported.

Pulumi's providers answer with the output's type. The SDK for Python fails for another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pytest
from pulumi_aws import iam, sqs

from platform_components.engine import UNKNOWN, Asset, Graph, Secret
from platform_components.engine.previewed import is_configured
from platform_components.policy import Example, PolicyContext, Rule, evaluate_policies
from platform_components.testing import render

POLICY: Any = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}


@pulumi.output_type
class Disk(dict[str, Any]):
    def __init__(self, *, size_gb: int, labels: Mapping[str, str]) -> None:
        pulumi.set(self, "size_gb", size_gb)
        pulumi.set(self, "labels", labels)

    @property
    @pulumi.getter(name="sizeGb")
    def size_gb(self) -> int:
        size: int = pulumi.get(self, "size_gb")
        return size

    @property
    @pulumi.getter
    def labels(self) -> Mapping[str, str]:
        labels: Mapping[str, str] = pulumi.get(self, "labels")
        return labels


class Machine(pulumi.CustomResource):
    """A resource with an output of each type. Its inputs are not checked."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        outputs = dict.fromkeys(("text", "count", "ratio", "flag", "names", "disk", "disks", "any", "either"))
        super().__init__("aws:test/machine:Machine", name, {**outputs, **inputs}, opts)

    text: pulumi.Output[str]
    count: pulumi.Output[int]
    ratio: pulumi.Output[float | None]
    flag: pulumi.Output[bool]
    names: pulumi.Output[Sequence[str]]
    disk: pulumi.Output[Disk]
    disks: pulumi.Output[Sequence[Disk] | None]
    any: pulumi.Output[Any]
    either: pulumi.Output[str | int]


def machine(opts: pulumi.ResourceOptions | None = None, *, secret: bool = False, **inputs: Any) -> Graph:
    """Return the graph of a machine whose outputs the stack exports."""

    def program() -> None:
        given = {key: pulumi.Output.secret(value) for key, value in inputs.items()} if secret else inputs
        created = Machine("m", opts, **given)
        for key in inputs:
            pulumi.export(key, getattr(created, key))

    return render(program)


def test_a_policy_that_is_given_as_an_object_becomes_unknown_text() -> None:
    """The provider returns JSON text, but its exact text is known only to the provider."""

    def program() -> None:
        role = iam.Role("role", assume_role_policy=POLICY, name="orders")
        pulumi.export("policy", role.assume_role_policy)
        pulumi.export("name", role.name)
        role.assume_role_policy.apply(json.loads)

    graph = render(program)
    assert graph.outputs == {"policy": UNKNOWN, "name": "orders"}
    (info,) = graph.diagnostics
    assert (info.severity, info.urn) == ("info", graph.one("aws:iam/role:Role").urn)
    assert info.message == (
        "assumeRolePolicy of aws:iam/role:Role: unknown until deployment, because the input has another type "
        "than the output"
    )
    assert info.source is not None


def test_typed_arguments_for_a_policy_are_accepted() -> None:
    """`PolicyDocumentArgs` is an object too."""

    def program() -> None:
        document = iam.PolicyDocumentArgs(
            version=iam.PolicyDocumentVersion.POLICY_DOCUMENT_VERSION_2012_10_17,
            statement=[iam.PolicyStatementArgs(effect=iam.PolicyStatementEffect.ALLOW, action="sqs:*")],
        )
        pulumi.export("policy", iam.Policy("policy", policy=document).policy)

    assert render(program).outputs == {"policy": UNKNOWN}


def test_rules_read_the_input_as_it_is_given() -> None:
    """Only the output is unknown."""
    seen = []

    def reads(role: Any, context: PolicyContext) -> Any:
        seen.append(role.get("assumeRolePolicy"))
        return ()

    type_ = "aws:iam/role:Role"
    rule = Rule(
        id="reads",
        title="Reads the policy",
        why="For the test.",
        remedy="none",
        severity="low",
        types=(type_,),
        check=reads,
        passing=(Example(type_, {}),),
        failing=(Example(type_, {}),),
    )
    graph = render(lambda: iam.Role("role", assume_role_policy=POLICY))
    evaluate_policies(graph.resources, (rule,), PolicyContext.of("dev"))
    assert seen == [POLICY]
    assert graph.one(type_).inputs == {"assumeRolePolicy": POLICY}


CONVERTED: dict[str, tuple[Any, Any]] = {
    "text": (5, "5"),
    "text of a fraction": (2.5, "2.5"),
    "text of a large number": (2**53, "9007199254740992"),
    "text of a boolean": (True, "true"),
    "count": ("-5", -5),
    "count of a whole number": (5.0, 5),
    "ratio": ("2.5", 2.5),
    "ratio of an integer": (3, 3),
    "flag": ("false", False),
    "names": (["a", 1, True], ["a", "1", "true"]),
    "disk": ({"sizeGb": "20", "labels": {"a": 1}}, {"sizeGb": 20, "labels": {"a": "1"}}),
    "disks": ([{"sizeGb": 20}, {"sizeGb": "30"}], [{"sizeGb": 20}, {"sizeGb": 30}]),
}


@pytest.mark.parametrize("case", CONVERTED)
def test_a_value_with_one_representation_in_the_outputs_type_is_converted(case: str) -> None:
    """Providers convert it in the same way. It is not reported."""
    key, (given, expected) = case.split(" ", 1)[0], CONVERTED[case]
    graph = machine(**{key: given})
    assert graph.one("aws:test/machine:Machine").outputs == {key: expected}
    assert type(graph.one("aws:test/machine:Machine").outputs[key]) is type(expected)
    assert graph.diagnostics == ()


UNFIT: dict[str, tuple[Any, Any, str]] = {
    "text": ({"a": 1}, UNKNOWN, "text"),
    "text of a list": (["a"], UNKNOWN, "text"),
    "text of a tiny number": (1e-9, UNKNOWN, "text"),
    "count": ("05", UNKNOWN, "count"),
    "count of a fraction": (1.5, UNKNOWN, "count"),
    "count of a boolean": (True, UNKNOWN, "count"),
    "count of a large number": ("9007199254740993", UNKNOWN, "count"),
    "count of an infinite number": (float("inf"), UNKNOWN, "count"),
    "count of thousands of digits": ("1" * 5_000, UNKNOWN, "count"),
    "text of an infinite number": (float("-inf"), UNKNOWN, "text"),
    "ratio": ("1e3", UNKNOWN, "ratio"),
    "flag": ("yes", UNKNOWN, "flag"),
    "flag of a number": (1, UNKNOWN, "flag"),
    "names": ("a", UNKNOWN, "names"),
    "names of mappings": (["a", {"b": 1}], ["a", UNKNOWN], "names[1]"),
    "disk": ([{"sizeGb": 1}], UNKNOWN, "disk"),
    "disk with text": ("20 GB", UNKNOWN, "disk"),
    "disk with a field": ({"sizeGb": {}, "labels": {}}, {"sizeGb": UNKNOWN, "labels": {}}, "disk.sizeGb"),
    "disks": (
        [{"sizeGb": 1, "labels": {"a": []}}],
        [{"sizeGb": 1, "labels": {"a": UNKNOWN}}],
        "disks[0].labels.a",
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_another_value_is_unknown_and_reported_once(case: str) -> None:
    """Only the part that does not fit is unknown in the graph; the program reads the property as unknown."""
    key, (given, expected, path) = case.split(" ", 1)[0], UNFIT[case]
    graph = machine(**{key: given, "any": {"a": [1]}})
    resource = graph.one("aws:test/machine:Machine")
    assert resource.outputs == {key: expected, "any": {"a": [1]}}
    assert resource.inputs[key] == given
    assert graph.outputs["any"] == {"a": [1]}
    assert [d.message.partition(" of ")[0] for d in graph.diagnostics] == [path]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("any", {"a": 1}),
        ("any", ["a", 1]),
        ("either", 5),
        ("either", "five"),
        ("text", pulumi.StringAsset("text")),
        ("undeclared", {"a": {"b": 1}}),
        ("disk", None),
    ],
)
def test_what_the_sdk_does_not_check_stays_as_it_is(key: str, value: Any) -> None:
    """An Any, a union, an asset, a missing value and a property that the class does not declare."""

    def program() -> None:
        Machine("m", **{key: value})

    graph = render(program)
    resource = graph.one("aws:test/machine:Machine")
    assert resource.outputs == resource.inputs
    assert graph.diagnostics == ()
    assert key != "text" or isinstance(resource.outputs[key], Asset)


def test_a_secret_stays_a_secret() -> None:
    """Converted or unknown."""
    graph = machine(secret=True, text={"a": 1}, count="5")
    assert graph.outputs == {"text": Secret(UNKNOWN), "count": Secret(5)}
    options = pulumi.ResourceOptions(additional_secret_outputs=["text", "names"])
    outputs = machine(options, text={"a": 1}).one("aws:test/machine:Machine").outputs
    assert outputs == {"text": Secret(UNKNOWN), "names": Secret(UNKNOWN)}


def test_a_resource_that_is_read_is_treated_in_the_same_way() -> None:
    """`.get()` with a state."""

    def program() -> None:
        opts = pulumi.ResourceOptions(id="m-1")
        pulumi.export("text", Machine("m", opts, text={"a": 1}, count="5").text)

    graph = render(program)
    assert graph.outputs == {"text": UNKNOWN}
    assert graph.one("aws:test/machine:Machine").outputs == {"text": UNKNOWN, "count": 5}
    assert len(graph.diagnostics) == 1


def test_the_outputs_of_a_resource_with_an_unknown_id_are_unknown() -> None:
    """It can't be read before the deployment, in Pulumi either."""

    def program() -> None:
        first = sqs.Queue("first")
        pulumi.export("name", sqs.Queue.get("read", first.id, name="given").name)

    graph = render(program)
    assert graph.outputs == {"name": UNKNOWN}
    assert graph.one("aws:sqs/queue:Queue", "read").inputs == {"name": "given"}


def test_an_output_that_is_secret_already_is_marked_once() -> None:
    """The option marks only outputs without a mark."""
    options = pulumi.ResourceOptions(additional_secret_outputs=["text", "names"])
    outputs = machine(options, secret=True, text="a").one("aws:test/machine:Machine").outputs
    assert outputs == {"text": Secret("a"), "names": Secret(UNKNOWN)}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, True),
        ({"region": "eu-west-1"}, True),
        ({"version": UNKNOWN}, True),
        ({"region": UNKNOWN}, False),
        ({"region": "eu-west-1", "assumeRoles": [{"roleArn": Secret(UNKNOWN)}]}, False),
    ],
)
def test_a_provider_is_configured_if_its_configuration_is_known(
    inputs: Mapping[str, Any], expected: bool
) -> None:
    """The version is not part of it."""
    assert is_configured(inputs) == expected


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("text", 0.000001, "0.000001"),
        ("text", 0.00000099, UNKNOWN),
        ("text", -0.000001, "-0.000001"),
        ("text", 10.0**20, "100000000000000000000"),
        ("text", 10.0**21, UNKNOWN),
        ("ratio", "0.1234567890123", 0.1234567890123),
        ("ratio", "0.12345678901234", UNKNOWN),
    ],
)
def test_numbers_are_converted_as_far_as_their_text_is_certain(key: str, value: Any, expected: Any) -> None:
    """Go writes smaller and larger numbers with an exponent; a float is exact for 15 characters."""
    assert machine(**{key: value}).outputs == {key: expected}
