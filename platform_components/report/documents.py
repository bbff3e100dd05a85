"""JSON documents in properties, which are compared as data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.report.transition import is_hidden, items

_FULL_ACCESS: Final = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
_ENDPOINTS: Final = ("aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy")
_KEYS: Final = ("aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy")

_POLICIES: Final = frozenset(
    {
        *("accessPolicies", "accessPolicy", "assumeRolePolicy", "inlinePolicies", "inlinePolicy"),
        *("policy", "policyDocument", "resourcePolicy"),
    }
)
"""Properties that contain IAM policy documents."""
_OTHER_POLICIES: Final = (
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:appautoscaling/",
    "aws:autoscaling/",
)
"""Types with a property of such a name for another kind of policy."""
_PERMISSION: Final = "aws:lambda/permission:Permission"
_KMS_GRANT: Final = "aws:kms/grant:Grant"


def document_of(value: Any) -> Any:
    """Return the content of a text with a JSON object or list; None for any other value."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def has_policies(type_: str, property_: str) -> bool:
    """Whether a property contains IAM policy documents, also if its value is unknown or secret."""
    return property_ in _POLICIES and not type_.startswith(_OTHER_POLICIES)


def policies_of(type_: str, inputs: Mapping[str, Any], property_: str) -> Any:
    """Return the IAM policy documents in a property, as one; None if it is something else.

    An unknown or secret value is returned as it is.
    """
    value = inputs.get(property_)
    if type_ == _PERMISSION:
        return _lambda_permission(inputs) if property_ == "principal" else None
    if type_ == _KMS_GRANT:
        return _kms_grant(inputs) if property_ == "granteePrincipal" else None
    if is_hidden(value):
        return value
    if property_ != "inlinePolicies":
        return _policy(value)
    documents = [each.get("policy") if isinstance(each, Mapping) else each for each in items(value)]
    hidden = next(filter(is_hidden, documents), None)
    if hidden is not None:
        return hidden
    return {"Statement": [each for document in documents for each in statements(_policy(document) or {})]}


def _policy(value: Any) -> Mapping[str, Any] | None:
    document = value if isinstance(value, Mapping) else document_of(value)
    return document if isinstance(document, Mapping) and "Statement" in document else None


def statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the statements; a document can have one without a list."""
    for statement in items(document.get("Statement")):
        if isinstance(statement, Mapping):
            yield statement


def default_policy(type_: str, documents: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the policy that AWS uses for a resource without one. `documents` are its other ones.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html#default-endpoint-policy and
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    if type_ in _ENDPOINTS:
        return {"Statement": [_FULL_ACCESS]}
    if type_ in _KEYS:
        root = next(filter(None, map(_root, documents)), {"AWS": "the key's account"})
        return {"Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}]}
    return {}


def _root(document: Mapping[str, Any]) -> Any:
    """The principal with all permissions: in the usual policy of a key, its account."""
    for statement in statements(document):
        principal = statement.get("Principal")
        names = items(principal.get("AWS")) if isinstance(principal, Mapping) else []
        is_account = len(names) == 1 and isinstance(names[0], str) and names[0].endswith(":root")
        if is_account and "Condition" not in statement and items(statement.get("Action")) == ["kms:*"]:
            return principal
    return None


def _lambda_permission(inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The statement that Lambda adds to the policy of the function (AddPermission of its API)."""
    principal = inputs.get("principal")
    if principal is None:
        return None
    keys = {
        "aws:PrincipalOrgID": inputs.get("principalOrgId"),
        "aws:SourceAccount": inputs.get("sourceAccount"),
        "lambda:FunctionUrlAuthType": inputs.get("functionUrlAuthType"),
    }
    tests: dict[str, Any] = {
        "StringEquals": {key: value for key, value in keys.items() if value not in (None, "NONE")}
    }
    if inputs.get("sourceArn") is not None:
        tests["ArnLike"] = {"aws:SourceArn": inputs["sourceArn"]}
    is_service = isinstance(principal, str) and principal.endswith(".amazonaws.com")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service" if is_service else "AWS": principal},
        "Action": inputs.get("action"),
        "Resource": inputs.get("function"),
        "Condition": tests,
    }
    return {"Statement": [statement]}


def _kms_grant(inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """CreateGrant of the KMS API: its operations are named like actions."""
    if not inputs:
        return None
    operations = [
        f"kms:{each}" if isinstance(each, str) else each for each in items(inputs.get("operations"))
    ]
    principal = {"AWS": inputs.get("granteePrincipal")}
    return {
        "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": operations, "Resource": inputs.get("keyId")}
        ]
    }
