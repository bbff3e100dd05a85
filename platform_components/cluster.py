"""Cluster: EKS in Auto Mode, with a private endpoint, encrypted secrets and all control-plane logs."""

from __future__ import annotations

import json

import pulumi

from platform_components.base import Outputs

KUBERNETES_VERSION = "1.34"
"""The Kubernetes minor of a cluster that states none; the one that the workloads are checked against."""


class ClusterOutputs(Outputs):
    """What a cluster gives. No credentials: `kubeconfig()` asks IAM for a token at each use."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster, as `aws eks` and Pod Identity take it."""
    arn: pulumi.Output[str]
    """ARN of the cluster."""
    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API."""
    certificate_authority_data: pulumi.Output[str]
    """Certificate authority of the Kubernetes API, base64. Public."""
    version: pulumi.Output[str]
    """Kubernetes minor that the control plane runs."""
    security_group_id: pulumi.Output[str]
    """The cluster's own security group, which Auto Mode nodes and so their pods are in."""


def kubeconfig(cluster: ClusterOutputs, region: str) -> pulumi.Output[str]:
    """A kubeconfig that holds no credentials: `aws eks get-token` turns the caller's own into a token.

    JSON, which is YAML too, for `pulumi_kubernetes.Provider(kubeconfig=...)` and kubectl. Whoever uses
    it needs the aws CLI and an access entry in the cluster.
    """

    def render(facts: dict[str, str]) -> str:
        name = facts["name"]
        get_token = ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"]
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [
                    {
                        "name": name,
                        "cluster": {
                            "server": facts["server"],
                            "certificate-authority-data": facts["authority"],
                        },
                    }
                ],
                "users": [
                    {
                        "name": name,
                        "user": {
                            "exec": {
                                "apiVersion": "client.authentication.k8s.io/v1beta1",
                                "command": "aws",
                                "args": get_token,
                                "interactiveMode": "Never",
                            }
                        },
                    }
                ],
                "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
                "current-context": name,
            }
        )

    return pulumi.Output.all(
        name=cluster.cluster_name,
        server=cluster.endpoint,
        authority=cluster.certificate_authority_data,
    ).apply(render)
