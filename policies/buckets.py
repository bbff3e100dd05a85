"""Buckets: no public access, and no requests without TLS. Other resources of the bucket determine both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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

Findings = Iterator[tuple[ResourceView, str | Undetermined]]

_BUCKET = "aws:s3/bucket:Bucket"
_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
_SETTINGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _public_access(stack: StackView, context: PolicyContext) -> Findings:
    blocks = _by_bucket(stack, _BLOCK)
    for bucket in stack.of_type(_BUCKET):
        if bucket.urn not in blocks:
            yield bucket, "has no public access block"
        for block in blocks.get(bucket.urn, ()):
            for name in _SETTINGS:
                value = block.peek(name)
                if isinstance(value, Undetermined):
                    yield block, value
                elif value is not True:
                    yield block, f"{name} is not on"


def _tls_only(stack: StackView, context: PolicyContext) -> Findings:
    policies = _by_bucket(stack, _POLICY)
    for bucket in stack.of_type(_BUCKET):
        if bucket.urn not in policies:
            yield bucket, "has no bucket policy, so that requests without TLS are allowed"
        for policy in policies.get(bucket.urn, ()):
            document = policy.peek("policy")
            if isinstance(document, Undetermined):
                yield policy, document
            elif not any(_denies_plain_http(statement) for statement in _statements(document)):
                yield policy, "policy does not deny requests without TLS"


def _by_bucket(stack: StackView, type_: str) -> dict[str, list[ResourceView]]:
    """The resources of a type that configure a bucket, by its URN.

    They refer to the bucket, whose name may be unknown; or both state the same name.
    """
    named = {bucket.peek("bucket"): bucket.urn for bucket in stack.of_type(_BUCKET) if bucket.has("bucket")}
    found: dict[str, list[ResourceView]] = {}
    for view in stack.of_type(type_):
        urns = [other.urn for other in stack.references(view, "bucket") if other.type == _BUCKET]
        if not urns and view.peek("bucket") in named:
            urns = [named[view.peek("bucket")]]
        for urn in urns:
            found.setdefault(urn, []).append(view)
    return found


def _statements(document: Any) -> list[Mapping[str, Any]]:
    """The statements of a policy, which is JSON or the equivalent object."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return []
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    return [each for each in _listed(statements) if isinstance(each, Mapping)]


def _denies_plain_http(statement: Mapping[str, Any]) -> bool:
    """Whether it denies all principals all actions on the bucket and its objects, only for plain HTTP."""
    resources = _listed(statement.get("Resource"))
    return (
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and any(action in ("*", "s3:*") for action in _listed(statement.get("Action")))
        and any(str(resource).endswith("/*") for resource in resources)
        and any("/" not in str(resource) for resource in resources)
        and _condition(statement) == {"bool": {"aws:securetransport": "false"}}
    )


def _condition(statement: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The condition in lower case: IAM ignores the case of its keys, and accepts `false` as a boolean."""
    condition = statement.get("Condition")
    if not isinstance(condition, Mapping):
        return {}
    return {
        str(operator).lower(): {
            str(key).lower(): ",".join(str(value).lower() for value in _listed(values))
            for key, values in keys.items()
        }
        for operator, keys in condition.items()
        if isinstance(keys, Mapping)
    }


def _listed(value: Any) -> list[Any]:
    """IAM allows one entry instead of a list of one."""
    return value if isinstance(value, list) else [value]


_ASSETS = Example(_BUCKET, {}, name="assets")
_NAMED = Example(_BUCKET, {"bucket": "acme-assets"}, name="assets")
_ALL_ON = dict.fromkeys(_SETTINGS, True)
_DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::acme-assets", "arn:aws:s3:::acme-assets/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def _blocked(bucket: Example, **settings: Any) -> StackExample:
    return _beside(bucket, _BLOCK, {"bucket": "acme-assets", **settings})


def _with_policy(policy: Any, says: str = "") -> StackExample:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return _beside(_ASSETS, _POLICY, {"bucket": "acme-assets", "policy": text}, says)


def _beside(bucket: Example, type_: str, inputs: Mapping[str, Any], says: str = "") -> StackExample:
    """A bucket, and a resource that configures it."""
    refers_to = {} if bucket is _NAMED else {"bucket": bucket}
    return StackExample((bucket, Example(type_, inputs, name="part", refers_to=refers_to)), says)


BUCKETS: Final = (
    StackRule(
        id="bucket-public-access",
        title="Every S3 bucket has a public access block with all four settings on",
        why="One public policy or ACL, added later by anyone, exposes every object in the bucket.",
        remedy="use a Bucket, or add a BucketPublicAccessBlock with all four settings",
        severity="high",
        enforcement="advisory",
        controls=("AWS FSBP S3.8", "CIS AWS v5.0.0 2.1.4", "NIST 800-53 SC-7"),
        check=_public_access,
        passing=(_blocked(_ASSETS, **_ALL_ON), _blocked(_NAMED, **_ALL_ON)),
        failing=(
            StackExample((_ASSETS,), says="has no public access block"),
            StackExample((_ASSETS, Example(_BLOCK, {"bucket": "another", **_ALL_ON}, name="other"))),
            _blocked(_ASSETS, blockPublicAcls=True),
            _blocked(_NAMED, **(_ALL_ON | {"blockPublicPolicy": False})),
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
            _with_policy({"Statement": _DENY}),
            _with_policy({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}, _DENY]}),
            _beside(_ASSETS, _POLICY, {"policy": {"Statement": [_DENY]}}),
        ),
        failing=(
            StackExample((_ASSETS,), says="has no bucket policy"),
            _with_policy("{}", says="does not deny"),
            _with_policy("no JSON"),
            _with_policy({"Statement": _DENY | {"Effect": "Allow"}}),
            _with_policy({"Statement": _DENY | {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}}),
            _with_policy({"Statement": _DENY | {"Action": "s3:GetObject"}}),
            _with_policy({"Statement": _DENY | {"Resource": "arn:aws:s3:::acme-assets/*"}}),
            _with_policy({"Statement": _DENY | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}}),
            _with_policy(
                {
                    "Statement": _DENY
                    | {
                        "Condition": {
                            "Bool": {"aws:SecureTransport": "false"},
                            "StringEquals": {"aws:PrincipalOrgID": "o-1"},
                        }
                    }
                }
            ),
        ),
    ),
)
