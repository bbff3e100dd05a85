"""Endpoint policies: which principals can use the VPC endpoints of a network.

An endpoint policy grants nothing; it is a boundary. These admit principals of the VPC's account, or of its
organization, so that no data can be sent to another account with credentials of that account. They follow
"VPC endpoint policy examples" in aws-samples/data-perimeter-policy-examples, except that resources are not
restricted, because workloads use buckets and keys of other accounts, and that downloads from S3 are open for
all buckets: layers of registry.k8s.io are in its own buckets (prometheus-community/helm-charts#2421).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Final

import pulumi

from platform_components.aws.iam import Condition, Statement, policy_document
from platform_components.base import matching

OrganizationId = Annotated[
    str, matching(r"o-[a-z0-9]{10,32}", "the ID of an AWS organization such as o-a1b2c3d4e5")
]
"""ID of an organization in AWS Organizations."""


def endpoint_policy(
    service: str, vpc_arn: pulumi.Output[str], organization_id: str | None
) -> pulumi.Output[str] | None:
    """Return the JSON of the policy of a service's endpoint; None for full access, AWS's default."""
    if service not in _STATEMENTS:
        return None

    def document(arn: str) -> pulumi.Output[str]:
        scope = _Scope(organization_id, arn.split(":")[4])
        return policy_document([*_everywhere(scope), *_STATEMENTS[service](scope)])

    return vpc_arn.apply(document)


class _Scope:
    """The organization or, without one, the account."""

    def __init__(self, organization_id: str | None, account: str) -> None:
        suffix, value = ("OrgID", organization_id) if organization_id else ("Account", account)
        self.principals: Condition = {"StringEquals": {f"aws:Principal{suffix}": value}}
        self.resources: Condition = {"StringEquals": {f"aws:Resource{suffix}": value}}


def _everywhere(scope: _Scope) -> Iterator[Statement]:
    yield Statement("*", ["*"], sid="OwnPrincipals", principal="*", condition=scope.principals)
    by_aws = {"Bool": {"aws:PrincipalIsAWSService": "true"}}
    yield Statement("*", ["*"], sid="AwsServices", principal="*", condition=by_aws)


def _downloads(scope: _Scope) -> Iterator[Statement]:
    # Image layers (ECR's with URLs that its account signs, those of registry.k8s.io without credentials) and
    # packages of Amazon Linux are in buckets of other accounts.
    yield Statement("s3:GetObject", ["*"], sid="Downloads", principal="*")


def _web_identities(scope: _Scope) -> Iterator[Statement]:
    # The caller has a token of its identity provider, and is not a principal yet.
    actions = ("sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
    yield Statement(actions, ["*"], sid="FederatedPrincipals", principal="*", condition=scope.resources)


def _nothing_else(scope: _Scope) -> Iterator[Statement]:
    return iter(())


_STATEMENTS: Final[Mapping[str, Callable[[_Scope], Iterator[Statement]]]] = {
    "s3": _downloads,
    "sts": _web_identities,
    **dict.fromkeys(
        ("dynamodb", "ec2", "ecr.api", "ecr.dkr", "eks", "kms", "logs", "secretsmanager"), _nothing_else
    ),
}
"""Services whose user guides describe endpoint policies, with their statements besides the common ones.
Others keep full access: some services accept nothing else (EKS user guide, "AWS PrivateLink")."""
