"""Workload: pods with least privilege, spread across zones, autoscaled, and open only to named callers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from platform_components.aws.cluster import KUBERNETES_VERSION
from platform_components.base import Tier, labels_of
from platform_components.kubernetes.network_policy import EgressRule
from platform_components.kubernetes.pod import PodAdditions
from platform_components.kubernetes.workload import Workload
from platform_components.kubernetes.workload_args import WorkloadArgs
from platform_components.testing import render
from tests.kubernetes.workloads import (
    ACCOUNT,
    AUTOSCALER,
    BUDGET,
    DEPLOYMENT,
    IMAGE,
    NAMESPACE,
    SERVICE,
    container,
    pod,
    policy,
    spec,
    workload,
)
from tests.kubernetes_schema import kubernetes_objects
from tests.samples import Build, context_of

VARIANTS: Mapping[str, Build] = {
    "web": lambda context: Workload("shop", WorkloadArgs(image=IMAGE), context=context),
    "worker": lambda context: Workload(
        "shop",
        WorkloadArgs(image=IMAGE, kind="worker", egress=(EgressRule(cidr="10.0.0.0/8", port=5432),)),
        context=context,
    ),
    "probed": lambda context: Workload(
        "shop",
        WorkloadArgs(
            image=IMAGE,
            probe="grpc",
            liveness_path="/livez",
            metrics_port=9102,
            egress=(EgressRule(cidr="203.0.113.0/24", port=8125, protocol="UDP"),),
        ),
        context=context,
    ),
}


def test_objects_have_the_name_that_people_type() -> None:
    """Objects have the service's name, except the policy that denies by default, and its namespace."""
    for one in kubernetes_objects(workload()):
        metadata = one.inputs["metadata"]
        assert metadata["name"] == ("default-deny" if one.name.endswith("default-deny") else "orders")
        assert metadata.get("namespace") == (None if one.type == NAMESPACE else "orders")


@pytest.mark.parametrize("kind", ["web", "worker"])
def test_every_object_says_whose_it_is(kind: str) -> None:
    """All objects and pods have the recommended labels, and labels with the values of the tags."""
    graph = workload(kind=kind)
    labels = labels_of(context_of("development"), "orders", kind)
    for one in kubernetes_objects(graph):
        assert labels.items() <= one.inputs["metadata"]["labels"].items()
    template = graph.one(DEPLOYMENT).inputs["spec"]["template"]
    assert template["metadata"]["labels"] == labels


def test_a_selector_survives_a_change_of_owner_or_tier() -> None:
    """A selector is immutable, so it contains only labels that do not change."""
    selector = workload().one(DEPLOYMENT).inputs["spec"]["selector"]["matchLabels"]
    assert set(selector) == {"app.kubernetes.io/name", "app.kubernetes.io/component"}


