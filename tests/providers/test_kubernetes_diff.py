"""Which changes replace a Kubernetes object, its provider or a Helm release, and in which order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from platform_components.engine.state.sealed import Incomparable
from platform_components.engine.values import UNKNOWN, Secret
from platform_components.providers import known_providers
from platform_components.providers.kubernetes import KubernetesProvider
from tests.providers.states import resource

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
PROVIDER = "pulumi:providers:kubernetes"
RELEASE = "kubernetes:helm.sh/v3:Release"


class SealedText:
    """A secret of a state that can be decrypted."""

    def __init__(self, text: str) -> None:
        self._text = text

    def equals(self, value: Any) -> bool | None:
        return bool(value == self._text)

    def reveal(self) -> str:
        return self._text


def effect(type_: str, path: str, old: Any = "a", new: Any = "b") -> str:
    return known_providers(f"kubernetes:{type_}").effect(f"kubernetes:{type_}", path, old, new)


@pytest.mark.parametrize(
    ("type_", "path", "expected"),
    [
        ("apps/v1:Deployment", "metadata.name", "replace"),
        ("example.com/v1:Shop", "metadata.namespace", "replace"),
        ("apps/v1:Deployment", "metadata.labels.team", "update"),
        ("apps/v1:Deployment", "spec.selector.matchLabels.app", "replace"),
        ("apps/v1:Deployment", "spec.template.spec.containers.image", "update"),
        ("apps/v1:StatefulSet", "spec.volumeClaimTemplates.spec.storageClassName", "replace"),
        ("apps/v1:StatefulSet", "spec.replicas", "update"),
        ("batch/v1:Job", "spec.template.spec.containers.image", "replace"),
        ("batch/v1:CronJob", "spec.jobTemplate.spec.template", "update"),
        ("core/v1:Service", "spec.clusterIP", "replace"),
        ("core/v1:Service", "spec.clusterIPs", "update"),
        ("core/v1:Service", "spec.type", "update"),
        ("core/v1:PersistentVolumeClaim", "spec.storageClassName", "replace"),
        ("core/v1:Pod", "spec.containers.env.value", "replace"),
        ("core/v1:Secret", "data.key", "replace"),
        ("core/v1:Secret", "type", "replace"),
        ("core/v1:ConfigMap", "data.key", "replace"),
        ("core/v1:ConfigMap", "binaryData", "replace"),
        ("core/v1:ConfigMapPatch", "data.key", "update"),
        ("core/v1:ConfigMapPatch", "metadata.name", "replace"),
        ("rbac.authorization.k8s.io/v1:RoleBinding", "roleRef.name", "replace"),
        ("rbac.authorization.k8s.io/v1:RoleBinding", "subjects", "update"),
        ("storage.k8s.io/v1:StorageClass", "parameters.type", "replace"),
        ("apiextensions.k8s.io/v1:CustomResourceDefinition", "spec.versions", "update"),
        ("policy/v1:PodDisruptionBudget", "spec.minAvailable", "update"),
        ("helm.sh/v3:Release", "name", "replace"),
        ("helm.sh/v3:Release", "values.replicas", "update"),
    ],
)
def test_the_properties_that_replace(type_: str, path: str, expected: str) -> None:
    """forceNewProperties in pulumi-kubernetes, provider/pkg/provider/diff.go."""
    assert effect(type_, path) == expected


def test_an_added_object_replaces_if_it_has_such_a_property() -> None:
    """A container with an image does; a removed container does not, and the API server refuses it."""
    assert effect("core/v1:Pod", "spec.containers", None, {"name": "web", "image": "web:1"}) == "replace"
    assert effect("core/v1:Pod", "spec.containers", {"image": "web:1"}, None) == "unknown"
    assert effect("apps/v1:Deployment", "spec", None, Secret({"selector": {}})) == "replace"
    assert effect("apps/v1:Deployment", "spec", None, {"replicas": 1}) == "update"


def test_removed_metadata_replaces() -> None:
    """Its name is gone."""
    assert effect("core/v1:ConfigMap", "metadata", {"name": "a"}, None) == "replace"


@pytest.mark.parametrize(
    ("type_", "path", "old", "new"),
    [
        ("core/v1:PersistentVolumeClaim", "spec.volumeMode", "Block", "Filesystem"),
        ("core/v1:PersistentVolumeClaim", "spec.resources.requests.storage", "20Gi", "10Gi"),
        ("core/v1:ConfigMap", "immutable", True, None),
        ("storage.k8s.io/v1:StorageClass", "reclaimPolicy", "Delete", "Retain"),
        ("networking.k8s.io/v1:IngressClass", "spec.controller", "a", "b"),
        ("batch/v1:Job", "spec.completionMode", "Indexed", "NonIndexed"),
        ("scheduling.k8s.io/v1:PriorityClass", "value", 1, 2),
    ],
)
def test_what_the_api_server_refuses_possibly_replaces(type_: str, path: str, old: Any, new: Any) -> None:
    """The provider tries an update, as a preview of Pulumi says; it takes a replacement."""
    assert effect(type_, path, old, new) == "unknown"


def test_a_larger_volume_is_an_update() -> None:
    """Only a smaller one is refused."""
    path = "spec.resources.requests.storage"
    assert effect("core/v1:PersistentVolumeClaim", path, "1024Mi", "2Gi") == "update"
    assert effect("core/v1:PersistentVolumeClaim", path, "1Gi", UNKNOWN) == "update"


def test_data_of_mutable_config_maps_is_updated() -> None:
    """`enableConfigMapMutable`, except in an immutable one; Secrets have an option of their own."""
    mutable = KubernetesProvider.configured({"enableConfigMapMutable": "true"})
    after = {"data": {"key": "b"}}

    def within(type_: str, inputs: dict[str, Any]) -> str:
        return mutable.effect_within(type_, "data.key", "a", "b", before={}, after=inputs)

    assert within(CONFIG_MAP, after) == "update"
    assert within(CONFIG_MAP, {**after, "immutable": True}) == "replace"
    assert within("kubernetes:core/v1:Secret", after) == "replace"
    assert mutable.effect(CONFIG_MAP, "data.key", "a", "b") == "unknown"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"name": "a"}, {"name": "a"}, True),
        ({"name": "a", "namespace": "default"}, {"name": "a"}, True),
        ({"name": "a", "namespace": "shop"}, {"name": "a", "namespace": "other"}, False),
        ({"name": "a"}, {"name": "b"}, False),
        ({"name": "a"}, {"name": UNKNOWN}, False),
        ({"name": "a"}, {"name": "a", "annotations": {"pulumi.com/autonamed": "true"}}, False),
        ({"name": "a"}, {"name": "a", "namespace": UNKNOWN}, False),
        ({"name": "a"}, UNKNOWN, False),
    ],
)
def test_a_replacement_with_the_same_name_deletes_first(old: Any, new: Any, expected: bool) -> None:
    """Both objects can't exist, unless the name is generated: Diff in provider.go."""
    state = resource(CONFIG_MAP, {"kind": "ConfigMap", "metadata": old})
    inputs = {"kind": "ConfigMap", "metadata": new}
    assert KubernetesProvider().deletes_first(CONFIG_MAP, state, inputs) is expected


