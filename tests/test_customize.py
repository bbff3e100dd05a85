"""`customize` of the library's components: what reaches the children, and what previews state about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from pulumi_kubernetes.core import v1 as core

from platform_components.aws.bucket import Bucket, BucketArgs
from platform_components.aws.cache import Cache, CacheArgs
from platform_components.aws.cluster import Cluster, ClusterArgs
from platform_components.aws.database import Database
from platform_components.aws.database_args import DatabaseArgs
from platform_components.aws.network import Network, NetworkArgs
from platform_components.base import Component, InvalidInput, Tier
from platform_components.base.customize import customize_problems
from platform_components.base.frozen import frozen
from platform_components.base.sdk_types import args_class, fields_of
from platform_components.engine import Graph, ProgramError
from platform_components.kubernetes.workload import Workload
from platform_components.kubernetes.workload_args import WorkloadArgs
from platform_components.service_stack import ServiceStack, ServiceStackArgs
from platform_components.testing import UNKNOWN, Secret, render
from tests.inventory import CASES, Case, graph_of, variants_of
from tests.kubernetes_schema import kubernetes_objects, problems_in
from tests.samples import (
    IMAGE,
    ZONES,
    context_of,
    full_context,
    given_foundation,
    given_network,
    given_platform_services,
)

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
LIMIT = core.ResourceRequirementsArgs(limits={"cpu": "2"})
NAMESPACE = "kubernetes:core/v1:Namespace"

# --- every component ---


@contextmanager
def customizing(component: type[Component[Any]], customize: Mapping[str, Any]) -> Iterator[None]:
    """Add `customize` to the args of each component of this class."""
    original = Component.__init__

    def init(self: Component[Any], name: str, args: Any, *rest: Any) -> None:
        if type(self) is component:
            args = args.model_copy(update={"customize": frozen(customize)})
        original(self, name, args, *rest)

    with patch.object(Component, "__init__", init):
        yield


def plain(value: Any) -> bool:
    """Whether a value contains no unknown and no secret, so that a program can contain it."""
    if isinstance(value, Mapping):
        return all(map(plain, value.values()))
    return (
        all(map(plain, value)) if isinstance(value, list) else not isinstance(value, Secret | type(UNKNOWN))
    )


def known_part(value: Any) -> Any:
    """Return a mapping without its values that are unknown or secret."""
    if not isinstance(value, Mapping):
        return value
    return {key: known_part(item) for key, item in value.items() if isinstance(item, Mapping) or plain(item)}


def common(some: Any, others: Any) -> Any:
    """Return what two mappings have in common."""
    return {
        key: common(item, others[key]) if isinstance(item, Mapping) else item
        for key, item in some.items()
        if key in others and (isinstance(item, Mapping) or item == others[key])
    }


def without(override: Any, path: str) -> Any:
    """Return a mapping without the value at a path, whose keys can contain dots."""
    return {
        key: without(item, path.removeprefix(f"{key}.")) if isinstance(item, Mapping) else item
        for key, item in override.items()
        if key != path
    }


def own_arguments(case: Case, graph: Graph) -> dict[str, Any]:
    """Return the known arguments that all children of a type have, as the provider names them."""
    (parent,) = (root for root in graph.roots if root.type == case.component.type_token)
    found: dict[str, Any] = {}
    for child in graph.children(parent.urn):
        key = case.component.child_type_of(child.name.removeprefix(f"{parent.name}-"))
        if key is not None and child.custom and not child.is_provider:  # whose inputs are JSON
            own = known_part(child.inputs)
            found[key] = common(found[key], own) if key in found else own
    return found


def allowed_arguments(case: Case) -> dict[str, Any]:
    """Return the arguments of a component's children that `customize` can override."""
    customize = own_arguments(case, graph_of(case))
    assert any(customize.values())
    for problem in customize_problems(case.component.child_types, case.component.owned, customize):
        assert problem.what == "is set by the component", problem
        customize = without({"customize": customize}, problem.where)["customize"]
    return customize


@pytest.mark.parametrize("case", CASES, ids=str)
def test_children_overridden_with_their_own_arguments_are_unchanged(case: Case) -> None:
    """The check accepts every argument that a component sets, and merging it changes nothing."""
    graph = graph_of(case)
    with customizing(case.component, allowed_arguments(case)):
        again = render(
            lambda: variants_of(case.component)[case.variant](full_context(case.tier)), stack="shop.live"
        )
    assert {resource.urn: resource.inputs for resource in again.resources} == {
        resource.urn: resource.inputs for resource in graph.resources
    }


