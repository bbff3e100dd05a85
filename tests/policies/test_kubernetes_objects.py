"""Kubernetes objects in a resource: which types are read, and which objects and containers they contain."""

from __future__ import annotations

import pytest

from platform_components.base.markers import UNKNOWN
from platform_components.policy import Example, PolicyContext, ResourceView, Undetermined, evaluate_policies
from policies import RULES
from policies.kubernetes_objects import containers, objects, of_kind

POD = {
    "containers": [{"name": "web"}],
    "initContainers": [{"name": "migrate"}],
    "ephemeralContainers": [{}],
}


def _view(type_: str, inputs: dict[str, object]) -> ResourceView:
    return ResourceView(type_, "web", "urn", inputs)


@pytest.mark.parametrize(
    ("type_", "applies"),
    [
        ("kubernetes:apps/v1:Deployment", True),
        ("kubernetes:extensions/v1beta1:Deployment", True),
        ("kubernetes:apps/v1:DeploymentList", True),
        ("kubernetes:apps/v1:DeploymentPatch", True),
        ("kubernetes:core/v1:Service", False),
        ("kubernetes:example.com/v1:Deployment", False),
        ("kubernetes:Deployment", False),
        ("acme:apps/v1:Deployment", False),
        ("kubernetes:v1:Deployment", True),
        ("kubernetes:v1beta1:DeploymentList", True),
        ("kubernetes:yaml:Deployment", False),
        ("kubernetes:yaml/v2:Deployment", False),
    ],
)
def test_a_kind_is_read_in_every_version_and_form(type_: str, applies: bool) -> None:
    """A custom resource with a kind of the same name is another kind."""
    assert of_kind("Deployment")(type_) is applies


def test_a_custom_resource_of_the_core_group_is_an_object_of_kubernetes() -> None:
    """`CustomResource(api_version="v1", kind="Pod")` creates a pod, under another token."""
    pod: dict[str, object] = {"apiVersion": "v1", "kind": "Pod", "spec": {"hostNetwork": True}}
    (each,) = objects(_view("kubernetes:v1:Pod", pod))
    assert each.kind == "Pod"
    examples = [
        Example("kubernetes:v1:Pod", pod),
        Example("kubernetes:v1:Service", {"spec": {"type": "NodePort"}}),
        Example("kubernetes:v1:Namespace", {"metadata": {"name": "shop"}}),
        Example("kubernetes:v1:PersistentVolumeClaim"),
        Example("kubernetes:v1:ReplicationController", {"spec": {"replicas": 3}}),
    ]
    report = evaluate_policies(examples, RULES, PolicyContext.of("prod"))
    assert {finding.rule for finding in report.violations} >= {
        *("pod-host-access", "service-exposure", "namespace-pod-security"),
        *("stateful-protected", "workload-disruption-budget"),
    }
    assert report.errors == ()


def test_the_items_of_a_list_are_objects_of_their_own() -> None:
    """Messages have the path of the item."""
    view = _view("kubernetes:core/v1:PodList", {"items": [{"spec": {}}, {"spec": {}}]})
    assert [(each.kind, each.where("spec", "os")) for each in objects(view)] == [
        ("Pod", "items[0].spec.os"),
        ("Pod", "items[1].spec.os"),
    ]


def test_a_custom_resource_can_be_named_like_a_list() -> None:
    """It is one object, whatever its fields are."""
    view = _view("kubernetes:example.com/v1:AllowList", {"items": {"shop": True}})
    assert [each.kind for each in objects(view)] == ["AllowList"]
    roles = _view("kubernetes:rbac.authorization.k8s.io/v1:RoleList", {"items": [{}, {}]})
    assert [each.kind for each in objects(roles)] == ["Role", "Role"]


def test_unknown_items_are_undetermined() -> None:
    """They can be anything."""
    with pytest.raises(Undetermined, match="items"):
        list(objects(_view("kubernetes:core/v1:PodList", {"items": UNKNOWN})))


def test_only_a_patch_is_partial() -> None:
    """Fields that a patch omits keep their value in the cluster."""
    forms = ("", "List", "Patch")
    views = [_view(f"kubernetes:core/v1:Pod{form}", {"items": [{}]}) for form in forms]
    assert [each.partial for view in views for each in objects(view)] == [False, False, True]


def test_containers_of_every_sort_are_found() -> None:
    """Sidecars are init containers. A container without a name is shown with its path."""
    view = _view("kubernetes:batch/v1:Job", {"spec": {"template": {"spec": POD}}})
    assert [each.label for each in containers(view)] == [
        "container web",
        "container migrate",
        "spec.template.spec.ephemeralContainers[0]",
    ]


def test_a_container_overrides_the_security_context_of_its_pod() -> None:
    """Field by field: one that it does not set is the pod's."""
    pod = {
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000},
        "containers": [{"securityContext": {"runAsNonRoot": False}}],
    }
    (container,) = containers(_view("kubernetes:core/v1:Pod", {"spec": pod}))
    assert container.security("runAsNonRoot") is False
    assert container.security("runAsUser") == 1000
