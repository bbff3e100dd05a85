"""What the Kubernetes provider does with inputs in Check. tests/real_states has recorded calls."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from pulumi._types import input_type_py_to_pulumi_names

from platform_components.engine.plan.difference import differences
from platform_components.engine.plan.providers import Checked
from platform_components.engine.values import UNKNOWN, Secret
from platform_components.providers.kubernetes import KubernetesProvider
from platform_components.providers.kubernetes.normalized import known_fields
from tests.providers.states import resource

REMOVED_FROM_THE_API = {
    "core/v1.EphemeralVolumeSource.readOnly",
    "core/v1.EventSeries.state",
    "core/v1.PodResourceClaim.source",
    "core/v1.PodSpec.workloadRef",
    "core/v1.ServiceSpec.ipFamily",
    "core/v1.ServiceSpec.topologyKeys",
    "events/v1beta1.EventSeries.state",
    "meta/v1.ObjectMeta.clusterName",
    "networking/v1.NetworkPolicy.status",
    "resource/v1.Device.nodeAllocatableResourceMappings",
    "resource/v1beta1.BasicDevice.nodeAllocatableResourceMappings",
    "resource/v1beta2.Device.nodeAllocatableResourceMappings",
}
"""Fields that the SDK still has from earlier versions of Kubernetes."""

AUTONAMED = {"pulumi.com/autonamed": "true"}


def config_map(metadata: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    found = {"apiVersion": "v1", "kind": "ConfigMap", **fields}
    return found if metadata is None else {**found, "metadata": metadata}


def definition(schema: dict[str, Any]) -> dict[str, Any]:
    versions = [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]
    kind = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    return {**kind, "metadata": {"name": "shops.example.com"}, "spec": {"versions": versions}}


def check(
    given: dict[str, Any], old: dict[str, Any] | None, *, type_: str = "", namespace: str | None = None
) -> Checked:
    type_ = type_ or f"kubernetes:core/v1:{given.get('kind')}"
    state = None if old is None else resource(type_, old)
    return KubernetesProvider(namespace=namespace).check(type_, given, state)


def changed(given: dict[str, Any], old: dict[str, Any], **options: Any) -> list[str]:
    return [each.path for each in differences(old, check(given, old, **options).inputs)]


def test_a_generated_name_is_kept() -> None:
    """With the annotation that marks it; other annotations are those of the program."""
    old = config_map({"name": "settings-0a1b2c3d", "annotations": {**AUTONAMED, "team": "shop"}})
    assert changed(config_map({"annotations": {"team": "shop"}}), old) == []
    assert changed(config_map(), old) == ["metadata.annotations.team"]


def test_a_name_that_the_program_stops_giving_is_removed() -> None:
    """The provider then generates one for a replacement."""
    assert changed(config_map({}), config_map({"name": "settings"})) == ["metadata.name"]


def test_a_name_that_the_program_starts_giving_removes_the_mark() -> None:
    """Even if it is the generated one."""
    old = config_map({"name": "settings-0a1b2c3d", "annotations": AUTONAMED})
    expected = ['metadata.annotations["pulumi.com/autonamed"]']
    found = changed(config_map({"name": "settings-0a1b2c3d", "annotations": {}}), old)
    assert found in (expected, ["metadata.annotations"])


def test_the_label_of_version_3_is_kept() -> None:
    """Version 4 sets it only where the state has it; the program's own value is overwritten."""
    label = {"app.kubernetes.io/managed-by": "pulumi"}
    assert changed(config_map({"name": "a"}), config_map({"name": "a", "labels": label})) == []
    own = {"app.kubernetes.io/managed-by": "shop"}
    assert changed(config_map({"name": "a", "labels": own}), config_map({"name": "a", "labels": label})) == []
    assert changed(config_map({"name": "a"}), config_map({"name": "a", "labels": own})) == ["metadata.labels"]


def test_no_namespace_is_the_one_named_default() -> None:
    """In the program or in the state."""
    named = {"name": "a", "namespace": "default"}
    assert changed(config_map({"name": "a"}), config_map(named)) == []
    assert changed(config_map(named), config_map({"name": "a"})) == []


def test_no_namespace_is_that_of_the_provider() -> None:
    """So another provider's moves the object."""
    old = config_map({"name": "a", "namespace": "shop"})
    assert changed(config_map({"name": "a"}), old, namespace="shop") == []
    assert changed(config_map({"name": "a"}), old, namespace="other") == ["metadata.namespace"]


def test_the_namespace_of_an_unknown_provider_is_undecided() -> None:
    """The program may have set it before, or the provider still does."""
    old = config_map({"name": "a", "namespace": "shop"})
    checked = check(config_map({"name": "a"}), old)
    assert checked.undecided == ("metadata",)
    assert checked.inputs["metadata"]["namespace"] is UNKNOWN


def test_objects_of_the_cluster_have_no_namespace() -> None:
    """One in the inputs changes nothing."""
    given = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "namespace": "x"}}
    old = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    assert changed(given, old) == []


def test_text_of_a_secret_becomes_its_data() -> None:
    """As a secret, whether the program marks it or not."""
    given = {"apiVersion": "v1", "kind": "Secret", "stringData": {"key": "invented"}}
    inputs = check(given, None).inputs
    assert inputs["data"] == Secret({"key": "aW52ZW50ZWQ="})
    assert "stringData" not in inputs


def test_text_of_a_secret_stays_text_where_the_state_has_text() -> None:
    """As versions before 4.3 recorded it."""
    given = {"apiVersion": "v1", "kind": "Secret", "stringData": {"key": Secret("invented")}}
    old = {"apiVersion": "v1", "kind": "Secret", "stringData": Secret({"key": "invented"})}
    assert changed(given, old) == []
    other = {**given, "stringData": {"key": Secret("other")}}
    assert changed(other, old) == ["stringData.key"]