# --- what reaches a child ---


def workload(customize: Mapping[str, Any], **args: Any) -> Graph:
    """Return the graph of a program with one workload."""
    fields = WorkloadArgs(image=IMAGE, customize=customize, **args)
    return render(lambda: Workload("shop", fields, context=context_of("production")))


def pod_of(graph: Graph) -> Any:
    """Return the spec of the pods."""
    return graph.one(DEPLOYMENT).inputs["spec"]["template"]["spec"]


def error(program: Callable[[], object]) -> str:
    """Return the error message of a program, with single spaces."""
    with pytest.raises(ProgramError) as caught:
        render(program)
    return " ".join(str(caught.value).split())


def test_a_spec_with_one_field_keeps_the_others() -> None:
    """`spec: {paused: true}` does not remove the pods' template, nor a label those of the namespace."""
    plain_graph = workload({})
    graph = workload(
        {"deployment": {"spec": {"paused": True}}, "namespace": {"metadata": {"labels": {"team": "shop"}}}}
    )
    spec = graph.one(DEPLOYMENT).inputs["spec"]
    assert spec == {**plain_graph.one(DEPLOYMENT).inputs["spec"], "paused": True}
    labels = graph.one(NAMESPACE).inputs["metadata"]["labels"]
    assert labels == {**plain_graph.one(NAMESPACE).inputs["metadata"]["labels"], "team": "shop"}


@pytest.mark.parametrize(
    "change",
    [
        {"containers": [{"name": "shop", "resources": {"limits": {"cpu": "2"}}}]},
        {"containers": [core.ContainerArgs(name="shop", resources=LIMIT)]},
    ],
)
def test_a_field_of_a_container_is_overridden_alone(change: Any) -> None:
    """The container keeps its image and security context, and the object is valid in Kubernetes."""
    graph = workload({"deployment": {"spec": {"template": {"spec": change}}}})
    (container,) = pod_of(graph)["containers"]
    (before,) = pod_of(workload({}))["containers"]
    assert container["resources"].pop("limits") == {"cpu": "2", **before["resources"].pop("limits")}
    assert container == before
    for each in kubernetes_objects(graph):
        assert problems_in(each.inputs) == [], each


def test_null_removes_a_value_of_the_component() -> None:
    """Together with what is in it."""
    change = {"containers": [{"name": "shop", "livenessProbe": None}], "topology_spread_constraints": None}
    pod = pod_of(workload({"deployment": {"spec": {"template": {"spec": change}}}}))
    assert "topologySpreadConstraints" not in pod
    assert "livenessProbe" not in pod["containers"][0]
    assert "readinessProbe" in pod["containers"][0]


@pytest.mark.parametrize("name", ["multi_az", "multiAz"])
def test_an_argument_has_two_spellings(name: str) -> None:
    """That of programs and that of the provider."""
    graph = database({"instance": {name: False}})
    assert graph.one("aws:rds/instance:Instance").inputs["multiAz"] is False


def test_arguments_of_a_provider_are_encoded_as_json() -> None:
    """As its class does with the component's own."""
    args = ServiceStackArgs(
        image=IMAGE,
        customize={
            "kubernetes": {
                "enableServerSideApply": False,
                "namespace": "a",
                "kube_client_settings": {"qps": 3},
            }
        },
    )
    graph = render(
        lambda: ServiceStack(
            "shop",
            args,
            context=context_of("staging"),
            foundation=given_foundation(),
            platform_services=given_platform_services(),
        )
    )
    inputs = graph.one("pulumi:providers:kubernetes").inputs
    assert inputs["enableServerSideApply"] == "false"
    assert inputs["namespace"] == "a"
    assert json.loads(inputs["kubeClientSettings"]) == {"qps": 3}


def test_an_incomplete_object_is_an_error() -> None:
    """The message has the path in the component."""
    probe = {"containers": [{"name": "shop", "readinessProbe": {"grpc": {"service": "x"}}}]}
    args = WorkloadArgs(image=IMAGE, customize={"deployment": {"spec": {"template": {"spec": probe}}}})
    text = error(lambda: Workload("shop", args, context=context_of("production")))
    path = "customize.deployment.spec.template.spec.containers[shop].readiness_probe.grpc.port"
    assert f'Workload "shop": 1 problem {path} is required' in text


def test_a_required_argument_cannot_be_removed() -> None:
    """AWS would reject the resource."""
    text = error(lambda: build_database({"instance": {"instance_class": None}}))
    assert "customize.instance.instance_class is required remove the line" in text


