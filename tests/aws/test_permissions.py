"""Permissions: statements that name what they allow."""

from __future__ import annotations

import math
import re
from typing import Any

import pulumi
import pytest

from platform_components.aws.escalation import ESCALATIONS
from platform_components.aws.iam_reference import _table, action
from platform_components.aws.permissions import Permission, permission_statements
from platform_components.base import InvalidInput
from platform_components.engine import ProgramError
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
    statement = permission(condition=condition).statement(context_of("development"))
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


@pytest.mark.parametrize("name", ESCALATIONS)
def test_an_action_that_gives_the_permissions_of_another_role_is_rejected(name: str) -> None:
    """The remedy is not another way to allow it; each is an action of AWS's reference."""
    assert action(name).name in name
    assert f"must not be an action that {ESCALATIONS[name]}" in message(actions=[name])


@pytest.mark.parametrize(
    "service",
    [
        *("account", "iam", "identity-sync", "identitystore", "identitystore-auth", "organizations"),
        *("sso", "sso-directory", "sso-oauth", "user-subscriptions"),
    ],
)
def test_services_that_administer_permissions_are_rejected(service: str) -> None:
    """This applies to all their actions, also to those that only read."""
    assert f"must not be an action of {service}" in message(actions=[f"{service}:DescribeGroup"])


def test_an_action_without_resources_is_rejected() -> None:
    """IAM applies it only to the resource `*`."""
    for name in ("s3:ListAllMyBuckets", "xray:PutTraceSegments"):
        found = message(actions=[name], resources=["arn:aws:s3:::receipts"])
        assert "this one requires * attach a policy to the role of the service in a program" in found


ACCOUNT = "eu-west-1:111122223333"


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "arn:aws:dynamodb:*:111122223333:table/orders",
        "arn:aws:dynamodb:eu-west-1:*:table/orders",
        "arn:*:sqs:eu-west-1:111122223333:orders",
        "orders",
        "arn:aws:sqs:eu-west-1:111122223333:orders\u200b",
        "arn:aws:sqs:eu-west-1:111122223333:b\u00fccher",
        "arn:aws:sqs:eu-west-1:111122223333:my orders",
    ],
)
def test_a_resource_is_an_arn(resource: str) -> None:
    """A wildcard can't replace an account, a region or a partition; IAM compares invisible characters too."""
    found = message(resources=[resource])
    assert "resources[0]" in found
    assert "such as arn:aws:sqs:eu-west-1:111122223333:orders" in found


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sqs:SendMessage", f"arn:aws:sqs:{ACCOUNT}:*"),
        ("sqs:SendMessage", f"arn:aws:sqs:{ACCOUNT}:orders*"),
        ("sqs:SendMessage", f"arn:aws:sqs:{ACCOUNT}:order?"),
        ("sqs:SendMessage", f"arn:aws:sqs:{ACCOUNT}:${{aws:PrincipalTag/queue}}"),
        ("dynamodb:Query", f"arn:aws:dynamodb:{ACCOUNT}:table/*"),
        ("dynamodb:Query", f"arn:aws:dynamodb:{ACCOUNT}:table/*/index/orders"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{ACCOUNT}:secret:*"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{ACCOUNT}:secret:prod/*"),
        ("ssm:GetParameter", f"arn:aws:ssm:{ACCOUNT}:parameter/prod/*"),
        ("logs:PutLogEvents", f"arn:aws:logs:{ACCOUNT}:log-group:*"),
        ("logs:PutLogEvents", f"arn:aws:logs:{ACCOUNT}:log-group:/aws/*"),
        ("s3:GetObject", "arn:aws:s3:::*"),
        ("s3:GetObject", "arn:aws:s3:::*/receipts"),
        ("s3:GetObject", f"arn:aws:s3:{ACCOUNT}:accesspoint/*/object/*"),
        ("s3:GetAccessPointPolicy", f"arn:aws:s3:{ACCOUNT}:accesspoint/*"),
        ("elasticloadbalancing:AddTags", f"arn:aws:elasticloadbalancing:{ACCOUNT}:loadbalancer/app/*"),
        ("wafv2:GetWebACL", f"arn:aws:wafv2:{ACCOUNT}:regional/webacl/*"),
        ("apigateway:GET", "arn:aws:apigateway:eu-west-1::/restapis/*"),
    ],
)
def test_resources_without_a_name_are_rejected(action: str, resource: str) -> None:
    """A wildcard, or a variable of the policy, can't replace or extend the name of a resource."""
    assert "must contain the complete name of a resource" in message(actions=[action], resources=[resource])


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sqs:SendMessage", QUEUE),
        ("s3:ListBucket", "arn:aws:s3:::receipts"),
        ("s3:GetObject", "arn:aws:s3:::receipts/*"),
        ("s3:GetObject", "arn:aws:s3:::receipts/2026/*"),
        ("s3:GetObject", f"arn:aws:s3:{ACCOUNT}:accesspoint/receipts/object/*"),
        ("dynamodb:Query", f"arn:aws:dynamodb:{ACCOUNT}:table/orders/index/*"),
        ("dynamodb:Query", f"arn:aws:dynamodb:{ACCOUNT}:table/orders/*"),
        ("logs:PutLogEvents", f"arn:aws:logs:{ACCOUNT}:log-group:/shop/orders:*"),
        ("logs:DescribeLogStreams", f"arn:aws:logs:{ACCOUNT}:log-group:/shop/orders:*"),
        ("lambda:InvokeFunction", f"arn:aws:lambda:{ACCOUNT}:function:orders:*"),
        ("execute-api:Invoke", f"arn:aws:execute-api:{ACCOUNT}:a1b2c3/*/GET/orders"),
        ("es:ESHttpGet", f"arn:aws:es:{ACCOUNT}:domain/orders/*"),
        ("iot:Publish", f"arn:aws:iot:{ACCOUNT}:topic/orders/*"),
        ("wafv2:GetWebACL", f"arn:aws:wafv2:{ACCOUNT}:regional/webacl/orders/*"),
        ("kms:Decrypt", f"arn:aws:kms:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("ssm:GetParameter", f"arn:aws:ssm:{ACCOUNT}:parameter/prod/orders"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{ACCOUNT}:secret:prod/orders-AbCdEf"),
        ("bedrock:InvokeModel", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-text-lite-v1"),
    ],
)
def test_wildcards_can_follow_the_name(action: str, resource: str) -> None:
    """Objects of a bucket and indexes of a table are parts of a named resource."""
    permission(actions=[action], resources=[resource]).resolve(context_of("development"), "Permission")


