"""Access entries: the IAM principals that a cluster admits, and their permissions in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Annotated, Any

from pulumi_aws import eks
from pydantic import AfterValidator

from platform_components.aws.partitions import partition_of
from platform_components.base import Component, Problem
from platform_components.base.values import InvalidValueError

_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]+", re.ASCII)
_SESSION = re.compile(r"arn:aws[a-z-]*:sts::[0-9]{12}:assumed-role/.+", re.ASCII)


def _principal(arn: str) -> str:
    if _SESSION.fullmatch(arn):
        what = "must be the ARN of an IAM role, not of a session of it"
        raise InvalidValueError(what, "use the role's ARN, which `aws iam get-role` returns")
    if not _PRINCIPAL.fullmatch(arn):
        raise ValueError("must be the ARN of an IAM role or user, such as arn:aws:iam::111122223333:role/ops")
    # Source: EKS user guide, "Create access entries".
    if ":role/aws-service-role/" in arn:
        what = "must not be a service-linked role: EKS access entries do not support them"
        raise InvalidValueError(what, "use a role of your own")
    # Without the path, EKS answers "invalid principal" (source: IAM Identity Center user guide, "Referencing
    # permission sets in resource policies").
    if ":role/AWSReservedSSO_" in arn:
        what = "must contain the path of a role of IAM Identity Center"
        raise InvalidValueError(
            what, "such as role/aws-reserved/sso.amazonaws.com/<region>/AWSReservedSSO_..."
        )
    return arn


PrincipalArn = Annotated[str, AfterValidator(_principal)]
"""ARN of an IAM role or user, with its path."""


def principal_problems(field: str, arns: tuple[str, ...], region: str) -> Iterable[Problem]:
    """Yield the problems of principals of another partition than the region's."""
    expected = partition_of(region).name
    for index, arn in enumerate(arns):
        if arn.split(":")[1] != expected:
            what = f"must be in the partition of {region}, {expected}"
            yield Problem(f"{field}[{index}]", what, "use a principal of that partition", arn)


def grant_access(component: Component[Any], cluster: eks.Cluster, arn: str, policy: str) -> None:
    """Create the children that grant an IAM principal access to a cluster, with an access policy of EKS.

    Child names contain the principal, so that the order of principals is irrelevant.
    """
    entry = eks.AccessEntry(
        f"{component.name}-access-entry-{slug(arn)}",
        cluster_name=cluster.name,
        principal_arn=arn,
        type="STANDARD",
        opts=component.child(),
    )
    partition = partition_of(component.context.region).name
    eks.AccessPolicyAssociation(
        f"{component.name}-access-policy-{slug(arn)}",
        cluster_name=cluster.name,
        principal_arn=entry.principal_arn,
        policy_arn=f"arn:{partition}:eks::aws:cluster-access-policy/{policy}",
        access_scope={"type": "cluster"},
        opts=component.child(),
    )


def slug(arn: str) -> str:
    """Return a principal as part of a child name: the last part of its ARN, and a hash to make it unique."""
    own = re.sub(r"[^a-z0-9]+", "-", arn.rpartition("/")[2].lower()).strip("-")
    return f"{own}-{hashlib.sha256(arn.encode()).hexdigest()[:6]}"