def nested(levels: int) -> dict[str, Any]:
    """Return a mapping with this number of levels."""
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


CYCLE: dict[str, Any] = {}
CYCLE["spec"] = [CYCLE, CYCLE]


@pytest.mark.parametrize("override", [nested(3000), nested(100), CYCLE])
def test_overrides_are_nested_at_most_100_levels_deep(override: Any) -> None:
    """A mapping that contains itself has no end."""
    with pytest.raises(InvalidInput) as caught:
        WorkloadArgs(image=IMAGE, customize={"deployment": override})
    assert "customize = {…} must be nested at most 100 levels deep" in " ".join(str(caught.value).split())
    assert WorkloadArgs(image=IMAGE, customize={"deployment": nested(99)}).customize


def test_the_last_container_cannot_be_removed() -> None:
    """Kubernetes rejects a pod without containers."""
    removed = {"containers": [{"name": "shop", "$patch": "delete"}]}
    args = WorkloadArgs(image=IMAGE, customize={"deployment": {"spec": {"template": {"spec": removed}}}})
    text = error(lambda: Workload("shop", args, context=context_of("production")))
    assert "deployment.spec.template.spec.containers must have at least 1 entry" in text


def test_a_probe_with_another_handler_is_valid() -> None:
    """The TCP check of the component is removed, its period stays."""
    probe = {"httpGet": {"path": "/live", "port": 8080}}
    change = {"containers": [{"name": "shop", "livenessProbe": probe}]}
    graph = workload({"deployment": {"spec": {"template": {"spec": change}}}})
    (container,) = pod_of(graph)["containers"]
    (before,) = pod_of(workload({}))["containers"]
    expected = {**before["livenessProbe"], **probe}
    del expected["tcpSocket"]
    assert container["livenessProbe"] == expected


@pytest.mark.parametrize("replicas", [1, None])
def test_the_autoscaler_sets_the_number_of_pods(replicas: int | None) -> None:
    """A number in the Deployment would conflict with the autoscaler's at the next deployment."""
    args = WorkloadArgs(image=IMAGE, customize={"deployment": {"spec": {"replicas": replicas}}})
    text = error(lambda: Workload("shop", args, context=context_of("production")))
    assert (
        "customize.deployment.spec.replicas is set by the component set min_replicas and max_replicas" in text
    )


def test_the_log_group_of_a_cluster_keeps_its_name() -> None:
    """EKS writes to the log group with the name of the cluster."""
    args = ClusterArgs(customize={"cluster": {"name": "a"}, "log-group": {"name": "b"}})
    text = error(lambda: Cluster("main", args, context=context_of("staging"), network=given_network()))
    assert "customize.cluster.name is set by the component" in text
    assert "customize.log-group.name is set by the component" in text


# --- the summary ---


def build_database(customize: Mapping[str, Any], tier: Tier = "production") -> Database:
    """Create a database. Call it in a program."""
    args = DatabaseArgs(customize=customize)
    return Database("orders", args, context=context_of(tier), network=given_network())


def database(customize: Mapping[str, Any]) -> Graph:
    """Return the graph of a program with one database."""
    return render(lambda: build_database(customize))


def build_bucket(customize: Mapping[str, Any]) -> Bucket:
    """Create a bucket. Call it in a program."""
    args = BucketArgs(expire_after_days=90, customize=customize)
    return Bucket("assets", args, context=context_of("production"))


def build_cache(customize: Mapping[str, Any]) -> Cache:
    """Create a cache. Call it in a program."""
    args = CacheArgs(customize=customize)
    return Cache("orders", args, context=context_of("production"), network=given_network())


def build_network(customize: Mapping[str, Any]) -> Network:
    """Create a network. Call it in a program."""
    args = NetworkArgs(availability_zones=ZONES, customize=customize)
    return Network("main", args, context=context_of("staging"))


def build_cluster(customize: Mapping[str, Any]) -> Cluster:
    """Create a cluster. Call it in a program."""
    args = ClusterArgs(customize=customize)
    return Cluster("main", args, context=context_of("staging"), network=given_network())


def build_workload(customize: Mapping[str, Any]) -> Workload:
    """Create a workload. Call it in a program."""
    args = WorkloadArgs(image=IMAGE, customize=customize)
    return Workload("shop", args, context=context_of("production"))


