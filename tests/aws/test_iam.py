"""Policy documents: one builder for permissions and trust policies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from platform_components.aws.iam import Statement, policy_document, trust_policy, via_service
from platform_components.testing import ProgramError, render

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"


def document_of(*statements: Callable[[], Statement] | Statement) -> list[dict[str, Any]]:
    """Return the statements of the document with the given statements, evaluated in a program."""

    def program() -> None:
        evaluated = [each() if callable(each) else each for each in statements]
        pulumi.export("document", policy_document(evaluated))

    graph = render(program)
    parsed = json.loads(graph.outputs["document"])
    assert list(parsed) == ["Version", "Statement"]
    assert parsed["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = parsed["Statement"]
    return found


def test_a_statement_has_the_form_of_iam() -> None:
    """Its elements are in the order of the IAM documentation; elements without a value are omitted."""
    statement = Statement(
        sid="Read",
        effect="Deny",
        principal="*",
        actions=("s3:GetObject",),
        resources=["arn:aws:s3:::a/*"],
        condition={"Bool": {"aws:SecureTransport": "false"}},
    )
    (found,) = document_of(statement)
    assert list(found) == ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"]
    (bare,) = document_of(Statement("sts:AssumeRole", principal={"Service": "ec2.amazonaws.com"}))
    assert bare == {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


def test_statements_that_differ_only_in_resources_are_merged() -> None:
    """A service with three buckets has one statement for their objects: documents have a size limit."""
    found = document_of(
        Statement(("s3:GetObject",), ["a"], sid="Objects"),
        Statement(("s3:ListBucket",), ["b"], sid="List"),
        Statement(("s3:GetObject",), ["c"], sid="Objects"),
    )
    assert [(each["Sid"], each["Resource"]) for each in found] == [("Objects", ["a", "c"]), ("List", ["b"])]


def test_a_resource_that_does_not_exist_is_omitted() -> None:
    """A bucket without its own key adds no statement, and no `""`, which IAM rejects."""
    assert document_of(Statement(("kms:Decrypt",), ["", KEY])) == document_of(
        Statement(("kms:Decrypt",), [KEY])
    )


def test_statement_ids_are_unique() -> None:
    """IAM rejects duplicates. They occur if statements differ only in their condition."""
    keys = (KEY, KEY.replace("eu-west-1", "eu-central-1"))
    found = document_of(
        *(
            lambda key=key: Statement(("kms:Decrypt",), [key], sid="Key", condition=via_service("s3", key))
            for key in keys
        )
    )
    assert [each["Sid"] for each in found] == ["Key", "Key2"]


@pytest.mark.parametrize(
    ("arn", "host"),
    [
        (KEY, "s3.eu-west-1.amazonaws.com"),
        ("arn:aws-cn:kms:cn-north-1:111122223333:key/1", "s3.cn-north-1.amazonaws.com.cn"),
        ("arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1", "s3.us-gov-west-1.amazonaws.com"),
    ],
)
def test_a_key_is_used_through_a_service_in_its_region(arn: str, host: str) -> None:
    """The host name of the service has the domain of the partition."""
    (found,) = document_of(lambda: Statement(("kms:Decrypt",), [arn], condition=via_service("s3", arn)))
    assert found["Condition"] == {"StringEquals": {"kms:ViaService": host}}


def test_a_key_that_is_not_an_arn_is_reported() -> None:
    """The value of an Output is known only in deployment."""
    with pytest.raises(ProgramError, match="must be the ARN of a KMS key"):
        document_of(lambda: Statement(("kms:Decrypt",), ["x"], condition=via_service("s3", "garbage")))


def test_a_trust_policy_names_one_service() -> None:
    """By default it allows only sts:AssumeRole."""
    graph = render(lambda: pulumi.export("trust", trust_policy("ec2.amazonaws.com")))
    assert json.loads(graph.outputs["trust"])["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]


@pytest.mark.parametrize(
    ("given", "written"),
    [(["A", "A", "A2"], ["A", "A3", "A2"]), (["A", "A", "A"], ["A", "A2", "A3"]), (["", ""], [None, None])],
)
def test_every_identifier_is_unique(given: list[str], written: list[str | None]) -> None:
    """A number that another statement has already is skipped."""
    found = document_of(*(Statement(f"s3:Get{index}", ["a"], sid=sid) for index, sid in enumerate(given)))
    assert [each.get("Sid") for each in found] == written


def test_an_identifier_that_iam_rejects_is_reported() -> None:
    """Before a deployment, with the value."""
    with pytest.raises(ProgramError, match='sid = "My-Secret"  must be letters and digits'):
        document_of(Statement("s3:GetObject", ["a"], sid="My-Secret"))


def test_a_document_without_statements_is_reported() -> None:
    """IAM would answer MalformedPolicyDocument."""
    with pytest.raises(ProgramError, match="must have at least one statement with a resource"):
        document_of(Statement("kms:Decrypt", [""]))


def test_the_order_of_a_conditions_keys_does_not_matter() -> None:
    """Two statements with the same conditions, written in another order, are one."""
    one = {"StringEquals": {"a": "1"}, "Bool": {"b": "true"}}
    found = document_of(
        Statement("s3:GetObject", ["x"], condition=one),
        Statement("s3:GetObject", ["y"], condition=dict(reversed(one.items()))),
    )
    assert [each["Resource"] for each in found] == [["x", "y"]]
