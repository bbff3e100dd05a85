"""Bucket policies that deny requests without TLS, and those that only appear to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from platform_components.base.markers import UNKNOWN
from platform_components.policy import Example, evaluate_policies
from policies.buckets import BUCKETS
from policies.tls import denies_plain_http

RULE = next(rule for rule in BUCKETS if rule.id == "bucket-tls-only")
ARN = "arn:aws:s3:::acme-assets"
DENY: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [ARN, f"{ARN}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["*"]}},
        {"Action": ["S3:*"]},
        {"Action": "*"},
        {"Resource": "*"},
        {"Resource": f"{ARN}*"},
        {"Resource": "arn:aws:s3:::*"},
        {"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}},
        {"Condition": {"Bool": {"AWS:securetransport": False}}},
        {"Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}},
    ],
    ids=str,
)
def test_a_statement_that_denies_everything_over_plain_http_suffices(changed: dict[str, Any]) -> None:
    """IAM has several notations for the same, and ignores the case of actions and condition keys."""
    assert denies_plain_http({"Statement": [DENY | changed]})


@pytest.mark.parametrize(
    "changed",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Principal": {"Service": "*"}},
        {"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Action": "s3:GetObject"},
        {"Action": None, "NotAction": "s3:GetObject"},
        {"Resource": ARN},
        {"Resource": f"{ARN}/*"},
        {"Resource": [ARN, f"{ARN}/public/*"]},
        {"Resource": [ARN, f"{ARN}/*.html"]},
        {"Resource": [ARN, f"{ARN}/"]},
        {"Resource": None, "NotResource": f"{ARN}/public/*"},
        {"Condition": None},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"StringEquals": {"aws:SecureTransport": "false"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}},
        {"Condition": DENY["Condition"] | {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
    ],
    ids=str,
)
def test_a_statement_with_exceptions_does_not_suffice(changed: dict[str, Any]) -> None:
    """Some request over plain HTTP is not denied."""
    statement = {key: value for key, value in (DENY | changed).items() if value is not None}
    assert not denies_plain_http({"Statement": [statement]})


def test_several_statements_can_cover_the_bucket_and_its_objects_together() -> None:
    """Only statements that deny plain HTTP count."""
    bucket, objects = DENY | {"Resource": ARN}, DENY | {"Resource": f"{ARN}/*"}
    assert denies_plain_http({"Statement": [bucket, objects]})
    assert not denies_plain_http({"Statement": [bucket, objects | {"Effect": "Allow"}]})


@pytest.mark.parametrize("document", ["", "not JSON", "[]", "{}", {"Statement": "none"}, None])
def test_a_document_without_statements_denies_nothing(document: object) -> None:
    """An invalid document is not a policy; S3 rejects it."""
    assert not denies_plain_http(document)


def test_a_document_is_text_or_an_object_and_a_single_statement_needs_no_list() -> None:
    """Programs pass JSON text or an object."""
    assert denies_plain_http(json.dumps({"Statement": DENY}))
    assert denies_plain_http({"Statement": DENY})


def test_an_inline_policy_from_another_resource_is_undetermined() -> None:
    """Its text is known only once that resource is deployed."""
    role = Example("aws:iam/role:Role", name="role")
    bucket = Example("aws:s3/bucket:Bucket", {"policy": UNKNOWN}, refers_to={"policy": role})
    report = evaluate_policies([role, bucket], [RULE], bucket.context)
    assert [finding.outcome for finding in report.findings] == ["undetermined"]


def test_an_unknown_output_policy_is_not_an_inline_policy() -> None:
    """Under Pulumi's CLI a bucket without a policy has an unknown output `policy` in a preview."""
    bucket = Example("aws:s3/bucket:Bucket", {"policy": UNKNOWN})
    report = evaluate_policies([bucket], [RULE], bucket.context)
    assert [finding.outcome for finding in report.findings] == ["violation"]


@pytest.mark.parametrize(
    ("statements", "outcome"),
    [
        ([DENY | {"Resource": [UNKNOWN, UNKNOWN]}], "undetermined"),
        ([DENY | {"Condition": UNKNOWN, "Resource": [UNKNOWN]}], "undetermined"),
        (UNKNOWN, "undetermined"),
        ([DENY | {"Effect": "Allow", "Resource": [UNKNOWN, UNKNOWN]}], "violation"),
        ([DENY | {"Action": "s3:PutObject", "Resource": [UNKNOWN, UNKNOWN]}], "violation"),
    ],
    ids=["resources", "condition", "statements", "allows", "one action"],
)
def test_a_policy_with_unknown_resources_is_evaluated_by_its_other_parts(
    statements: object, outcome: str
) -> None:
    """The ARN of a new bucket is unknown; no resource makes up for a statement that does not deny."""
    bucket = Example("aws:s3/bucket:Bucket")
    document = {"policy": {"Statement": statements}}
    policy = Example("aws:s3/bucketPolicy:BucketPolicy", document, refers_to={"bucket": bucket})
    report = evaluate_policies([bucket, policy], [RULE], bucket.context)
    assert [finding.outcome for finding in report.findings] == [outcome]
