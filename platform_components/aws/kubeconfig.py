"""Kubeconfig: how kubectl and Pulumi's Kubernetes provider reach a cluster."""

from __future__ import annotations

import json

import pulumi

from platform_components.aws.cluster import ClusterOutputs


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
