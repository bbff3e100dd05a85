"""ACLs of buckets and objects: they grant nothing to everyone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

Findings = Iterator[str | Undetermined]

_BUCKET = "aws:s3/bucket:Bucket"
_ACLS: Final = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
_WITH_GRANTS: Final = (_BUCKET, "aws:s3/bucketV2:BucketV2")
_OBJECTS: Final = (
    *("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2"),
    "aws:s3/objectCopy:ObjectCopy",
)
_PUBLIC: Final = ("public-read", "public-read-write", "authenticated-read")
"""ACLs for everyone, or for every AWS account (S3 user guide, "Access control list (ACL) overview")."""
_GROUPS: Final = ("/global/AllUsers", "/global/AuthenticatedUsers")
"""Ends of the URIs of the groups of everyone and of every AWS account (the same page)."""


def _public_acl(view: ResourceView, context: PolicyContext) -> Findings:
    acl = view.peek("acl")
    if isinstance(acl, Undetermined):
        yield acl
    elif acl in _PUBLIC:
        yield f"acl is {acl}"
    for path, uri in _grantees(view):
        if isinstance(uri, Undetermined):
            yield uri
        elif str(uri).endswith(_GROUPS):
            yield f"{path} grants access to {str(uri).rpartition('/')[2]}"


def _grantees(view: ResourceView) -> Iterator[tuple[str, Any]]:
    if view.type in _ACLS:
        for grant in view.each("accessControlPolicy", "grants"):
            yield grant.path, grant.peek("grantee", "uri")
    elif view.type in _WITH_GRANTS:
        for grant in view.each("grants"):
            yield grant.path, grant.peek("uri")


_EVERYONE = "http://acs.amazonaws.com/groups/global/AllUsers"

BUCKET_ACLS: Final = (
    Rule(
        id="bucket-public-acl",
        title="No ACL gives everyone access to a bucket or an object",
        why="Everyone on the internet can read the objects, and with some ACLs replace them.",
        remedy="remove the ACL; serve public files with CloudFront",
        severity="critical",
        controls=("AWS FSBP S3.2", "AWS FSBP S3.3", "NIST 800-53 SC-7"),
        types=(*_WITH_GRANTS, *_ACLS, *_OBJECTS),
        check=_public_acl,
        general=True,
        passing=(
            Example(_BUCKET, {}),
            Example(_BUCKET, {"acl": "private"}),
            Example(_ACLS[0], {"acl": "log-delivery-write"}),
            Example(_OBJECTS[0], {"acl": "bucket-owner-full-control"}),
        ),
        failing=(
            *(Example(_BUCKET, {"acl": acl}, says=f"acl is {acl}") for acl in _PUBLIC),
            *(Example(type_, {"acl": "public-read"}) for type_ in (*_ACLS, *_OBJECTS)),
            Example(
                _BUCKET,
                {"grants": [{"type": "Group", "permissions": ["READ"], "uri": _EVERYONE}]},
                says="grants[0] grants access to AllUsers",
            ),
            Example(
                _ACLS[0],
                {"accessControlPolicy": {"grants": [{"grantee": {"type": "Group", "uri": _EVERYONE}}]}},
                says="accessControlPolicy.grants[0] grants access to AllUsers",
            ),
        ),
    ),
)
