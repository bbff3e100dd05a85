"""Permissions that policy documents grant and deny."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from platform_components.engine import Graph
from platform_components.engine.plan.steps import Plan
from platform_components.engine.values import UNKNOWN, Secret
from platform_components.report.subject import Subject
from tests.report.exposed import allow, broad, delete, document, texts, update
from tests.report.plans import COMPARED, subject

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}
OTHER_ACCOUNT = {"AWS": "arn:aws:iam::444455556666:root"}


def policy(old: list[dict[str, Any]], new: list[dict[str, Any]], type_: str = ROLE_POLICY) -> Subject:
    inputs = {"role": "payments"} if type_ == ROLE_POLICY else {}
    before, after = ({**inputs, "policy": document(*statements)} for statements in (old, new))
    return update(type_, before, after)


def conditioned(**condition: Any) -> dict[str, Any]:
    return allow("s3:GetObject", "a", Condition=condition)


def test_added_actions_open_up() -> None:
    """The recipient is stated, and that it is an addition. Wildcards of a former statement cover actions."""
    assert texts(policy([allow("s3:Get*")], [allow(["s3:GetObject", "s3:PutObject"])])) == [
        "the role payments may now also call s3:PutObject on *"
    ]
    inputs = {"role": "payments", "policy": document(allow("s3:GetObject", "a"))}
    assert texts(subject("create", ROLE_POLICY, inputs)) == [
        "the role payments may now call s3:GetObject on a"
    ]


def test_a_rewritten_document_opens_nothing() -> None:
    """Another order, statements that are merged or divided, a text for a list, another case."""
    old = [allow(["s3:GetObject", "s3:PutObject"], ["a", "b"])]
    new = [
        allow("s3:PutObject", ["b", "a"], Sid="X"),
        allow(["s3:getobject"], "b"),
        allow("s3:GetObject", "a"),
    ]
    assert texts(policy(old, new)) == []


def test_added_resources_and_principals_open_up() -> None:
    """Each with the actions. The ID of an account and its ARN are the same principal."""
    assert texts(policy([allow("s3:GetObject", "a")], [allow("s3:GetObject", ["a", "b"])])) == [
        "the role payments may now also call s3:GetObject on b"
    ]
    old = allow("sts:AssumeRole", "*", Principal=ACCOUNT)
    new = allow("sts:AssumeRole", "*", Principal={"AWS": ["111122223333", OTHER_ACCOUNT["AWS"]]})
    assert texts(policy([old], [new])) == ["the account 444455556666 may now also call sts:AssumeRole on *"]


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({}, {"Bool": {"aws:SecureTransport": "true"}}),
        ({"StringEquals": {"k": ["a", "b"]}}, {"StringEquals": {"k": "a"}}),
        ({"StringLike": {"k": "repo:acme/*"}}, {"StringEquals": {"K": "repo:acme/shop"}}),
        ({"StringEquals": {"k": "a"}}, {"StringEquals": {"k": "a", "l": "b"}}),
        ({"StringNotEquals": {"k": "a"}}, {"StringNotEquals": {"k": ["a", "b"]}}),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}}),
    ],
)
def test_a_narrower_condition_opens_nothing(wide: dict[str, Any], narrow: dict[str, Any]) -> None:
    """The opposite change does."""
    assert texts(policy([conditioned(**wide)], [conditioned(**narrow)])) == []
    assert len(texts(policy([conditioned(**narrow)], [conditioned(**wide)]))) == 1


def test_a_value_is_the_same_as_a_list_with_it() -> None:
    """Also in conditions, and true as data or text."""
    for old, new in (("a", ["a"]), (True, "true")):
        step = policy([conditioned(StringEquals={"k": old})], [conditioned(StringEquals={"k": new})])
        assert texts(step) == []


def test_a_denial_that_denies_less_opens_up() -> None:
    """What it denied may be allowed elsewhere. A denial of more, or in another form, does not."""
    grant = allow("s3:GetObject")
    expected = ["no longer denies s3:* in all cases that it denied"]
    denied = allow("s3:*", effect="Deny")
    assert texts(policy([denied, grant], [grant])) == expected
    narrowed = {**denied, "Condition": {"Bool": {"a": "b"}}}
    assert texts(policy([denied], [narrowed])) == expected
    assert texts(policy([narrowed], [denied])) == []
    one, other = allow(["a:b", "c:d"], effect="Deny"), allow(["c:d", "a:b"], effect="Deny", Sid="X")
    assert texts(policy([one], [other])) == []


@pytest.mark.parametrize("type_", [BUCKET_POLICY, QUEUE_POLICY, ROLE_POLICY])
def test_a_deleted_policy_with_a_denial_opens_up(type_: str) -> None:
    """The resource that it applies to stays."""
    step = delete(type_, {"policy": document(allow("s3:*", effect="Deny", Principal="*"))})
    assert texts(step) == ["no longer denies s3:* in all cases that it denied"]


def test_a_policy_that_is_deleted_with_its_resource_opens_nothing() -> None:
    """The same applies to the inline policy of a deleted resource."""
    inputs = {"bucket": "assets", "policy": document(allow("s3:*", effect="Deny", Principal="*"))}
    step = delete(BUCKET_POLICY, inputs).step
    bucket = delete("aws:s3/bucket:Bucket", {}, id="assets", name="assets").step
    plan = Plan((step, bucket), compared=COMPARED)
    assert texts(Subject(step, None, Graph("platform", "dev", "acme", (), plan=plan))) == []
    assert texts(delete("aws:sqs/queue:Queue", inputs)) == []


def test_excluded_actions_are_one_element() -> None:
    """NotAction with fewer exclusions allows more, with more it allows less; on all resources it is broad."""
    one, two = (
        {"Effect": "Allow", "NotAction": names, "Resource": "*"} for names in (["iam:*"], ["iam:*", "s3:*"])
    )
    assert broad(policy([two], [one])) == ["the role payments may now also call everything except iam:* on *"]
    assert texts(policy([one], [two])) == []
    assert texts(policy([one], [allow("s3:GetObject")])) == []
    assert texts(policy([allow("*")], [one])) == []
    assert len(texts(policy([allow("s3:*")], [one]))) == 1
    assert len(texts(policy([one], [allow("iam:PassRole")]))) == 1


@pytest.mark.parametrize("actions", ["*", "*:*", "iam:*", "IAM:*"])
def test_all_permissions_are_broad(actions: str) -> None:
    """On all resources; iam:* can grant itself everything."""
    assert broad(policy([], [allow(actions)]))
    assert broad(policy([], [allow(actions, "a")])) == []


@pytest.mark.parametrize(
    ("condition", "is_broad"),
    [
        ({}, True),
        ({"StringLike": {"aws:PrincipalArn": "*"}}, True),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}, "Bool": {"aws:SecureTransport": "true"}}, False),
    ],
)
def test_anyone_is_broad_unless_a_condition_limits_it(condition: dict[str, Any], is_broad: bool) -> None:
    """`*` and {"AWS": "*"} are the same; a condition that everyone can meet limits no one."""
    statement = allow("s3:GetObject", "a", Principal="*", Condition=condition)
    assert bool(broad(policy([], [statement], BUCKET_POLICY))) is is_broad
    same = {**statement, "Principal": {"AWS": "*"}}
    assert texts(policy([statement], [same], BUCKET_POLICY)) == []


def test_inline_policies_of_a_role_open_up() -> None:
    """As one document."""
    old, new = (
        {"inlinePolicies": [{"name": "a", "policy": document(allow(actions))}]}
        for actions in ("s3:GetObject", ["s3:GetObject", "s3:PutObject"])
    )
    assert texts(update(ROLE, old, new)) == ["the role may now also call s3:PutObject on *"]


def test_a_policy_that_moves_to_another_role_opens_up() -> None:
    """The other role did not have it, unless it replaces the former one."""
    old, new = ({"role": role, "policy": document(allow("s3:GetObject", "a"))} for role in ("one", "two"))
    step = update(ROLE_POLICY, old, new)
    assert texts(step) == ["the role two may now call s3:GetObject on a"]
    replaced = subject("replace", ROLE, id="one", name="role").step
    plan = Plan((replaced, step.step), compared=COMPARED)
    assert texts(replace(step, graph=Graph("platform", "dev", "acme", (), plan=plan))) == []


def test_an_endpoint_without_a_policy_allows_full_access() -> None:
    """So that a restriction opens nothing, and its removal opens up."""
    limited = {"policy": document(allow("*", Principal="*", Condition={"StringEquals": {"k": "v"}}))}
    assert texts(update(ENDPOINT, {}, limited)) == []
    assert texts(subject("create", ENDPOINT, limited)) == []
    assert texts(update(ENDPOINT, limited, {})) == ["anyone may now also call * on *"]
    assert texts(delete("aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy", limited)) == [
        "anyone may now also call * on *"
    ]
    assert texts(delete(ENDPOINT, limited)) == []


def test_a_key_without_a_policy_allows_everything_to_its_account() -> None:
    """That statement opens nothing; one for another account does."""
    root = allow("kms:*", Principal=ACCOUNT)
    type_ = "aws:kms/keyPolicy:KeyPolicy"
    assert texts(subject("create", type_, {"keyId": "k", "policy": document(root)})) == []
    both = document(root, allow("kms:Decrypt", Principal=OTHER_ACCOUNT))
    assert texts(subject("create", type_, {"keyId": "k", "policy": both})) == [
        "the account 444455556666 may now call kms:Decrypt on *"
    ]


@pytest.mark.parametrize(
    ("type_", "name"), [(ROLE_POLICY, "policy"), (ROLE, "assumeRolePolicy"), (BUCKET_POLICY, "policy")]
)
@pytest.mark.parametrize(
    ("value", "what"),
    [(UNKNOWN, "a value known only after the deployment"), (Secret("[secret]"), "a secret value")],
)
def test_a_policy_that_can_not_be_compared_is_stated(type_: str, name: str, value: Any, what: str) -> None:
    """Its permissions may be wider than the former ones."""
    step = update(type_, {name: document(allow("s3:GetObject"))}, {name: value})
    assert texts(step) == [f"sets {name} to {what}: what it allows can't be compared"]


def test_a_lifecycle_policy_is_no_permission() -> None:
    """A property of the same name."""
    step = update("aws:ecr/lifecyclePolicy:LifecyclePolicy", {"policy": "{}"}, {"policy": UNKNOWN})
    assert texts(step) == []


def test_permissions_of_a_function_open_up() -> None:
    """Lambda adds them to the policy of the function."""
    type_ = "aws:lambda/permission:Permission"
    inputs = {"principal": "*", "action": "lambda:InvokeFunction", "function": "f"}
    assert broad(subject("create", type_, inputs)) == ["anyone may now call lambda:InvokeFunction on f"]
    service = {**inputs, "principal": "s3.amazonaws.com", "sourceArn": "arn:b"}
    step = subject("create", type_, service)
    assert texts(step) == [
        's3.amazonaws.com may now call lambda:InvokeFunction on f if ArnLike aws:sourcearn ["arn:b"]'
    ]
    assert broad(step) == []


def test_grants_of_a_key_open_up() -> None:
    """With the operations as actions."""
    inputs = {"keyId": "k", "granteePrincipal": "arn:app", "operations": ["Decrypt"]}
    assert texts(subject("create", "aws:kms/grant:Grant", inputs)) == [
        "arn:app may now call kms:Decrypt on k"
    ]


def test_a_hostile_policy_is_compared_in_time() -> None:
    """Wildcards in a row, and more combinations than IAM's quotas allow."""
    wild = allow("*a" * 200 + "b", "*" * 1000)
    started = time.monotonic()
    texts(policy([wild], [allow("a" * 2000, "x" * 2000)]))
    many = [allow([f"s3:A{n}" for n in range(300)], [f"r{n}" for n in range(300)])]
    assert texts(policy([], many)) == ["changes a policy document that is too large to compare; review it"]
    old, new = (
        [allow([f"s3:{each}{n}*" for n in range(70)], [f"{each}{n}*" for n in range(70)])] for each in "ab"
    )
    assert texts(policy(old, new)) == ["changes a policy document that is too large to compare; review it"]
    assert time.monotonic() - started < 2


def test_a_document_can_be_data() -> None:
    """And have one statement without a list."""
    old = {"policy": document(allow("s3:GetObject", "a"))}
    new = {"policy": {"Statement": json.loads(document(allow("s3:PutObject", "a")))["Statement"][0]}}
    assert texts(update("aws:iam/policy:Policy", old, new)) == [
        "principals with this policy may now also call s3:PutObject on a"
    ]
