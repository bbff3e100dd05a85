"""Kubeconfig: its content, and its calls of the AWS CLI."""

from __future__ import annotations

import json

import pulumi

from platform_components.aws.cluster import KUBERNETES_VERSION, ClusterOutputs
from platform_components.aws.kubeconfig import kubeconfig
from platform_components.testing import render


def test_a_kubeconfig_holds_no_credentials() -> None:
    """It gets a token from the AWS CLI at each use, and trusts the cluster's certificate authority."""

    def program() -> None:
        facts = {
            "cluster_name": "main-dev",
            "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/main-dev",
            "endpoint": "https://abc.eks.amazonaws.com",
            "certificate_authority_data": "Y2E=",
            "version": KUBERNETES_VERSION,
            "security_group_id": "sg-1",
        }
        known = {name: pulumi.Output.from_input(value) for name, value in facts.items()}
        pulumi.export("kubeconfig", kubeconfig(ClusterOutputs(**known), "eu-west-1"))

    config = json.loads(render(program).outputs["kubeconfig"])
    assert config["clusters"][0]["cluster"] == {
        "server": "https://abc.eks.amazonaws.com",
        "certificate-authority-data": "Y2E=",
    }
    user = config["users"][0]["user"]
    assert user.keys() == {"exec"}
    assert user["exec"]["args"][:6] == [
        "eks",
        "get-token",
        "--cluster-name",
        "main-dev",
        "--region",
        "eu-west-1",
    ]