def test_a_list_with_a_secret_is_a_secret() -> None:
    """An object is not: only its secret properties are."""
    env = [{"name": "KEY", "value": Secret("invented")}, {"name": "LEVEL", "value": "info"}]
    given = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "web", "env": env}]}}
    inputs = check(given, None).inputs
    plain = [{"name": "KEY", "value": "invented"}, {"name": "LEVEL", "value": "info"}]
    assert inputs["spec"] == {"containers": Secret([{"name": "web", "env": plain}])}


def test_an_object_with_unknowns_is_not_normalized() -> None:
    """Its other properties stay as the program gives them."""
    spec = {"containers": [{"name": "web", "image": UNKNOWN, "ports": []}]}
    given = {"apiVersion": "v1", "kind": "Pod", "spec": spec}
    assert check(given, None).inputs == given


def test_an_object_with_a_value_of_another_type_is_not_normalized() -> None:
    """The provider leaves the whole object as it is."""
    given = {"apiVersion": "v1", "kind": "Pod", "spec": {"priority": "3", "volumes": []}}
    assert check(given, None).inputs == given


def test_a_part_that_means_the_same_has_the_form_of_the_state() -> None:
    """So a difference is only what the program changes, whichever version recorded the state."""
    container = {"name": "web", "ports": [], "resources": {"limits": {"cpu": "0.5"}}}
    old = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{**container, "image": "web:1"}]}}
    new = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{**container, "image": "web:2"}]}}
    assert changed(new, old) == ["spec.containers[0].image"]


def test_unknown_metadata_is_left_as_it_is() -> None:
    """As a whole, or in parts."""
    old = config_map({"name": "a-0a1b2c3d", "namespace": "shop", "annotations": AUTONAMED})
    assert check({**config_map(), "metadata": UNKNOWN}, old).inputs["metadata"] is UNKNOWN
    metadata = {"name": UNKNOWN, "namespace": UNKNOWN, "labels": UNKNOWN, "annotations": UNKNOWN}
    assert check(config_map(metadata), old).inputs["metadata"] == metadata
    unnamed = check(config_map({"namespace": "shop", "annotations": UNKNOWN}), old).inputs["metadata"]
    assert unnamed == {"name": "a-0a1b2c3d", "namespace": "shop", "annotations": UNKNOWN}


def test_custom_resources_are_compared_as_they_are() -> None:
    """The provider does not know their types."""
    given = {"apiVersion": "example.com/v1", "kind": "Shop", "metadata": {"name": "a"}, "spec": {"items": []}}
    type_ = "kubernetes:example.com/v1:Shop"
    assert check(given, None, type_=type_).inputs == given


def test_definitions_have_the_names_of_the_api() -> None:
    """The SDKs have underscores; a state of 3.x too."""
    sdk, api = {"x_kubernetes_list_type": "set"}, {"x-kubernetes-list-type": "set"}
    type_ = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    assert changed(definition(sdk), definition(api), type_=type_) == []
    assert changed(definition(sdk), definition(sdk), type_=type_) == []


RELEASE = "kubernetes:helm.sh/v3:Release"
CHART = {"chart": "shop", "version": "1.2.3"}


def test_a_release_keeps_what_check_fills_in() -> None:
    """Name, namespace and timeout, and a zero value for each property that is not given."""
    filled = {"name": "shop-0a1b2c3d", "namespace": "default", "timeout": 300, "atomic": False, "keyring": ""}
    assert changed(CHART, {**CHART, **filled}, type_=RELEASE) == []
    assert changed({**CHART, "atomic": True}, {**CHART, **filled}, type_=RELEASE) == ["atomic"]
    assert changed({**CHART, "skipAwait": True}, {**CHART, **filled}, type_=RELEASE) == [
        "skipAwait",
        "timeout",
    ]


@pytest.mark.parametrize("version", [None, ">=1.2", "1.2"])
def test_a_release_without_a_pinned_version_is_undecided(version: str | None) -> None:
    """The repository of the chart may have a later one."""
    given = {"chart": "shop"} if version is None else {"chart": "shop", "version": version}
    checked = check(given, {**CHART, "name": "shop"}, type_=RELEASE)
    assert checked.undecided == ("version",)


def test_another_version_of_a_chart_is_a_change() -> None:
    """A leading v is not."""
    old = {**CHART, "name": "shop"}
    assert changed({**CHART, "version": "1.3.0"}, old, type_=RELEASE) == ["version"]
    assert changed({**CHART, "version": "v1.2.3"}, old, type_=RELEASE) == []


def test_values_in_files_are_undecided() -> None:
    """Check merges them into `values`."""
    given = {**CHART, "valueYamlFiles": [{"text": "replicas: 1"}]}
    assert check(given, {**CHART, "name": "shop"}, type_=RELEASE).undecided == ("values",)


def test_the_table_has_all_fields_of_the_sdk() -> None:
    """A field that is not in it would be omitted: run scripts/generate_kubernetes_types.py."""
    missing = set()
    for struct, fields in known_fields().items():
        path, _, name = struct.rpartition(".")
        module = import_module(f"pulumi_kubernetes.{path.replace('/', '.')}")
        if arguments := getattr(module, f"{name}Args", None):
            names = set(input_type_py_to_pulumi_names(arguments).values())
            missing |= {f"{struct}.{name}" for name in names - fields}
    assert missing == REMOVED_FROM_THE_API
