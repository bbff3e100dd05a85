"""Kubeconfig: the configuration of kubectl and Pulumi's Kubernetes provider for a cluster."""

from __future__ import annotations

import json

import pulumi

from platform_components.aws.cluster import ClusterOutputs


def kubeconfig(cluster: ClusterOutputs, region: str) -> pulumi.Output[str]:
    """Return a kubeconfig without credentials: `aws eks get-token` gets a token for the caller.

    The format is JSON, a subset of YAML, for `pulumi_kubernetes.Provider(kubeconfig=...)` and kubectl.
    The caller needs the AWS CLI and an access entry in the cluster.
    """

    def render(values: dict[str, str]) -> str:
        name = values["name"]
        get_token = ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"]
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [
                    {
                        "name": name,
                        "cluster": {
                            "server": values["server"],
                            "certificate-authority-data": values["authority"],
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
