"""IAM: no service is an administrator, and no policy allows everyone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .documents import Statement, allows_everyone, grants_administration, service_wildcards, statements

Findings = Iterator[str | Undetermined]
Stated = Iterator[tuple[str, Any]]
"""Properties with their values, each of which can be an Undetermined."""

_ROLE = "aws:iam/role:Role"
_ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
_BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"

_IDENTITY_POLICIES: Final = (
    _ROLE,
    _ROLE_POLICY,
    "aws:iam/policy:Policy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
_ATTACHMENTS: Final = (
    _ATTACHMENT,
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)
_ADMINISTRATORS: Final = re.compile(
    r"arn:[^:]+:iam::aws:policy/(AdministratorAccess|IAMFullAccess|PowerUserAccess)"
)
"""AWS managed policies that allow everything, or everything of IAM, or everything else."""

_RESOURCE_POLICIES: Final[Mapping[str, str]] = {
    _ROLE: "assumeRolePolicy",
    _KEY_POLICY: "policy",
    _BUCKET_POLICY: "policy",
    **dict.fromkeys(
        (
            *("aws:kms/key:Key", "aws:kms/externalKey:ExternalKey", "aws:kms/replicaKey:ReplicaKey"),
            *("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"),
            *("aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"),
            *("aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"),
            *("aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretPolicy:SecretPolicy"),
            "aws:ecr/repositoryPolicy:RepositoryPolicy",
        ),
        "policy",
    ),
    **dict.fromkeys(
        ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"),
        "accessPolicies",
    ),
}
"""The property with the resource policy or trust policy of a type."""


def _administrators(view: ResourceView, context: PolicyContext) -> Findings:
    for path, arn in _managed_policies(view):
        if isinstance(arn, Undetermined):
            yield arn
        elif arn and (found := _ADMINISTRATORS.fullmatch(str(arn))):
            yield f"{path} is {found[1]}"
    for path, statement in _identity_statements(view):
        if isinstance(statement, Undetermined):
            yield statement
        elif grants_administration(statement):
            yield f"{path} allows everything, or everything of IAM, on all resources"


def _service_wildcards(view: ResourceView, context: PolicyContext) -> Findings:
    for path, statement in _identity_statements(view):
        if isinstance(statement, Undetermined):
            yield statement
        elif actions := service_wildcards(statement):
            yield f"{path} allows {', '.join(actions)} on all resources"


def _managed_policies(view: ResourceView) -> Stated:
    if view.type in _ATTACHMENTS:
        yield "policyArn", view.peek("policyArn")
    elif view.type == _ROLE:
        arns = view.peek("managedPolicyArns")
        known = [arns] if isinstance(arns, Undetermined) else arns or []
        yield from (("managedPolicyArns", arn) for arn in known)


def _identity_statements(view: ResourceView) -> Iterator[tuple[str, Statement | Undetermined]]:
    if view.type == _ROLE:
        for policy in view.each("inlinePolicies"):
            yield from _statements(f"{policy.path}.policy", policy.peek("policy"))
    elif view.type in _IDENTITY_POLICIES:
        yield from _statements("policy", view.peek("policy"))


def _public(view: ResourceView, context: PolicyContext) -> Findings:
    name = _RESOURCE_POLICIES[view.type]
    for path, statement in _statements(name, view.peek(name)):
        if isinstance(statement, Undetermined):
            yield statement
        elif allows_everyone(statement):
            yield f"{path} allows every principal, without a condition that restricts the callers"


def _statements(path: str, document: Any) -> Iterator[tuple[str, Statement | Undetermined]]:
    if isinstance(document, Undetermined):
        yield path, document
    else:
        yield from ((path, statement) for statement in statements(document))


def _document(*found: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": found})


def _allowing(type_: str, **statement: Any) -> Example:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return Example(type_, {"policy": _document(everything | statement)})


_ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole"}
_EVERYONE = {"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*"}
_ADMIN_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"


def _restricted(operator: str, key: str, value: Any) -> Example:
    statement = _EVERYONE | {"Condition": {operator: {key: value}}}
    return Example(_BUCKET_POLICY, {"policy": _document(statement)})


IAM: Final = (
    Rule(
        id="iam-administrator",
        title="No IAM policy allows everything, or everything of IAM",
        why="Whoever controls a pod or a key of such a principal controls the account.",
        remedy="list the actions and resources; administrators come from IAM Identity Center",
        severity="critical",
        controls=("AWS FSBP IAM.1", "NIST 800-53 AC-6"),
        types=(*_IDENTITY_POLICIES, *_ATTACHMENTS),
        check=_administrators,
        passing=(
            _allowing(_ROLE_POLICY, Action="s3:GetObject"),
            _allowing(_ROLE_POLICY, Action=["iam:Get*", "iam:List*"]),
            _allowing(_ROLE_POLICY, Action="*", Resource="arn:aws:s3:::acme-assets/*"),
            _allowing(_ROLE_POLICY, Effect="Deny"),
            Example(_ROLE, {"managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"]}),
            Example(_ROLE, {"inlinePolicies": [{"name": "none"}]}),
            Example(_ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy"}),
        ),
        failing=(
            *(_allowing(type_) for type_ in _IDENTITY_POLICIES if type_ != _ROLE),
            *(Example(type_, {"policyArn": _ADMIN_ARN}) for type_ in _ATTACHMENTS),
            Example(_ATTACHMENT, {"policyArn": "arn:aws-cn:iam::aws:policy/IAMFullAccess"}),
            Example(
                _ROLE, {"managedPolicyArns": [_ADMIN_ARN]}, says="managedPolicyArns is AdministratorAccess"
            ),
            Example(
                _ROLE,
                {
                    "inlinePolicies": [
                        {"policy": _document({"Effect": "Allow", "Action": "*", "Resource": "*"})}
                    ]
                },
                says="inlinePolicies[0].policy allows everything",
            ),
            _allowing(_ROLE_POLICY, Action=["s3:GetObject", "*:*"]),
            _allowing(_ROLE_POLICY, Action="IAM:*"),
            _allowing(_ROLE_POLICY, Action="i?m:*"),
            _allowing(_ROLE_POLICY, Resource=["arn:aws:iam::*:*"]),
            _allowing(_ROLE_POLICY, Condition={"Bool": {"aws:SecureTransport": "true"}}),
            Example(
                _ROLE_POLICY,
                {"policy": _document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})},
            ),
        ),
    ),
    Rule(
        id="iam-service-wildcard",
        title="No IAM policy allows all actions of a service on all resources",
        why="The actions include those that delete data, and those that AWS adds later.",
        remedy="list the actions, or a common prefix such as s3:Get*, and the resources",
        severity="medium",
        enforcement="advisory",
        controls=("AWS FSBP IAM.21", "NIST 800-53 AC-6"),
        types=_IDENTITY_POLICIES,
        check=_service_wildcards,
        passing=(
            _allowing(_ROLE_POLICY, Action="s3:Get*"),
            _allowing(_ROLE_POLICY, Action="s3:*", Resource="arn:aws:s3:::acme-assets/*"),
            _allowing(_ROLE_POLICY, Action="s3:*", Effect="Deny"),
        ),
        failing=(
            _allowing(_ROLE_POLICY, Action=["s3:*", "sqs:SendMessage"]),
            _allowing("aws:iam/policy:Policy", Action="dynamodb:*"),
        ),
    ),
    Rule(
        id="policy-public",
        title="No trust policy or resource policy allows every principal",
        why="Everyone with an AWS account, or without one, can use the role, the key or the data.",
        remedy="name the principals, or restrict callers with a condition such as aws:PrincipalOrgID",
        severity="critical",
        controls=("CIS AWS v7.0.0 2.21", "NIST 800-53 AC-3"),
        types=tuple(_RESOURCE_POLICIES),
        check=_public,
        general=True,
        passing=(
            Example(
                _ROLE,
                {"assumeRolePolicy": _document(_ASSUME | {"Principal": {"Service": "ec2.amazonaws.com"}})},
            ),
            Example(_BUCKET_POLICY, {"policy": _document(_EVERYONE | {"Effect": "Deny"})}),
            _restricted("StringEquals", "aws:PrincipalOrgID", "o-acme"),
            _restricted("StringEquals", "AWS:SourceAccount", "123456789012"),
            _restricted("IpAddress", "aws:SourceIp", ["192.0.2.0/24"]),
            _restricted("ArnLike", "aws:SourceArn", "arn:aws:s3:::acme-assets"),
            Example("aws:sqs/queue:Queue", {}),
        ),
        failing=(
            Example(_ROLE, {"assumeRolePolicy": _document(_ASSUME | {"Principal": {"AWS": "*"}})}),
            Example(_ROLE, {"assumeRolePolicy": {"Statement": [_ASSUME | {"Principal": "*"}]}}),
            *(
                Example(type_, {name: _document(_EVERYONE)}, says=f"{name} allows every principal")
                for type_, name in _RESOURCE_POLICIES.items()
            ),
            Example(_KEY_POLICY, {"policy": _document(_EVERYONE | {"Principal": {"AWS": ["*"]}})}),
            Example(
                _KEY_POLICY,
                {"policy": _document({"Effect": "Allow", "Action": "kms:*", "NotPrincipal": {"AWS": "1"}})},
            ),
            _restricted("Bool", "aws:SecureTransport", "true"),
            _restricted("StringLike", "aws:PrincipalOrgID", "*"),
            _restricted("StringNotEquals", "aws:PrincipalOrgID", "o-acme"),
            _restricted("StringEqualsIfExists", "aws:PrincipalOrgID", "o-acme"),
            _restricted("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]),
        ),
    ),
)
