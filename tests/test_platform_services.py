"""PlatformServices: a cluster enforces network policies and mounts secrets before the first service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from platform_components.base import Tier
from platform_components.platform_services import (
    PlatformServices,
    PlatformServicesArgs,
    PlatformServicesOutputs,
)
from platform_components.testing import UNKNOWN, Graph, ProgramError, render
from tests.deployed import render_deployed
from tests.kubernetes_schema import problems_in
from tests.samples import Build, context_of, given_foundation

SWITCH = "kubernetes:core/v1:ConfigMapPatch"
ADDON = "aws:eks/addon:Addon"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
STACK = "organization/platform/platform-services.dev"

VARIANTS: Mapping[str, Build] = {
    "minimal": lambda context: PlatformServices("main", context=context, cluster=given_foundation().cluster),
    "sync": lambda context: PlatformServices(
        "main",
        PlatformServicesArgs(sync_to_kubernetes=True),
        context=context,
        cluster=given_foundation().cluster,
    ),
}


def build(tier: Tier = "development", **args: Any) -> PlatformServices:
    """Create the component. Call it in a program."""
    cluster = given_foundation().cluster
    return PlatformServices("main", PlatformServicesArgs(**args), context=context_of(tier), cluster=cluster)


def services(**args: Any) -> Graph:
    return render(lambda: build(**args))


def test_network_policies_are_switched_on_where_auto_mode_reads_it() -> None:
    """The ConfigMap has the name, the namespace and the key that the EKS user guide documents."""
    inputs = services().one(SWITCH).inputs
    assert (inputs["metadata"]["name"], inputs["metadata"]["namespace"]) == ("amazon-vpc-cni", "kube-system")
    assert inputs["data"] == {"enable-network-policy-controller": "true"}


def test_the_config_map_may_exist() -> None:
    """The add-on of earlier clusters created it. A patch takes over the key, and leaves the rest as it is."""
    graph = services()
    assert graph.one(SWITCH).inputs["metadata"]["annotations"] == {"pulumi.com/patchForce": "true"}
    assert "labels" not in graph.one(SWITCH).inputs["metadata"]
    assert graph.of_type("kubernetes:core/v1:ConfigMap") == ()


def test_it_calls_the_cluster_and_no_other() -> None:
    """The kubeconfig is that of the cluster, so that the credentials' default cluster does not matter."""
    graph = services(sync_to_kubernetes=True)
    provider = graph.one("pulumi:providers:kubernetes")
    assert json.loads(provider.inputs["kubeconfig"])["current-context"] == "main-live"
    for type_ in (SWITCH, ROLE, BINDING):
        assert graph.one(type_).provider.startswith(provider.urn)
    assert graph.one(ADDON).inputs["clusterName"] == "main-live"


def test_the_driver_is_the_add_on_of_aws() -> None:
    """EKS updates the add-on's images, and no Helm chart is rendered on the machine that deploys."""
    assert services().one(ADDON).inputs["addonName"] == "aws-secrets-store-csi-driver-provider"


def test_secrets_rotate() -> None:
    """The driver compares mounted secrets with Secrets Manager, by default every five minutes."""
    for minutes, args in (("5m", {}), ("60m", {"rotation_minutes": 60})):
        values = json.loads(services(**args).one(ADDON).inputs["configurationValues"])
        driver = values["secrets-store-csi-driver"]
        assert (driver["enableSecretRotation"], driver["rotationPollInterval"]) == (True, minutes)


def test_the_driver_has_no_access_to_kubernetes_secrets() -> None:
    """By default: files need none."""
    graph = services()
    assert graph.of_type(ROLE) == graph.of_type(BINDING) == ()


def test_the_driver_may_sync_to_kubernetes_secrets() -> None:
    """The binding names the service account of the add-on's driver."""
    graph = services(sync_to_kubernetes=True)
    (rule,) = graph.one(ROLE).inputs["rules"]
    assert (rule["apiGroups"], rule["resources"]) == ([""], ["secrets"])
    (account,) = graph.one(BINDING).inputs["subjects"]
    assert (account["name"], account["namespace"]) == ("secrets-store-csi-driver", "aws-secrets-manager")
    assert [problems_in(graph.one(type_).inputs) for type_ in (ROLE, BINDING)] == [[], []]


def test_services_import_its_outputs() -> None:
    """They are known once it is deployed: before, no pod could mount a secret."""

    def service() -> None:
        imported = PlatformServicesOutputs.imported(pulumi.StackReference(STACK))
        pulumi.export("driver", imported.csi_driver)
        pulumi.export("sync", imported.sync_to_kubernetes)

    def stack() -> None:
        build().outputs.export()

    exported = render(stack).outputs
    assert set(exported) == set(PlatformServicesOutputs.exported_names())
    assert render(service, references={STACK: exported}).outputs == {"driver": UNKNOWN, "sync": False}
    exported = render_deployed(stack).outputs
    read = render(service, references={STACK: exported}).outputs
    assert read["driver"] == "secrets-store.csi.k8s.io"


def test_enforcement_of_network_policies_cannot_be_overridden() -> None:
    """It would disable the network policies of all services of the cluster."""
    override = {"network-policy": {"data": {"enable-network-policy-controller": "false"}}}
    with pytest.raises(ProgramError, match=r"network-policy.data .*is set by the component"):
        render(lambda: build(customize=override))
