"""Clusters: the Kubernetes API is not open to the internet, and its secrets are encrypted with a KMS key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .addresses import open_range
from .flags import is_off

Findings = Iterator[str | Undetermined]

_CLUSTER = "aws:eks/cluster:Cluster"
_EVERYWHERE: Final = ["0.0.0.0/0"]
"""The default of EKS for a public endpoint (EKS user guide, "Cluster API server endpoint")."""


def _public_endpoint(view: ResourceView, context: PolicyContext) -> Findings:
    if is_off(view.get("vpcConfig", "endpointPublicAccess")):
        return
    sources = view.get("vpcConfig", "publicAccessCidrs") or _EVERYWHERE
    if found := open_range(sources):
        yield f"vpcConfig: the public endpoint is open to {found}"


def _secrets(view: ResourceView, context: PolicyContext) -> Findings:
    if "secrets" not in (view.get("encryptionConfig", "resources") or ()):
        yield "encryptionConfig does not contain secrets"


def _endpoint(**config: Any) -> Example:
    return Example(_CLUSTER, {"vpcConfig": {"subnetIds": ["subnet-1"], **config}})


def _encrypted(*resources: str) -> Example:
    config = {
        "provider": {"keyArn": "arn:aws:kms:eu-west-1:123456789012:key/1"},
        "resources": list(resources),
    }
    return Example(_CLUSTER, {"encryptionConfig": config})


CLUSTERS: Final = (
    Rule(
        id="cluster-endpoint",
        title="The public endpoint of a cluster is disabled, or limited to known addresses",
        why="Everyone on the internet can use leaked credentials, and vulnerabilities of the Kubernetes API.",
        remedy="use a Cluster, set endpoint_public_access=False, or list public_access_cidrs",
        severity="high",
        controls=("AWS FSBP EKS.1", "NIST 800-53 SC-7"),
        types=(_CLUSTER,),
        check=_public_endpoint,
        passing=(
            _endpoint(endpointPublicAccess=False),
            _endpoint(endpointPublicAccess=False, publicAccessCidrs=["0.0.0.0/0"]),
            _endpoint(endpointPublicAccess=True, publicAccessCidrs=["192.0.2.0/24"]),
        ),
        failing=(
            _endpoint(),
            _endpoint(endpointPublicAccess=True),
            _endpoint(endpointPublicAccess="true", publicAccessCidrs=["192.0.2.0/24", "0.0.0.0/0"]),
            _endpoint(publicAccessCidrs=["0.0.0.0/1", "128.0.0.0/1"]),
        ),
    ),
    Rule(
        id="cluster-secrets-encryption",
        title="The Kubernetes secrets of a cluster are encrypted with a KMS key",
        why="With a key of AWS, access to the secrets can't be revoked or audited with the key.",
        remedy="use a Cluster, or set encryption_config with the resource secrets",
        severity="medium",
        enforcement="advisory",
        controls=("AWS FSBP EKS.3", "NIST 800-53 SC-28"),
        types=(_CLUSTER,),
        check=_secrets,
        passing=(_encrypted("secrets"),),
        failing=(Example(_CLUSTER, {}), _encrypted()),
    ),
)