def summary(build: Callable[[Mapping[str, Any]], Component[Any]], customize: Mapping[str, Any]) -> list[str]:
    """Return the parts of a component's summary."""
    lines: list[str] = []
    render(lambda: lines.append(build(customize).summary))
    return [part for part in lines[0].split(" · ") if part]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_part_of_a_summary_names_the_arguments_that_it_states(case: Case) -> None:
    """With all arguments of all children overridden, nothing is left: each part is `self.stated(...)`."""

    def every_argument(child_types: Mapping[str, Any], customize: object) -> dict[str, dict[str, None]]:
        return {
            child: {argument.name: None for argument in fields_of(args_class(kind)).values()}
            for child, kind in child_types.items()
        }

    created: list[Component[Any]] = []
    with patch("platform_components.base.component.overridden", every_argument):
        render(lambda: created.append(variants_of(case.component)[case.variant](full_context(case.tier))))
        assert created[0].summary == ""


@pytest.mark.parametrize(
    ("build", "customize", "missing"),
    [
        (build_database, {"instance": {"multi_az": False}}, "Multi-AZ"),
        (build_database, {"instance": {"allocatedStorage": 500}}, "100-400 GB"),
        (build_database, {"instance": {"instance_class": "db.m5.large"}}, "db.t3.medium"),
        (build_database, {"instance": {"backup_retention_period": 0}}, "30 days of backups"),
        (build_database, {"instance": {"engine_version": "16"}}, "postgres 17"),
        (build_bucket, {"policy": {"policy": "{}"}}, "TLS only"),
        (build_bucket, {"versioning": {"versioning_configuration": {"status": "Suspended"}}}, "versioned"),
        (build_bucket, {"encryption": {"rules": []}}, "SSE-KMS"),
        (build_bucket, {"lifecycle": {"rules": []}}, "objects expire after 90 days"),
        (build_cache, {"group": {"num_cache_clusters": 1}}, "2 nodes, failover"),
        (build_cache, {"group": {"automatic_failover_enabled": False}}, "2 nodes, failover"),
        (build_cache, {"group": {"node_type": "cache.r7g.large"}}, "cache.t3.micro"),
        (build_cache, {"group": {"engine_version": "7.2"}}, "valkey 8.0"),
        (build_network, {"vpc": {"cidr_block": "10.1.0.0/16"}}, "10.20.0.0/16"),
        (build_network, {"nat": {"connectivity_type": "private"}}, "1 NAT gateway"),
        (build_network, {"subnet": {"availability_zone": ZONES[0]}}, "2 AZs"),
        (build_cluster, {"cluster": {"vpc_config": {"endpoint_public_access": True}}}, "private endpoint"),
        (build_workload, {"autoscaler": {"spec": {"minReplicas": 1}}}, "3-9 replicas"),
        (build_workload, {"service": {"spec": {"ports": [{"port": 8080, "name": "x"}]}}}, "port 8080"),
    ],
)
def test_the_summary_does_not_state_an_overridden_value(
    build: Callable[[Mapping[str, Any]], Component[Any]], customize: Mapping[str, Any], missing: str
) -> None:
    """All other parts stay."""
    assert summary(build, customize) == [part for part in summary(build, {}) if part != missing]
    assert missing in summary(build, {})


def test_the_summary_does_not_state_an_overridden_image_or_version() -> None:
    """An entry of a list counts as the list."""
    change = {"containers": [{"name": "shop", "image": "other:1"}]}
    parts = summary(build_workload, {"deployment": {"spec": {"template": {"spec": change}}}})
    assert parts == ["3-9 replicas", "port 8080"]
    assert summary(build_cluster, {"cluster": {"version": "1.33"}})[0] == "Auto Mode"


def test_another_override_leaves_the_summary() -> None:
    """The preview lists it next to the summary."""
    customize = {"instance": {"monitoring_interval": 0}}
    assert summary(build_database, customize) == summary(build_database, {})


@pytest.mark.parametrize(
    ("kind", "listed"), [("web", {"service": {"spec.type": "NodePort"}}), ("worker", {})]
)
def test_an_override_of_a_child_that_does_not_exist_is_not_listed(kind: Any, listed: object) -> None:
    """A worker has no Service. The override can be that of another environment."""
    customize = {"service": {"spec": {"type": "NodePort"}}}
    args = ServiceStackArgs(image=IMAGE, kind=kind, customize=customize)
    created: list[ServiceStack] = []
    render(
        lambda: created.append(
            ServiceStack("service", args, context=context_of("staging"), foundation=given_foundation())
        )
    )
    assert created[0].overrides == created[0].workload.overrides == listed
