"""Settings that make a resource public, and links that give access."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine.values import UNKNOWN
from tests.report.exposed import broad, delete, texts, update
from tests.report.plans import changed, subject

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ACCESS = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"


@pytest.mark.parametrize(
    ("type_", "path", "old", "new", "text"),
    [
        (
            "aws:rds/instance:Instance",
            "publiclyAccessible",
            None,
            True,
            "gets an endpoint with a public address",
        ),
        ("aws:lb/loadBalancer:LoadBalancer", "internal", True, None, "becomes internet-facing"),
        (BLOCK, "blockPublicPolicy", True, False, "turns off blockPublicPolicy"),
        ("aws:s3/bucket:Bucket", "acl", "private", "public-read", "the ACL allows public access"),
        (
            "aws:apigateway/method:Method",
            "authorization",
            "AWS_IAM",
            "NONE",
            "anyone can call the method without authorization",
        ),
    ],
)
def test_a_setting_that_becomes_public_opens_up(type_: str, path: str, old: Any, new: Any, text: str) -> None:
    """The opposite change does not."""

    def inputs(value: Any) -> dict[str, Any]:
        return {} if value is None else {path: value}

    assert broad(subject("update", type_, inputs(new), changed(path, old, new))) == [text]
    if new is not None:
        assert texts(subject("update", type_, inputs(old), changed(path, new, old))) == []


def test_session_tokens_that_are_no_longer_required_open_up() -> None:
    """Also if the setting is removed; a new instance follows the account's default."""
    type_ = "aws:ec2/launchTemplate:LaunchTemplate"
    required, optional = ({"metadataOptions": {"httpTokens": each}} for each in ("required", "optional"))
    expected = ["instance credentials can be read without a session token (IMDSv1)"]
    assert texts(update(type_, required, optional)) == expected
    assert texts(update(type_, required, {})) == expected
    assert texts(update(type_, optional, required)) == []
    assert texts(subject("create", type_, {})) == []


def test_an_unknown_setting_is_stated() -> None:
    """It may be public."""
    step = update("aws:rds/instance:Instance", {"publiclyAccessible": False}, {"publiclyAccessible": UNKNOWN})
    assert texts(step) == [
        "sets publiclyAccessible to a value known only after the deployment: what it allows can't be compared"
    ]


def test_a_block_of_public_access_that_is_gone_or_moves_opens_up() -> None:
    """The former bucket no longer has it."""
    names = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    inputs = dict.fromkeys(names, True)
    expected = ["no longer blocks public access to the bucket"]
    assert texts(delete(BLOCK, inputs)) == expected
    assert texts(update(BLOCK, {**inputs, "bucket": "a"}, {**inputs, "bucket": "b"})) == expected


@pytest.mark.parametrize(
    ("type_", "inputs", "text", "is_broad"),
    [
        (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "payments", "policyArn": ADMINISTRATOR},
            f"attaches {ADMINISTRATOR} to the role payments",
            True,
        ),
        (
            "aws:iam/policyAttachment:PolicyAttachment",
            {"users": ["alice"], "policyArn": ADMINISTRATOR},
            f"attaches {ADMINISTRATOR} to the user alice",
            True,
        ),
        (
            "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
            {"roleName": "payments", "policyArns": [ADMINISTRATOR]},
            f"attaches {ADMINISTRATOR} to the role payments",
            True,
        ),
        (
            "aws:iam/userGroupMembership:UserGroupMembership",
            {"user": "alice", "groups": ["admins"]},
            "adds the user alice to the group admins",
            False,
        ),
        (
            "aws:iam/accessKey:AccessKey",
            {"user": "alice"},
            "creates an access key of the user alice",
            False,
        ),
        (
            "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
            {"url": "https://token.example"},
            "roles can trust tokens of https://token.example",
            False,
        ),
        (
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            {"namespace": "shop", "serviceAccount": "web", "roleArn": UNKNOWN},
            "assigns pods with the ServiceAccount shop/web the role [known after the deployment]",
            False,
        ),
        (
            "aws:ec2/amiLaunchPermission:AmiLaunchPermission",
            {"imageId": "ami-1", "group": "all"},
            "shares the AMI ami-1 with all",
            True,
        ),
        (
            "aws:rds/snapshot:Snapshot",
            {"sharedAccounts": ["111122223333"]},
            "shares the snapshot with 111122223333",
            False,
        ),
        (
            "aws:ec2/route:Route",
            {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"},
            "sends the traffic to 0.0.0.0/0 through the gateway igw-1",
            False,
        ),
        (
            "aws:s3/bucketAcl:BucketAcl",
            {
                "accessControlPolicy": {
                    "grants": [
                        {
                            "grantee": {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"},
                            "permission": "READ",
                        }
                    ]
                }
            },
            "the ACL grants http://acs.amazonaws.com/groups/global/AllUsers READ",
            True,
        ),
    ],
)
def test_links_that_give_access_open_up(
    type_: str, inputs: dict[str, Any], text: str, is_broad: bool
) -> None:
    """Policies, memberships, keys, identities, shared images, routes. Without a change they do not."""
    step = subject("create", type_, inputs)
    assert texts(step) == [text]
    assert broad(step) == ([text] if is_broad else [])
    assert texts(subject("update", type_, inputs, changed("tags", None, {"a": "b"}))) == []


def test_groups_of_an_access_entry_open_up() -> None:
    """Those that it did not have; system:masters has all permissions."""
    inputs = {"principalArn": "alice", "clusterName": "main", "kubernetesGroups": ["view"]}
    step = update(
        "aws:eks/accessEntry:AccessEntry", inputs, {**inputs, "kubernetesGroups": ["view", "system:masters"]}
    )
    assert broad(step) == texts(step) == ["puts alice in the Kubernetes group system:masters"]


def test_a_wider_scope_of_an_access_policy_opens_up() -> None:
    """From a namespace to the cluster, but not back."""
    inputs = {"principalArn": "alice", "policyArn": "arn:view"}
    narrow = {**inputs, "accessScope": {"type": "namespace", "namespaces": ["shop"]}}
    wide = {**inputs, "accessScope": {"type": "cluster"}}
    assert texts(update(ACCESS, narrow, wide)) == ["attaches arn:view to alice in the cluster"]
    assert texts(update(ACCESS, wide, narrow)) == []


def test_an_added_security_group_opens_up() -> None:
    """An existing resource gets its rules; a new one has to have groups."""
    type_ = "aws:rds/instance:Instance"
    old, new = ({"vpcSecurityGroupIds": groups} for groups in (["sg-1"], ["sg-1", "sg-2"]))
    assert texts(update(type_, old, new)) == ["adds the security group sg-2, whose rules it did not have"]
    assert texts(update(type_, new, old)) == []
    assert texts(subject("create", type_, new)) == []


def test_a_permissions_boundary_that_is_removed_opens_up() -> None:
    """Or replaced by another one; an added one does not."""
    type_ = "aws:iam/role:Role"
    old, other = ({"permissionsBoundary": arn} for arn in ("arn:a", "arn:b"))
    assert texts(update(type_, old, {})) == ["removes the permissions boundary arn:a"]
    assert texts(update(type_, old, other)) == ["replaces the permissions boundary arn:a by arn:b"]
    assert texts(update(type_, {}, old)) == []
