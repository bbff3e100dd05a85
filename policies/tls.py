"""Whether a bucket policy denies requests without TLS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .documents import listed, statements

_CONDITION_KEY: Final = "aws:securetransport"


def denies_plain_http(document: Any) -> bool:
    """Whether the policy denies everyone all actions on the bucket and its objects over plain HTTP.

    The two may be in different statements. The document is JSON text, or the object it stands for.
    """
    resources = [
        str(resource)
        for statement in statements(document)
        if denies_everyone(statement)
        for resource in listed(statement.get("Resource"))
    ]
    return any(map(_covers_bucket, resources)) and any(map(_covers_objects, resources))


def denies_everyone(statement: Mapping[str, Any]) -> bool:
    """Whether a statement denies every principal all actions over plain HTTP, on some resources."""
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        principal = "*" if "*" in listed(principal.get("AWS")) else None
    return (
        statement.get("Effect") == "Deny"
        and principal == "*"
        and any(str(action).lower() in ("*", "s3:*") for action in listed(statement.get("Action")))
        and _applies_to_plain_http(statement.get("Condition"))
    )


def _applies_to_plain_http(condition: Any) -> bool:
    """Whether every key of the condition is `aws:SecureTransport`, with false among its values."""
    if not isinstance(condition, Mapping) or not condition:
        return False
    return all(
        str(operator).lower() in ("bool", "boolifexists")
        and isinstance(keys, Mapping)
        and all(_is_plain_http(str(key), values) for key, values in keys.items())
        for operator, keys in condition.items()
    )


def _is_plain_http(key: str, values: Any) -> bool:
    return key.lower() == _CONDITION_KEY and any(str(value).lower() == "false" for value in listed(values))


# S3 accepts only resources that match the policy's own bucket, so that its name need not be compared.


def _covers_bucket(resource: str) -> bool:
    return "/" not in resource


def _covers_objects(resource: str) -> bool:
    """`bucket/*`, and patterns without a slash such as `buck*`; not `bucket/prefix/*`."""
    before, slash, key = resource.partition("/")
    return set(key if slash else before[-1:]) == {"*"}
