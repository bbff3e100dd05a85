"""Pod identity: an IAM role for the pods of one service account, through EKS Pod Identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import eks, iam

from platform_components.aws.cluster import ClusterOutputs
from platform_components.aws.iam import Statement, policy_document
from platform_components.base import Component


@dataclass(frozen=True)
class PodIdentity:
    """The role of a service account, and the association that makes it effective."""

    role: iam.Role
    association: eks.PodIdentityAssociation

    @classmethod
    def of(
        cls,
        component: Component[Any],
        cluster: ClusterOutputs,
        service_account: str,
        *,
        description: str,
        prefix: str = "",
    ) -> PodIdentity:
        """Create the children `<prefix>role` and `<prefix>identity` of a component.

        The service account is in the namespace with the name of the component.
        """
        name = component.name
        role = iam.Role(
            f"{name}-{prefix}role",
            description=description,
            assume_role_policy=_trust(name, service_account, cluster),
            opts=component.child(),
        )
        association = eks.PodIdentityAssociation(
            f"{name}-{prefix}identity",
            cluster_name=cluster.cluster_name,
            namespace=name,
            service_account=service_account,
            role_arn=role.arn,
            opts=component.child(),
        )
        return cls(role, association)


def _trust(namespace: str, service_account: str, cluster: ClusterOutputs) -> pulumi.Output[str]:
    """Trust policy that allows only pods with this service account in this cluster."""
    pods = {
        "aws:RequestTag/eks-cluster-arn": cluster.arn,
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": service_account,
    }
    return policy_document(
        [
            Statement(
                sid="PodIdentity",
                principal={"Service": "pods.eks.amazonaws.com"},
                actions=("sts:AssumeRole", "sts:TagSession"),
                condition={"StringEquals": pods},
            )
        ]
    )
