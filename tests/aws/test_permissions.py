"""Permissions: statements that name what they allow."""

from __future__ import annotations

import re
from typing import Any

import pulumi
import pytest

from platform_components.aws.permissions import Permission, _table
from platform_components.base import InvalidInput
from platform_components.testing import render
from tests.samples import context_of

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:orders"


def permission(**fields: Any) -> Permission:
    return Permission(**({"actions": ["sqs:SendMessage"], "resources": [QUEUE]} | fields))


def message(**fields: Any) -> str:
    """Return the error message for an invalid permission."""
    with pytest.raises(InvalidInput) as caught:
        permission(**fields).resolve(context_of("development"), "Permission")
    return " ".join(str(caught.value).split())


def test_it_is_one_statement() -> None:
    """Actions, resources and condition are those of the permission; it allows, and never denies."""
    condition = {"StringEquals": {"aws:ResourceTag/Team": ["orders"]}}
    statement = permission(condition=condition).statement()
    assert (statement.effect, statement.actions, statement.resources) == (
        "Allow",
        ("sqs:SendMessage",),
        (QUEUE,),
    )
    assert statement.condition == condition


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ("*", "must not contain wildcards"),
        ("sqs:*", "must not contain wildcards"),
        ("sqs:Send*", "must not contain wildcards"),
        ("iam:*", "must not contain wildcards"),
        ("iam:PassRole", "must not be an action of iam"),
        ("organizations:LeaveOrganization", "must not be an action of organizations"),
        ("sqs:AddPermission", "must not be an action that manages permissions"),
        ("s3:PutBucketPolicy", "must not be an action that manages permissions"),
        ("kms:CreateGrant", "must not be an action that manages permissions"),
        ("kms:ScheduleKeyDeletion", "must be an action that uses a key"),
        ("sqs:SendMesage", "unknown action of sqs did you mean sqs:SendMessage?"),
        ("sqs:sendmessage", "unknown action of sqs did you mean sqs:SendMessage?"),
        ("dynamo:GetItem", "unknown service prefix of IAM"),
        ("SendMessage", "must be an IAM action such as sqs:SendMessage"),
    ],
)
def test_actions_are_named_and_harmless_to_others(action: str, problem: str) -> None:
    """IAM accepts unknown actions, which allow nothing; others would extend the permissions of the role."""
    assert problem in message(actions=[action])


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "arn:aws:sqs:eu-west-1:111122223333:*",
        "arn:aws:sqs:eu-west-1:111122223333:orders*",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/*",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:*",
        "arn:aws:logs:eu-west-1:111122223333:log-group:*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::*/receipts",
        "arn:aws:dynamodb:*:111122223333:table/orders",
        "arn:aws:dynamodb:eu-west-1:*:table/orders",
        "arn:*:sqs:eu-west-1:111122223333:orders",
        "orders",
    ],
)
def test_resources_without_a_name_are_rejected(resource: str) -> None:
    """A wildcard can't stand for a resource, an account or a region."""
    assert "resources[0]" in message(resources=[resource])


@pytest.mark.parametrize(
    "resource",
    [
        QUEUE,
        "arn:aws:s3:::receipts",
        "arn:aws:s3:::receipts/2026/*",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/*",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/shop/orders:*",
        "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/*/GET/orders",
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ],
)
def test_wildcards_can_follow_the_name(resource: str) -> None:
    """Objects of a bucket and indexes of a table are parts of a named resource."""
    assert permission(resources=[resource]).resources == (resource,)


def test_a_resource_can_be_an_output() -> None:
    """Its ARN is known after the deployment."""

    def program() -> None:
        arn = pulumi.Output.from_input(QUEUE)
        given = permission(resources=[arn]).resolve(context_of("development"), "Permission")
        pulumi.export("arn", given.statement().resources[0])

    assert render(program).outputs == {"arn": QUEUE}


def test_a_resource_of_another_partition_is_rejected() -> None:
    """IAM accepts the policy, which then matches nothing."""
    found = message(resources=["arn:aws-cn:sqs:cn-north-1:111122223333:orders"])
    assert "must be in the partition aws" in found


def test_a_role_to_assume_is_named_completely() -> None:
    """With a wildcard, anyone who can create a role gives the service its permissions."""
    role = "arn:aws:iam::111122223333:role/orders/*"
    assert "one role for sts:AssumeRole" in message(actions=["sts:AssumeRole"], resources=[role])
    permission(actions=["sts:AssumeRole"], resources=[role.replace("/*", "")])


def test_operators_of_conditions_are_checked() -> None:
    """IAM rejects an unknown operator only when the policy is deployed."""
    assert "must be a condition operator" in message(condition={"StringEqual": {"aws:SourceVpc": "vpc-1"}})
    for operator in ("ForAnyValue:StringLike", "NumericLessThanEquals", "BoolIfExists", "ArnLike"):
        assert operator in permission(condition={operator: {"aws:SourceVpc": "vpc-1"}}).condition


def test_an_empty_list_is_rejected() -> None:
    """IAM rejects statements without actions or resources."""
    assert "must have at least 1 entry" in message(actions=[])
    assert "must have at least 1 entry" in message(resources=[])


def test_the_table_has_a_line_per_service() -> None:
    """Each line has the prefix, and the names of the actions."""
    services = [line.split()[0] for line in _table()]
    assert len(services) == len(set(services)) > 400
    assert all(re.fullmatch(r"[a-z0-9-]+( [A-Za-z0-9-]+!?)+", line) for line in _table())