def test_a_release_is_replaced_before_the_old_one_is_deleted() -> None:
    """Whatever its name is."""
    state = resource(RELEASE, {"name": "shop"})
    assert not KubernetesProvider().deletes_first(RELEASE, state, {"name": "shop"})


def kubeconfig(server: str = "https://one.example.com", *, user: str = "a", namespace: str = "") -> str:
    context = {"cluster": "main", "user": user} | ({"namespace": namespace} if namespace else {})
    other = {"cluster": "other", "user": user}
    return json.dumps(
        {
            "clusters": [
                {"name": "main", "cluster": {"server": server}},
                {"name": "other", "cluster": {"server": "https://other.example.com"}},
            ],
            "contexts": [{"name": "main", "context": context}, {"name": "other", "context": other}],
            "current-context": "main",
        }
    )


def configured(path: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    model = known_providers(PROVIDER)
    assert isinstance(model, KubernetesProvider)
    old, new = before.get(path), after.get(path)
    return model.effect_within(PROVIDER, path, old, new, before=before, after=after)


ONE, TWO = kubeconfig(), kubeconfig("https://two.example.com")


@pytest.mark.parametrize(
    ("path", "before", "after", "expected"),
    [
        ("kubeconfig", {"kubeconfig": ONE}, {"kubeconfig": UNKNOWN}, "replace"),
        ("kubeconfig", {}, {"kubeconfig": ONE}, "update"),
        ("kubeconfig", {"kubeconfig": ONE}, {"kubeconfig": kubeconfig(user="b")}, "update"),
        ("kubeconfig", {"kubeconfig": ONE}, {"kubeconfig": TWO}, "replace"),
        ("kubeconfig", {"kubeconfig": "/a"}, {"kubeconfig": "/b"}, "unknown"),
        (
            "kubeconfig",
            {"kubeconfig": ONE, "clusterIdentifier": "x"},
            {"kubeconfig": TWO, "clusterIdentifier": "x"},
            "update",
        ),
        (
            "kubeconfig",
            {"kubeconfig": ONE, "clusterIdentifier": "x"},
            {"kubeconfig": TWO, "clusterIdentifier": "y"},
            "replace",
        ),
        ("clusterIdentifier", {}, {"clusterIdentifier": "x"}, "update"),
        ("clusterIdentifier", {"clusterIdentifier": "x"}, {}, "update"),
        ("clusterIdentifier", {"clusterIdentifier": "x"}, {"clusterIdentifier": "y"}, "replace"),
        ("context", {"kubeconfig": ONE}, {"kubeconfig": ONE, "context": "other"}, "replace"),
        ("context", {"kubeconfig": ONE}, {"kubeconfig": ONE, "context": "none"}, "update"),
        ("context", {"kubeconfig": ONE}, {"kubeconfig": ONE, "context": UNKNOWN}, "replace"),
        ("cluster", {"kubeconfig": ONE}, {"kubeconfig": ONE, "cluster": "other"}, "replace"),
        ("cluster", {"kubeconfig": ONE}, {"kubeconfig": ONE, "cluster": "none"}, "update"),
        ("namespace", {}, {"namespace": "shop"}, "update"),
        ("renderYamlToDirectory", {}, {"renderYamlToDirectory": "out"}, "replace"),
    ],
)
def test_another_cluster_replaces_the_provider(
    path: str, before: dict[str, Any], after: dict[str, Any], expected: str
) -> None:
    """The cases of provider_diffconfig_test.go in pulumi-kubernetes. Files are not read here."""
    assert configured(path, before, after) == expected


def test_the_cluster_of_a_secret_kubeconfig_is_compared() -> None:
    """Marked in the program, and sealed in the state."""
    before = {"kubeconfig": Secret(SealedText(ONE))}
    assert configured("kubeconfig", before, {"kubeconfig": Secret(kubeconfig(user="b"))}) == "update"
    assert configured("kubeconfig", before, {"kubeconfig": Secret(TWO)}) == "replace"
    without_key = {"kubeconfig": Secret(Incomparable())}
    assert configured("kubeconfig", without_key, {"kubeconfig": Secret(TWO)}) == "unknown"


def test_the_namespace_of_objects_follows_from_the_configuration() -> None:
    """The provider's, then that of the context; without a kubeconfig it depends on the machine."""
    configured = KubernetesProvider.configured
    assert configured({"namespace": "shop", "kubeconfig": ONE}).namespace == "shop"
    assert configured({"kubeconfig": kubeconfig(namespace="team")}).namespace == "team"
    assert configured({"kubeconfig": ONE}).namespace == "default"
    assert configured({"namespace": UNKNOWN}).namespace is None
    assert configured({}).namespace is None


CRD = "apiextensions.k8s.io/v1:CustomResourceDefinition"


@pytest.mark.parametrize(
    ("type_", "path", "old", "new", "expected"),
    [
        (CRD, "spec.group", "a", "b", "unknown"),
        (CRD, "spec.scope", "Namespaced", "Cluster", "unknown"),
        (CRD, "spec.names.plural", "a", "b", "unknown"),
        (CRD, "spec.names.kind", "A", "B", "unknown"),
        (CRD, "spec.names.shortNames", "a", "b", "update"),
        (CRD, "spec.versions", {"name": "v1"}, None, "unknown"),
        (CRD, "spec.versions", None, {"name": "v1"}, "update"),
        (CRD, "spec.versions.name", "v1", "v2", "unknown"),
        (CRD, "spec.versions.served", True, False, "update"),
        ("core/v1:PersistentVolume", "spec.nodeAffinity.required", {"a": 1}, {"a": 2}, "unknown"),
        ("core/v1:PersistentVolume", "spec.nodeAffinity", None, {"required": {}}, "update"),
        ("core/v1:Service", "spec.ipFamilies", "IPv4", "IPv6", "unknown"),
        ("core/v1:Service", "spec.ipFamilies", None, "IPv6", "update"),
    ],
)
def test_further_fields_that_the_api_server_does_not_change(
    type_: str, path: str, old: Any, new: Any, expected: str
) -> None:
    """Validate...Update in pkg/apis/core/validation of Kubernetes and in apiextensions-apiserver."""
    assert effect(type_, path, old, new) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [("LoadBalancer", "LoadBalancer", "unknown"), ("ClusterIP", "LoadBalancer", "update")],
)
def test_the_class_of_a_load_balancer_is_set_once(before: str, after: str, expected: str) -> None:
    """validateLoadBalancerClassField; it can be set together with the type."""
    found = KubernetesProvider().effect_within(
        "kubernetes:core/v1:Service",
        "spec.loadBalancerClass",
        "a",
        "b",
        before={"spec": {"type": before}},
        after={"spec": {"type": after}},
    )
    assert found == expected