@pytest.mark.parametrize(
    ("action", "resource", "form"),
    [
        ("sqs:SendMessage", "arn:aws:s3:::receipts", "arn:aws:sqs:*:*:*"),
        ("sqs:SendMessage", f"arn:aws:dynamodb:{ACCOUNT}:table/orders", "arn:aws:sqs:*:*:*"),
        ("sqs:SendMessage", "arn:aws:sqs::111122223333:orders", "arn:aws:sqs:*:*:*"),
        ("s3:GetObject", "arn:aws:s3:::receipts", "arn:aws:s3:::*/*"),
        ("s3:GetObject", f"arn:aws:s3:{ACCOUNT}:receipts/*", "arn:aws:s3:::*/*"),
        ("s3:ListBucket", "arn:aws:s3:::receipts/*", "arn:aws:s3:::*"),
        (
            "dynamodb:GetItem",
            f"arn:aws:dynamodb:{ACCOUNT}:table/orders/index/x",
            "arn:aws:dynamodb:*:*:table/*",
        ),
        ("kms:Decrypt", f"arn:aws:kms:{ACCOUNT}:alias/orders", "arn:aws:kms:*:*:key/*"),
        ("dynamodb:Query", f"arn:aws:dynamodb:{ACCOUNT}:orders", "arn:aws:dynamodb:*:*:table/*"),
    ],
)
def test_a_resource_of_another_type_is_rejected(action: str, resource: str, form: str) -> None:
    """IAM accepts the policy, which then allows nothing."""
    found = message(actions=[action], resources=[resource])
    assert f"must be a resource that {action} supports" in found
    assert form in found.partition("use an ARN of the form")[2]


def test_actions_of_one_permission_can_support_different_resources() -> None:
    """Each resource must be one of any action, and each action must support any resource."""
    both = ["s3:GetObject", "s3:ListBucket"]
    bucket, objects = "arn:aws:s3:::receipts", "arn:aws:s3:::receipts/*"
    permission(actions=both, resources=[bucket, objects]).resolve(context_of("development"), "Permission")
    found = message(actions=both, resources=[objects])
    assert 'actions[1] = "s3:ListBucket" supports none of the resources' in found
    assert "arn:aws:s3:::*" in found.partition("add one of the form")[2]


def test_a_secret_has_its_complete_arn() -> None:
    """IAM compares complete ARNs, which end with six characters that Secrets Manager adds."""
    arn = f"arn:aws:secretsmanager:{ACCOUNT}:secret:stripe"
    assert "the six characters" in message(actions=["secretsmanager:GetSecretValue"], resources=[arn])


