"""Every argument that components send to AWS is valid in botocore's service models."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.testing import Resource
from tests.aws_requests import REQUESTS, policy_documents, problems_in
from tests.inventory import CASES, Case, deployed_graph_of


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_service_models_of_aws_accept_every_argument(case: Case) -> None:
    """Names, types, enums, ranges and patterns, in every variant and tier."""
    resources = [each for each in deployed_graph_of(case).managed if each.type.startswith("aws:")]
    assert [problem for resource in resources for problem in problems_in(resource)] == []


MISTAKES: dict[str, tuple[str, dict[str, Any], str]] = {
    "an unknown argument": ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "cidr": "10.0.0.0/16"}, "cidr:"),
    "a wrong type": ("aws:rds/instance:Instance", {"multiAz": "yes"}, "multiAz = 'yes' must be of type bool"),
    "a value that is not in an enum": (
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": "a", "versioningConfiguration": {"status": "On"}},
        "must be one of Enabled, Suspended",
    ),
    "a value that does not match a pattern": (
        "aws:eks/cluster:Cluster",
        {"name": "main dev"},
        "name = 'main dev' must match",
    ),
    "a number out of range": ("aws:iam/role:Role", {"maxSessionDuration": 1}, "must be at least 3600"),
    "a text that is too long": (
        "aws:kms/key:Key",
        {"description": "x" * 8193},
        "must be at most 8192",
    ),
    "an unknown argument in a block": (
        "aws:eks/cluster:Cluster",
        {"accessConfig": {"mode": "API"}},
        "accessConfig.mode: CreateAccessConfigRequest has no member mode",
    ),
    "a missing argument": ("aws:eks/addon:Addon", {"addonName": "vpc-cni"}, "clusterName is required"),
    "a missing argument in a block": (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {"bucket": "a", "rules": [{"id": "expire"}]},
        "rules[0].Status is required",
    ),
    "a tag that AWS reserves": (
        "aws:kms/key:Key",
        {"tags": {"aws:name": "x"}},
        "aws:name is not a valid key",
    ),
    "a type without an entry": ("aws:sqs/queue:Queue", {}, "add it to REQUESTS"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_kind_of_mistake_is_reported(mistake: str) -> None:
    """The check itself: each constraint of the models has a value that violates it."""
    type_, inputs, expected = MISTAKES[mistake]
    resource = Resource(urn="urn", type=type_, name="wrong", custom=True, inputs=inputs)
    assert any(expected in problem for problem in problems_in(resource)), problems_in(resource)


def test_no_entry_is_left_over() -> None:
    """REQUESTS contains only types that components create, so that its size is what is covered."""
    created = {each.type for case in CASES for each in deployed_graph_of(case).managed}
    assert sorted(set(REQUESTS) - created) == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_iam_accepts_every_policy_document(case: Case) -> None:
    """Each has the current version and statements with an effect and actions or their exclusion."""
    for resource in deployed_graph_of(case).managed:
        for argument, document in policy_documents(resource):
            where = f"{resource.name}.{argument}"
            assert document["Version"] == "2012-10-17", where
            for statement in document["Statement"]:
                assert statement["Effect"] in ("Allow", "Deny"), where
                assert ("Action" in statement) != ("NotAction" in statement), where
