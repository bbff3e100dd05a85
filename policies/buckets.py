"""Buckets: no public access, and no requests without TLS. Resources next to a bucket configure both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from platform_components.policy import (
    Example,
    PolicyContext,
    ResourceView,
    StackExample,
    StackRule,
    StackView,
    Undetermined,
)

from .tls import denies_plain_http

Findings = Iterator[tuple[ResourceView, str | Undetermined]]

_BUCKET = "aws:s3/bucket:Bucket"
_BUCKETS = (_BUCKET, "aws:s3/bucketV2:BucketV2")
"""`BucketV2` is the former name of `Bucket`. The two types below configure both; neither has a V2."""
_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
_SETTINGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _public_access(stack: StackView, context: PolicyContext) -> Findings:
    blocks = _by_bucket(stack, _BLOCK)
    for bucket in stack.of_type(*_BUCKETS):
        if bucket.urn not in blocks:
            yield bucket, "has no BucketPublicAccessBlock"
        for block in blocks.get(bucket.urn, ()):
            for name in _SETTINGS:
                value = block.peek(name)
                if isinstance(value, Undetermined):
                    yield block, value
                elif value is not True:
                    yield block, f"{name} is not on"


def _tls_only(stack: StackView, context: PolicyContext) -> Findings:
    policies = _by_bucket(stack, _POLICY)
    for bucket in stack.of_type(*_BUCKETS):
        holders = policies.get(bucket.urn, []) + ([bucket] if _has_inline_policy(stack, bucket) else [])
        if not holders:
            yield bucket, "has no bucket policy, so that requests without TLS are allowed"
        for holder in holders:
            document = holder.peek("policy")
            if isinstance(document, Undetermined):
                yield holder, document
            elif not denies_plain_http(document):
                yield holder, "policy does not deny requests without TLS"


def _has_inline_policy(stack: StackView, bucket: ResourceView) -> bool:
    """Whether the program sets the bucket's argument `policy`.

    Pulumi's CLI passes outputs, and a new bucket's output `policy` is unknown. An unknown argument, in
    contrast, is computed from another resource.
    """
    if isinstance(bucket.peek("policy"), Undetermined):
        return bool(stack.references(bucket, "policy"))
    return bool(bucket.peek("policy"))


def _by_bucket(stack: StackView, type_: str) -> dict[str, list[ResourceView]]:
    """The resources of a type that configure a bucket, by its URN.

    They refer to the bucket, whose name may be unknown; or both state the same name.
    """
    buckets = stack.of_type(*_BUCKETS)
    named = {bucket.peek("bucket"): bucket.urn for bucket in buckets if bucket.has("bucket")}
    found: dict[str, list[ResourceView]] = {}
    for view in stack.of_type(type_):
        urns = [other.urn for other in stack.references(view, "bucket") if other.type in _BUCKETS]
        if not urns and view.peek("bucket") in named:
            urns = [named[view.peek("bucket")]]
        for urn in urns:
            found.setdefault(urn, []).append(view)
    return found


_ASSETS = Example(_BUCKET, name="assets")
_NAMED = Example(_BUCKET, {"bucket": "acme-assets"}, name="assets")
_V2 = Example("aws:s3/bucketV2:BucketV2", name="assets")
_V2_NAMED = replace(_V2, inputs={"bucket": "acme-assets"})
_ALL_ON = dict.fromkeys(_SETTINGS, True)
_ARN = "arn:aws:s3:::acme-assets"
_ON_HTTP = {"Bool": {"aws:SecureTransport": "false"}}
_DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [_ARN, f"{_ARN}/*"],
    "Condition": _ON_HTTP,
}


def _blocked(bucket: Example, **settings: Any) -> StackExample:
    return _configured(bucket, _BLOCK, {"bucket": "acme-assets", **settings})


def _with_policy(*statements: Mapping[str, Any], bucket: Example = _ASSETS) -> StackExample:
    text = json.dumps({"Statement": statements})
    return _configured(bucket, _POLICY, {"bucket": "acme-assets", "policy": text})


def _configured(bucket: Example, type_: str, inputs: Mapping[str, Any]) -> StackExample:
    """A bucket, and a resource that configures it."""
    refers_to = {} if bucket.inputs else {"bucket": bucket}
    return StackExample((bucket, Example(type_, inputs, name="part", refers_to=refers_to)))


def _inline(type_: str, *statements: Mapping[str, Any]) -> StackExample:
    return StackExample((Example(type_, {"policy": json.dumps({"Statement": statements})}, name="assets"),))


BUCKETS: Final = (
    StackRule(
        id="bucket-public-access",
        title="Every S3 bucket has a public access block with all four settings on",
        why="S3 blocks public access to new buckets, but without this resource the program does not manage "
        "that: no preview shows that it was turned off, and a public policy or ACL then exposes objects.",
        remedy="use a Bucket, or add a BucketPublicAccessBlock with all four settings, "
        "also if the account has an AccountPublicAccessBlock",
        severity="high",
        enforcement="advisory",
        controls=("AWS FSBP S3.8", "CIS AWS v5.0.0 2.1.4", "NIST 800-53 SC-7"),
        check=_public_access,
        passing=(
            _blocked(_ASSETS, **_ALL_ON),
            _blocked(_NAMED, **_ALL_ON),
            _blocked(_V2, **_ALL_ON),
            _blocked(_V2_NAMED, **_ALL_ON),
        ),
        failing=(
            StackExample((_ASSETS,), says="has no BucketPublicAccessBlock"),
            StackExample((_V2,), says="has no BucketPublicAccessBlock"),
            StackExample((_ASSETS, Example(_BLOCK, {"bucket": "another", **_ALL_ON}, name="other"))),
            _blocked(_ASSETS, blockPublicAcls=True),
            _blocked(_NAMED, **(_ALL_ON | {"blockPublicPolicy": False})),
            _blocked(_V2, **(_ALL_ON | {"restrictPublicBuckets": False})),
        ),
    ),
    StackRule(
        id="bucket-tls-only",
        title="Every S3 bucket has a policy that denies requests without TLS",
        why="Plain HTTP exposes objects and signed requests to everyone on the network path.",
        remedy="use a Bucket, or deny s3:* on the bucket and its objects if aws:SecureTransport is false",
        severity="medium",
        enforcement="advisory",
        controls=("AWS FSBP S3.5", "CIS AWS v5.0.0 2.1.1", "NIST 800-53 SC-8"),
        check=_tls_only,
        passing=(
            _with_policy(_DENY),
            _with_policy(_DENY, bucket=_V2),
            _with_policy({"Effect": "Allow", "Action": "s3:GetObject"}, _DENY),
            _with_policy(_DENY | {"Resource": _ARN}, _DENY | {"Resource": f"{_ARN}/*"}),
            _configured(_ASSETS, _POLICY, {"policy": {"Statement": [_DENY]}}),
            _inline(_BUCKET, _DENY),
            _inline(_V2.type, _DENY),
        ),
        failing=(
            StackExample((_ASSETS,), says="has no bucket policy"),
            StackExample((_V2,), says="has no bucket policy"),
            _with_policy({"Effect": "Allow", "Action": "s3:GetObject"}),
            _with_policy(_DENY | {"Resource": _ARN}),
            _inline(_BUCKET, _DENY | {"Effect": "Allow"}),
        ),
    ),
)
