"""Buckets: private, TLS-only, versioned in production, and with a stated encryption.

Resources next to a bucket configure all of this.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from platform_components.base.markers import UNKNOWN
from platform_components.policy import (
    Example,
    PolicyContext,
    Properties,
    ResourceView,
    StackExample,
    StackRule,
    StackView,
    Undetermined,
)

from .flags import is_on
from .tls import denies_everyone, denies_plain_http

Findings = Iterator[tuple[ResourceView, str | Undetermined]]

_BUCKET = "aws:s3/bucket:Bucket"
_BUCKETS = (_BUCKET, "aws:s3/bucketV2:BucketV2")
"""`BucketV2` is the former name of `Bucket`. The types below configure both; the first two have no V2."""
_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_ACCOUNT_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
_VERSIONING = (
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketVersioningV2:BucketVersioningV2",
)
_ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
_SETTINGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _public_access(stack: StackView, context: PolicyContext) -> Findings:
    blocks = _by_bucket(stack, _BLOCK)
    for bucket in stack.of_type(*_BUCKETS):
        if bucket.urn not in blocks:
            yield bucket, "has no BucketPublicAccessBlock"
    for block in stack.of_type(_BLOCK, _ACCOUNT_BLOCK):  # also those for buckets of other stacks
        for name in _SETTINGS:
            value = block.peek(name)
            if isinstance(value, Undetermined):
                yield block, value
            elif not is_on(value):
                yield block, f"{name} is not on"


def _tls_only(stack: StackView, context: PolicyContext) -> Findings:
    policies = _by_bucket(stack, _POLICY)
    for bucket in stack.of_type(*_BUCKETS):
        holders = policies.get(bucket.urn, []) + ([bucket] if _has_inline(stack, bucket, "policy") else [])
        if not holders:
            yield bucket, "has no bucket policy, so that requests without TLS are allowed"
        for holder in holders:
            yield from ((holder, problem) for problem in _plain_http(holder))


def _plain_http(holder: ResourceView) -> Iterator[str | Undetermined]:
    document = holder.peek("policy")
    if isinstance(document, Undetermined) and _can_deny_plain_http(holder):
        yield document
    elif isinstance(document, Undetermined) or not denies_plain_http(document):
        yield "policy does not deny requests without TLS"


def _can_deny_plain_http(holder: ResourceView) -> bool:
    """Whether a policy with unknown parts can deny it.

    The ARN of a new bucket is unknown, and so is JSON text that contains it. In an object, only the resources
    of the statements are unknown.
    """
    try:
        statements = [_without_resources(each) for each in holder.each("policy", "Statement")]
    except (Undetermined, TypeError):  # unknown text, or a single statement
        return True
    unknown = any(isinstance(value, Undetermined) for each in statements for value in each.values())
    return unknown or any(map(denies_everyone, statements))


def _without_resources(statement: Properties) -> dict[str, Any]:
    names = statement.keys()
    return {name: statement.peek(name) for name in names if name != "Resource"}


def _versioning(stack: StackView, context: PolicyContext) -> Findings:
    if context.tier != "production":
        return
    configured = _by_bucket(stack, *_VERSIONING)
    for bucket in stack.of_type(*_BUCKETS):
        parts = configured.get(bucket.urn, [])
        inline = "versioning" if bucket.type == _BUCKET else "versionings"
        if not parts and not _has_inline(stack, bucket, inline):
            yield bucket, "has no BucketVersioning, so that it is not versioned"
        elif not parts:
            yield from ((bucket, problem) for problem in _inline_versioning(bucket, inline))
        for part in parts:
            status = part.peek("versioningConfiguration", "status")
            if isinstance(status, Undetermined):
                yield part, status
            elif status != "Enabled":
                yield part, f"versioning is {status}, not Enabled"


def _inline_versioning(bucket: ResourceView, name: str) -> Iterator[str | Undetermined]:
    """`Bucket` has an object, `BucketV2` a list of one."""
    value = bucket.peek(name)
    if isinstance(value, Undetermined):
        yield value
    elif not all(is_on(each.get("enabled")) for each in (value if isinstance(value, list) else [value])):
        yield f"{name}.enabled is off"


def _encryption(stack: StackView, context: PolicyContext) -> Findings:
    configured = _by_bucket(stack, *_ENCRYPTION)
    for bucket in stack.of_type(*_BUCKETS):
        parts = configured.get(bucket.urn, [])
        inline = f"serverSideEncryptionConfiguration{'' if bucket.type == _BUCKET else 's'}"
        if not parts and not _has_inline(stack, bucket, inline):
            yield bucket, "has no BucketServerSideEncryptionConfiguration"
        for part in parts:
            for rule in part.each("rules"):
                blocked = rule.peek("blockedEncryptionTypes")
                if isinstance(blocked, Undetermined):
                    yield part, blocked
                elif "NONE" in (blocked or ()):
                    yield part, "accepts objects with keys of the client (SSE-C), which S3 does not keep"


def _has_inline(stack: StackView, bucket: ResourceView, name: str) -> bool:
    """Whether the program sets an argument of the bucket, such as `policy`.

    Pulumi's CLI passes outputs, and those of a new bucket are unknown. An unknown argument, in contrast, is
    computed from another resource.
    """
    if isinstance(bucket.peek(name), Undetermined):
        return bool(stack.references(bucket, name))
    return bool(bucket.peek(name))


def _by_bucket(stack: StackView, *types: str) -> dict[str, list[ResourceView]]:
    """The resources of some types that configure a bucket, by its URN.

    They refer to the bucket, whose name may be unknown; or both state the same name.
    """
    buckets = stack.of_type(*_BUCKETS)
    named = {bucket.peek("bucket"): bucket.urn for bucket in buckets if bucket.has("bucket")}
    found: dict[str, list[ResourceView]] = {}
    for view in stack.of_type(*types):
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


_ALLOW = {"Effect": "Allow", "Resource": [UNKNOWN, UNKNOWN]}


def _blocked(bucket: Example, **settings: Any) -> StackExample:
    return _configured(bucket, _BLOCK, {"bucket": "acme-assets", **settings})


def _with_policy(*statements: Mapping[str, Any], bucket: Example = _ASSETS) -> StackExample:
    text = json.dumps({"Statement": statements})
    return _configured(bucket, _POLICY, {"bucket": "acme-assets", "policy": text})


def _configured(bucket: Example, type_: str, inputs: Mapping[str, Any]) -> StackExample:
    """A bucket, and a resource that configures it."""
    refers_to = {} if bucket.inputs else {"bucket": bucket}
    part = Example(type_, inputs, bucket.environment, name="part", refers_to=refers_to)
    return StackExample((bucket, part))


def _versioned(status: str) -> StackExample:
    bucket = _ASSETS.within("prod")
    return _configured(bucket, _VERSIONING[0], {"versioningConfiguration": {"status": status}})


def _encrypted(rule: Mapping[str, Any]) -> StackExample:
    return _configured(_ASSETS, _ENCRYPTION[0], {"rules": [rule]})


def _with_inline_policy(type_: str, *statements: Mapping[str, Any]) -> StackExample:
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
            StackExample((Example(_BLOCK, {"bucket": "another"} | _ALL_ON | {"ignorePublicAcls": False}),)),
            StackExample((Example(_ACCOUNT_BLOCK, _ALL_ON | {"blockPublicPolicy": False}),)),
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
            _with_inline_policy(_BUCKET, _DENY),
            _with_inline_policy(_V2.type, _DENY),
        ),
        failing=(
            StackExample((_ASSETS,), says="has no bucket policy"),
            StackExample((_V2,), says="has no bucket policy"),
            _with_policy({"Effect": "Allow", "Action": "s3:GetObject"}),
            _with_policy(_DENY | {"Resource": _ARN}),
            _with_inline_policy(_BUCKET, _DENY | {"Effect": "Allow"}),
            _configured(_ASSETS, _POLICY, {"policy": {"Statement": [_DENY | _ALLOW]}}),
        ),
    ),
    StackRule(
        id="bucket-versioning",
        title="Every S3 bucket of production is versioned",
        why="Without versions, an object that is overwritten or deleted by mistake is lost.",
        remedy="use a Bucket with versioned=True, or add a BucketVersioning with the status Enabled",
        severity="medium",
        enforcement="advisory",
        controls=("NIST 800-53 CP-9",),
        check=_versioning,
        passing=(
            StackExample((_ASSETS,)),
            _versioned("Enabled"),
            StackExample((Example(_BUCKET, {"versioning": {"enabled": True}}, "prod"),)),
            StackExample((Example(_V2.type, {"versionings": [{"enabled": True}]}, "prod"),)),
        ),
        failing=(
            StackExample((_ASSETS.within("prod"),), says="has no BucketVersioning"),
            replace(_versioned("Suspended"), says="versioning is Suspended"),
            StackExample((Example(_BUCKET, {"versioning": {"enabled": False}}, "prod"),), says="is off"),
            StackExample((Example(_V2.type, {"versionings": [{"enabled": False}]}, "prod"),), says="is off"),
        ),
    ),
    StackRule(
        id="bucket-encryption",
        title="Every S3 bucket states its encryption, and S3 has the keys",
        why="S3 encrypts all objects, but without this resource no preview shows with which key, and that a "
        "bucket went back from a KMS key to S3's own.",
        remedy="use a Bucket, or add a BucketServerSideEncryptionConfiguration",
        severity="low",
        enforcement="advisory",
        controls=("NIST 800-53 SC-28",),
        check=_encryption,
        passing=(
            _encrypted({"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}),
            _encrypted({"blockedEncryptionTypes": ["SSE-C"]}),
            StackExample((Example(_BUCKET, {"serverSideEncryptionConfiguration": {"rule": {}}}),)),
        ),
        failing=(
            StackExample((_ASSETS,), says="has no BucketServerSideEncryptionConfiguration"),
            replace(_encrypted({"blockedEncryptionTypes": ["NONE"]}), says="accepts objects with keys"),
        ),
    ),
)