def deployed(resource: Any, *, action: str = "sqs:SendMessage", known: bool = False) -> Any:
    """Return the resource of a statement after a deployment; it is an Output unless it is `known` before."""

    def program() -> None:
        resources = [resource if known else pulumi.Output.from_input(resource)]
        given = permission(actions=[action], resources=resources).resolve(context_of("development"), "Args")
        cluster = f"arn:aws:eks:{ACCOUNT}:cluster/main"
        (statement,) = permission_statements(
            [given], context_of("development"), 'ServiceStack "orders"', cluster
        )
        pulumi.export("arn", statement.resources[0])

    return render(program).outputs["arn"]


def test_a_resource_can_be_an_output() -> None:
    """Its ARN is known after the deployment."""
    assert deployed(QUEUE) == QUEUE


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("*", "must not be *"),
        ("", "must be the ARN of a resource"),
        ([QUEUE], "must be a string"),
        ("arn:aws:s3:::receipts", "must be a resource that sqs:SendMessage supports"),
        (QUEUE + "*", "must contain the complete name"),
        ("arn:aws-cn:sqs:cn-north-1:111122223333:orders", "must be in the partition aws"),
    ],
)
def test_an_output_is_checked_when_it_is_known(value: Any, problem: str) -> None:
    """The message names the field, as for plain values."""
    with pytest.raises(ProgramError) as caught:
        deployed(value)
    found = " ".join(str(caught.value).split())
    assert 'ServiceStack "orders"' in found
    assert "permissions[0].resources[0]" in found
    assert problem in found


def test_a_resource_of_another_partition_is_rejected() -> None:
    """IAM accepts the policy, which then matches nothing."""
    found = message(resources=["arn:aws-cn:sqs:cn-north-1:111122223333:orders"])
    assert "must be in the partition aws" in found


@pytest.mark.parametrize("name", ["orders/*", "a*b", "order?", "${aws:PrincipalTag/role}"])
def test_a_role_to_assume_is_named_completely(name: str) -> None:
    """With a wildcard, anyone who can create a role gives the service its permissions."""
    role = f"arn:aws:iam::444455556666:role/{name}"
    assert "one role for sts:AssumeRole" in message(actions=["sts:AssumeRole"], resources=[role])


def test_a_role_to_assume_is_in_another_account() -> None:
    """In its own account, the service would have permissions that this field rejects."""
    role = "arn:aws:iam::444455556666:role/reader"
    for known in (True, False):
        assert deployed(role, action="sts:AssumeRole", known=known) == role
        with pytest.raises(ProgramError, match=r"must be a role of another\s+account"):
            deployed(role.replace("444455556666", "111122223333"), action="sts:AssumeRole", known=known)


@pytest.mark.parametrize(
    "value",
    [None, {"a": "b"}, [], [None], [["a"]], object(), math.nan, "\u200b", ["\u200b"]],
)
def test_values_of_conditions_are_checked(value: Any) -> None:
    """IAM rejects others only when the policy is deployed."""
    assert "condition.StringEquals.aws:SourceVpc" in message(
        condition={"StringEquals": {"aws:SourceVpc": value}}
    )


@pytest.mark.parametrize("key", ["", "SourceVpc", "aws:", ":x", "aws: x"])
def test_keys_of_conditions_are_checked(key: str) -> None:
    """They have a prefix and a name."""
    assert "must be a condition key" in message(condition={"StringEquals": {key: "vpc-1"}})


def test_conditions_of_all_forms_are_accepted() -> None:
    """Keys can have a tag, a path or a host; values can be numbers, booleans, and lists."""
    tagged = {"aws:ResourceTag/Cost center": ["a", "b"], "s3:max-keys": 10, "aws:SecureTransport": True}
    other = {"kms:EncryptionContext:aws:logs:arn": "x", "example.com/id/A1:sub": "a"}
    assert dict(permission(condition={"StringEquals": tagged | other}).condition["StringEquals"]) == {
        **tagged,
        "aws:ResourceTag/Cost center": ("a", "b"),
        **other,
    }
    assert "must have at least 1 entry" in message(condition={"StringEquals": {}})


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
    """It is followed by lines with the resources and the names of the actions."""
    services = [line for line in _table() if not line.startswith(" ")]
    assert len(services) == len(set(services)) > 400
    assert all(re.fullmatch(r"[a-z0-9-]+| \S+( [A-Za-z0-9-]+!?)+", line) for line in _table())