@pytest.mark.parametrize(("tier", "most"), [("production", 9), ("staging", 6), ("development", 6)])
def test_replicas_come_from_the_tier(tier: Tier, most: int) -> None:
    """The default is three to nine replicas in production, and three to six in other tiers."""
    spec = workload(tier).one(AUTOSCALER).inputs["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (3, most)


def test_the_service_leads_to_the_container() -> None:
    """Service, container, network policy and address have the same port."""
    graph = workload(port=9000)
    (port,) = graph.one(SERVICE).inputs["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (9000, 9000)
    assert container(graph)["ports"] == [{"name": "http", "containerPort": 9000}]
    assert policy(graph)["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 9000}]
    assert graph.one("platform:index:Workload").outputs["address"] == "orders.orders.svc.cluster.local:9000"


def test_the_container_runs_what_it_is_told() -> None:
    """Command, arguments and environment are set on the container; by default the image's apply."""
    told = container(workload(command=("run",), arguments=("--fast",), environment={"LOG_LEVEL": "debug"}))
    assert (told["command"], told["args"]) == (["run"], ["--fast"])
    assert told["env"] == [{"name": "LOG_LEVEL", "value": "debug"}]
    assert not {"command", "args"} & set(container(workload()))


def test_the_summary_has_the_decisive_facts() -> None:
    """The summary shows replicas, the short image reference and the port."""
    found = []
    render(
        lambda: found.append(
            Workload("orders", WorkloadArgs(image=IMAGE), context=context_of("production")).summary
        )
    )
    assert found == ["3-9 replicas · orders@sha256:8c1f… · port 8080"]


@pytest.mark.parametrize("kind", ["web", "worker"])
def test_selectors_find_the_pods(kind: str) -> None:
    """All selectors match the pods of the Deployment."""
    graph = workload(kind=kind)
    labels = spec(graph)["template"]["metadata"]["labels"].items()
    selectors = [
        spec(graph)["selector"]["matchLabels"],
        graph.one(BUDGET).inputs["spec"]["selector"]["matchLabels"],
        policy(graph)["podSelector"]["matchLabels"],
        *(rule["labelSelector"]["matchLabels"] for rule in pod(graph)["topologySpreadConstraints"]),
        *(service.inputs["spec"]["selector"] for service in graph.of_type(SERVICE)),
    ]
    assert len(selectors) == (6 if kind == "web" else 5)
    for selector in selectors:
        assert selector.items() <= labels


def test_pods_have_the_least_rights() -> None:
    """Pods comply with the `restricted` Pod Security Standard."""
    graph = workload()
    assert pod(graph)["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container(graph)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    account = graph.one(ACCOUNT).inputs
    assert account["automountServiceAccountToken"] is False
    assert pod(graph)["serviceAccountName"] == account["metadata"]["name"]


def test_the_namespace_enforces_a_pinned_version_of_the_pod_security_standard() -> None:
    """All three modes have the version that the pods were tested with, which is the cluster's default."""
    labels = workload().one(NAMESPACE).inputs["metadata"]["labels"]
    found = {label.rpartition("/")[2]: labels[label] for label in labels if "pod-security" in label}
    assert found == {
        **dict.fromkeys(("enforce", "audit", "warn"), "restricted"),
        **dict.fromkeys(("enforce-version", "audit-version", "warn-version"), f"v{KUBERNETES_VERSION}"),
    }


def test_only_tmp_can_be_written_to() -> None:
    """The only writable directory is an emptyDir volume with a size limit."""
    graph = workload()
    assert container(graph)["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert pod(graph)["volumes"] == [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]
    (volume,) = pod(workload(tmp_size="200Mi"))["volumes"]
    assert volume["emptyDir"] == {"sizeLimit": "200Mi"}


@pytest.mark.parametrize(
    ("tmp_size", "storage"),
    [("1Gi", "1280Mi"), ("200Mi", "456Mi"), ("0.5Gi", "768Mi"), ("17000000", "273Mi")],
)
def test_the_disk_of_the_node_is_reserved_and_limited(tmp_size: str, storage: str) -> None:
    """/tmp and logs count towards the pod's ephemeral storage, so the limit includes both."""
    resources = container(workload(tmp_size=tmp_size))["resources"]
    assert resources["requests"]["ephemeral-storage"] == storage
    assert resources["limits"]["ephemeral-storage"] == storage


def test_memory_is_limited_and_cpu_is_not() -> None:
    """A pod has no CPU limit; its memory limit is its request by default."""
    resources = container(workload(cpu="250m", memory="512Mi"))["resources"]
    assert (resources["requests"]["cpu"], resources["requests"]["memory"]) == ("250m", "512Mi")
    assert "cpu" not in resources["limits"]
    assert resources["limits"]["memory"] == "512Mi"
    assert container(workload(memory_limit="1Gi"))["resources"]["limits"]["memory"] == "1Gi"


def test_pods_run_on_nodes_of_the_architecture_of_the_image() -> None:
    """A node pool with another architecture does not get pods whose image does not support it."""
    assert pod(workload())["nodeSelector"] == {"kubernetes.io/arch": "amd64"}
    assert pod(workload(architecture="arm64"))["nodeSelector"] == {"kubernetes.io/arch": "arm64"}


def test_the_autoscaler_owns_the_number_of_replicas() -> None:
    """The Deployment sets no replicas, so that a deployment does not reset the autoscaler's number."""
    graph = workload(min_replicas=2, max_replicas=6)
    assert "replicas" not in spec(graph)
    autoscaler = graph.one(AUTOSCALER).inputs["spec"]
    assert autoscaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders"}
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (2, 6)


def test_the_autoscaler_measures_the_main_container() -> None:
    """A sidecar neither hides the load of the service nor needs a CPU request."""
    sidecars = PodAdditions(sidecars=[{"name": "token"}])
    graph = workload(target_cpu_percent=50, additions=sidecars)
    (metric,) = graph.one(AUTOSCALER).inputs["spec"]["metrics"]
    assert metric == {
        "type": "ContainerResource",
        "containerResource": {
            "name": "cpu",
            "container": container(graph)["name"],
            "target": {"type": "Utilization", "averageUtilization": 50},
        },
    }
    assert container(graph)["resources"]["requests"]["cpu"]


@pytest.mark.parametrize("replicas", [1, 2, 3])
def test_a_drain_is_never_blocked(replicas: int) -> None:
    """The budget allows the eviction of one pod, also of the only one, and of pods that are not ready."""
    budget = workload(min_replicas=replicas, max_replicas=replicas).one(BUDGET).inputs["spec"]
    assert "minAvailable" not in budget
    assert replicas - budget["maxUnavailable"] < replicas
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_pods_are_replaced_without_a_gap() -> None:
    """A pod stops only when another is available, and is removed from the Service first."""
    graph = workload(graceful_shutdown_seconds=20, min_ready_seconds=15)
    assert spec(graph)["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert spec(graph)["minReadySeconds"] == 15
    assert container(graph)["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}
    assert pod(graph)["terminationGracePeriodSeconds"] == 25


def test_pods_wait_for_their_account_and_their_policies() -> None:
    """No pod starts before its network policies exist."""
    names = {urn.rpartition("::")[2] for urn in workload().one(DEPLOYMENT).dependencies}
    assert names == {"orders-service-account", "orders-network-policy", "orders-default-deny"}


def test_metrics_are_not_public() -> None:
    """Prometheus finds the port by its name or by annotations; the Service does not have it."""
    graph = workload(metrics_port=9102)
    assert container(graph)["ports"] == [
        {"name": "http", "containerPort": 8080},
        {"name": "metrics", "containerPort": 9102},
    ]
    assert spec(graph)["template"]["metadata"]["annotations"] == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "9102",
    }
    assert [port["port"] for port in graph.one(SERVICE).inputs["spec"]["ports"]] == [8080]
    assert "annotations" not in spec(workload())["template"]["metadata"]


def test_a_worker_can_have_metrics() -> None:
    """It still has no Service."""
    graph = workload(kind="worker", metrics_port=9102)
    assert container(graph)["ports"] == [{"name": "metrics", "containerPort": 9102}]
    assert graph.of_type(SERVICE) == ()
