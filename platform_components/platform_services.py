"""PlatformServices: what runs or is configured inside a cluster for all services of an environment."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Annotated, Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_aws import eks
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.rbac import v1 as rbac
from pydantic import Field, Strict

from platform_components.aws.cluster import ClusterOutputs
from platform_components.aws.kubeconfig import kubeconfig
from platform_components.base import Component, ComponentArgs, Context, Flag, Outputs, labels_of
from platform_components.kubernetes.secret_provider_class import DRIVER

_ADDON: Final = "aws-secrets-store-csi-driver-provider"
"""EKS add-on with the Secrets Store CSI driver and its AWS provider (source: Secrets Manager user guide,
"Install ASCP for Amazon EKS")."""

_DRIVER_ACCOUNT: Final = "secrets-store-csi-driver"
_DRIVER_NAMESPACE: Final = "aws-secrets-manager"
"""Namespace of the add-on (ADR 24)."""


class PlatformServicesArgs(ComponentArgs):
    """Arguments of `PlatformServices`. All fields are optional."""

    rotation_minutes: Annotated[int, Strict(), Field(ge=1, le=1440)] = 5
    """Interval in minutes in which the mounted secrets of services are compared with Secrets Manager. Each
    secret of each pod costs one request per interval."""

    sync_to_kubernetes: Flag = False
    """Support `as: env` for the secrets of services, which copies them into Kubernetes Secrets. The driver
    then has access to all Secrets of the cluster."""


class PlatformServicesOutputs(Outputs):
    """Outputs of `PlatformServices`.

    The stack of a service imports them with
    `PlatformServicesOutputs.imported(stack.upstream("platform-services"))`.
    """

    network_policy: pulumi.Output[str]
    """Namespace and name of the ConfigMap that makes the cluster enforce network policies."""
    csi_driver: pulumi.Output[str]
    """Name of the CSI driver that mounts secrets of Secrets Manager into pods."""
    sync_to_kubernetes: pulumi.Output[bool]
    """Whether the driver can copy secrets into Kubernetes Secrets."""


class PlatformServices(
    Component[PlatformServicesArgs, PlatformServicesOutputs], PlatformServicesOutputs, kind="PlatformServices"
):
    """What a cluster needs before the first service: enforcement of network policies, and mounted secrets.

    It configures EKS Auto Mode to enforce the NetworkPolicies of services, and installs the Secrets Store CSI
    driver with its AWS provider as an EKS add-on. Its deployment calls the Kubernetes API.
    """

    child_types = MappingProxyType(
        {
            "kubernetes": kubernetes.Provider,
            "network-policy": core.ConfigMapPatch,
            "secrets-driver": eks.Addon,
            "sync-role": rbac.ClusterRole,
            "sync-binding": rbac.ClusterRoleBinding,
        }
    )
    owned = MappingProxyType(
        {"network-policy": {"data": "remove it: without enforcement, no NetworkPolicy has an effect"}}
    )

    def __init__(
        self,
        name: str,
        args: PlatformServicesArgs | None = None,
        *,
        context: Context,
        cluster: ClusterOutputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args or PlatformServicesArgs(), context, opts)
        provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=kubeconfig(cluster, context.region),
            enable_server_side_apply=True,
            opts=self.child(),
        )
        # A patch, because the add-on vpc-cni of Cluster has the ConfigMap too: both can own the key while
        # they agree on it, and the patch creates the ConfigMap if it is missing (ADR 23).
        switch = core.ConfigMapPatch(
            f"{name}-network-policy",
            metadata={
                "name": "amazon-vpc-cni",
                "namespace": "kube-system",
                "annotations": {"pulumi.com/patchForce": "true"},
            },
            data={"enable-network-policy-controller": "true"},
            opts=self.child(provider=provider),
        )
        driver = eks.Addon(
            f"{name}-secrets-driver",
            cluster_name=cluster.cluster_name,
            addon_name=_ADDON,
            configuration_values=json.dumps(self._driver_settings()),
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            opts=self.child(),
        )
        if self.args.sync_to_kubernetes:
            self._allow_sync(provider, driver)
        self.finish(
            PlatformServicesOutputs(
                network_policy=switch.id,
                csi_driver=driver.arn.apply(lambda _: DRIVER),
                sync_to_kubernetes=pulumi.Output.from_input(self.args.sync_to_kubernetes),
            )
        )

    @property
    def summary(self) -> str:
        secrets = f"secrets mounted, refreshed every {self.args.rotation_minutes} min"
        parts = [
            self.stated("network policies enforced", "network-policy.data"),
            self.stated(secrets, "secrets-driver.configuration_values", "secrets-driver.addon_name"),
        ]
        return " · ".join(filter(None, parts))

    def _driver_settings(self) -> dict[str, object]:
        """The values of the driver's Helm chart, which is a dependency of the add-on's."""
        return {
            "secrets-store-csi-driver": {
                "enableSecretRotation": True,
                "rotationPollInterval": f"{self.args.rotation_minutes}m",
            }
        }

    def _allow_sync(self, provider: kubernetes.Provider, driver: eks.Addon) -> None:
        """Allow the driver to manage Secrets. The add-on ignores `syncSecret.enabled` (ADR 24)."""
        name = f"{self.name}-secrets-sync"
        metadata: meta.ObjectMetaArgsDict = {
            "name": name,
            "labels": labels_of(self.context, self.name, "secrets-sync"),
        }
        role = rbac.ClusterRole(
            f"{self.name}-sync-role",
            metadata=metadata,
            rules=[
                {
                    "api_groups": [""],
                    "resources": ["secrets"],
                    "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
                }
            ],
            opts=self.child(provider=provider, depends_on=[driver]),
        )
        rbac.ClusterRoleBinding(
            f"{self.name}-sync-binding",
            metadata=metadata,
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            subjects=[{"kind": "ServiceAccount", "name": _DRIVER_ACCOUNT, "namespace": _DRIVER_NAMESPACE}],
            opts=self.child(provider=provider, depends_on=[role]),
        )
