"""Workload: pods with least privilege, spread across zones, autoscaled, and open only to named callers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from platform_components.base import InvalidInput, Tier, labels_of
from platform_components.engine import ProgramError
from platform_components.kubernetes.network_policy import EgressRule
from platform_components.kubernetes.workload import Workload, WorkloadArgs
from platform_components.testing import Graph, Resource, render
from tests.kubernetes_schema import kubernetes_objects
from tests.samples import Build, context_of

DIGEST = "sha256:" + "8c1f" * 16
IMAGE = f"registry.example:5000/shop/orders@{DIGEST}"

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAMESPACE = "kubernetes:core/v1:Namespace"
SERVICE = "kubernetes:core/v1:Service"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"

VARIANTS: Mapping[str, Build] = {
    "web": lambda context: Workload("shop", WorkloadArgs(image=IMAGE), context=context),
    "worker": lambda context: Workload(
        "shop",
        WorkloadArgs(image=IMAGE, kind="worker", egress=(EgressRule(cidr="10.0.0.0/8", port=5432),)),
        context=context,
    ),
}


def workload(tier: Tier = "development", **args: Any) -> Graph:
    """Return the graph of a program with one workload named orders."""
    given = {"image": IMAGE} | args
    return render(lambda: Workload("orders", WorkloadArgs(**given), context=context_of(tier)))


def pod(graph: Graph) -> dict[str, Any]:
    found: dict[str, Any] = graph.one(DEPLOYMENT).inputs["spec"]["template"]["spec"]
    return found


def container(graph: Graph) -> dict[str, Any]:
    (found,) = pod(graph)["containers"]
    return dict(found)


def policy(graph: Graph) -> dict[str, Any]:
    found: dict[str, Any] = graph.one(NETWORK_POLICY).inputs["spec"]
    return found


def problems(tier: Tier = "development", **args: Any) -> str:
    """Return the error message for invalid args."""
    with pytest.raises(InvalidInput) as caught:
        WorkloadArgs(**({"image": IMAGE} | args)).resolve(context_of(tier), 'Workload "orders"')
    return " ".join(str(caught.value).split())


def test_objects_have_the_name_that_people_type() -> None:
    """Every object, including the namespace, has the service's name, and is in that namespace."""
    for one in kubernetes_objects(workload()):
        metadata = one.inputs["metadata"]
        assert metadata["name"] == "orders"
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


@pytest.mark.parametrize("kind", ["web", "worker"])
def test_selectors_find_the_pods(kind: str) -> None:
    """All selectors match the pods of the Deployment."""
    graph = workload(kind=kind)
    spec = graph.one(DEPLOYMENT).inputs["spec"]
    labels = spec["template"]["metadata"]["labels"].items()
    selectors = [
        spec["selector"]["matchLabels"],
        graph.one(BUDGET).inputs["spec"]["selector"]["matchLabels"],
        policy(graph)["podSelector"]["matchLabels"],
        *(rule["labelSelector"]["matchLabels"] for rule in pod(graph)["topologySpreadConstraints"]),
        *(service.inputs["spec"]["selector"] for service in graph.of_type(SERVICE)),
    ]
    assert len(selectors) == (6 if kind == "web" else 5)
    for selector in selectors:
        assert selector.items() <= labels


def test_a_selector_survives_a_change_of_owner_or_tier() -> None:
    """A selector is immutable, so it contains only labels that do not change."""
    selector = workload().one(DEPLOYMENT).inputs["spec"]["selector"]["matchLabels"]
    assert set(selector) == {"app.kubernetes.io/name", "app.kubernetes.io/component"}


def test_pods_have_the_least_rights() -> None:
    """Pods comply with the `restricted` Pod Security Standard, which their namespace enforces."""
    graph = workload()
    its_pod, its_container = pod(graph), container(graph)
    labels = graph.one(NAMESPACE).inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert its_pod["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert its_container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    account = graph.one(ACCOUNT).inputs
    assert account["automountServiceAccountToken"] is False
    assert its_pod["serviceAccountName"] == account["metadata"]["name"]


def test_only_tmp_can_be_written_to() -> None:
    """The only writable directory is an emptyDir volume with a size limit."""
    graph = workload()
    assert container(graph)["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert pod(graph)["volumes"] == [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]


def test_the_autoscaler_owns_the_number_of_replicas() -> None:
    """The Deployment sets no replicas, so that a deployment does not reset the autoscaler's number."""
    graph = workload(min_replicas=2, max_replicas=6, target_cpu_percent=50)
    assert "replicas" not in graph.one(DEPLOYMENT).inputs["spec"]
    spec = graph.one(AUTOSCALER).inputs["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders"}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 6)
    assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 50
    assert container(graph)["resources"]["requests"]["cpu"]


@pytest.mark.parametrize(("tier", "most"), [("production", 9), ("staging", 6), ("development", 6)])
def test_replicas_come_from_the_tier(tier: Tier, most: int) -> None:
    """The default is three to nine replicas in production, and three to six in other tiers."""
    spec = workload(tier).one(AUTOSCALER).inputs["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (3, most)


def test_a_single_replica_does_not_block_node_upgrades() -> None:
    """The disruption budget always allows the eviction of one pod."""
    assert workload(min_replicas=1).one(BUDGET).inputs["spec"]["maxUnavailable"] == 1


def test_pods_are_replaced_without_a_gap() -> None:
    """A pod stops only when another is ready, and is removed from the Service first."""
    graph = workload(graceful_shutdown_seconds=20)
    strategy = graph.one(DEPLOYMENT).inputs["spec"]["strategy"]
    assert strategy["rollingUpdate"]["maxUnavailable"] == 0
    assert container(graph)["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}
    assert pod(graph)["terminationGracePeriodSeconds"] == 25


def test_a_web_service_is_asked_whether_it_is_well() -> None:
    """All three probes use the health path; the startup probe has its own limit."""
    its_container = container(workload(port=9000, health_path="/ready", startup_seconds=61))
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert its_container[probe]["httpGet"] == {"path": "/ready", "port": 9000}
    startup = its_container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 61


def test_a_worker_is_asked_by_its_command_alone() -> None:
    """A worker has probes only if it has a health command, and never a port, Service or preStop hook."""
    plain = workload(kind="worker")
    assert not {"ports", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle"} & set(
        container(plain)
    )
    assert plain.of_type(SERVICE) == ()
    asked = container(workload(kind="worker", health_command=("healthy", "--fast")))
    assert asked["livenessProbe"]["exec"] == {"command": ["healthy", "--fast"]}


def test_the_service_leads_to_the_container() -> None:
    """Service, container, network policy and address have the same port."""
    graph = workload(port=9000)
    (port,) = graph.one(SERVICE).inputs["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (9000, 9000)
    assert container(graph)["ports"] == [{"name": "http", "containerPort": 9000}]
    assert policy(graph)["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 9000}]
    assert component(graph).outputs["address"] == "orders.orders.svc.cluster.local:9000"


def component(graph: Graph) -> Resource:
    return graph.one("platform:index:Workload")


def test_only_named_callers_get_in() -> None:
    """Ingress is allowed from its own namespace and its callers', to its port; a worker has none."""
    (rule,) = policy(workload(callers=("cart", "web-shop")))["ingress"]
    (peer,) = rule["from"]
    (expression,) = peer["namespaceSelector"]["matchExpressions"]
    assert expression == {
        "key": "kubernetes.io/metadata.name",
        "operator": "In",
        "values": ["orders", "cart", "web-shop"],
    }
    closed = policy(workload(kind="worker"))
    assert (closed["ingress"], closed["policyTypes"]) == ([], ["Ingress", "Egress"])


def test_what_it_may_reach_is_listed() -> None:
    """Egress is allowed to pods, DNS, the Pod Identity agent, HTTPS except instance metadata, `egress`."""
    rules = policy(workload(egress=(EgressRule(cidr="203.0.113.0/24", port=587),)))["egress"]
    blocks = {
        (peer["ipBlock"]["cidr"], port["port"])
        for rule in rules
        for peer in rule.get("to", ())
        if "ipBlock" in peer
        for port in rule["ports"]
    }
    assert blocks == {("169.254.170.23/32", 80), ("0.0.0.0/0", 443), ("203.0.113.0/24", 587)}
    (https,) = [rule for rule in rules if {"protocol": "TCP", "port": 443} in rule.get("ports", ())]
    assert https["to"][0]["ipBlock"]["except"] == ["169.254.169.254/32"]
    # No rule allows all traffic to all destinations.
    assert all(rule.get("ports") or rule["to"] == [{"namespaceSelector": {}}] for rule in rules)


def test_memory_is_limited_and_cpu_is_not() -> None:
    """A pod has no CPU limit; its memory limit is its request by default."""
    resources = container(workload(cpu="250m", memory="512Mi"))["resources"]
    assert resources == {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}}
    assert container(workload(memory_limit="1Gi"))["resources"]["limits"] == {"memory": "1Gi"}


def test_the_container_runs_what_it_is_told() -> None:
    """Command, arguments and environment are set on the container; by default the image's apply."""
    told = container(workload(command=("run",), arguments=("--fast",), environment={"LOG_LEVEL": "debug"}))
    assert (told["command"], told["args"]) == (["run"], ["--fast"])
    assert told["env"] == [{"name": "LOG_LEVEL", "value": "debug"}]
    assert not {"command", "args"} & set(container(workload()))


def test_pods_wait_for_their_account_and_their_policy() -> None:
    """No pod starts before its network policy exists."""
    names = {urn.rpartition("::")[2] for urn in workload().one(DEPLOYMENT).dependencies}
    assert names == {"orders-service-account", "orders-network-policy"}


def test_the_summary_has_the_decisive_facts() -> None:
    """The summary shows replicas, the short image reference and the port."""
    found = []
    render(
        lambda: found.append(
            Workload("orders", WorkloadArgs(image=IMAGE), context=context_of("production")).summary
        )
    )
    assert found == ["3-9 replicas · orders@sha256:8c1f… · port 8080"]


@pytest.mark.parametrize(
    "image",
    [
        "orders:1.4.2",
        "shop/orders:1.4.2",
        IMAGE,
        f"registry.example/orders:latest@{DIGEST}",
        "localhost:5000/a:b",
    ],
)
def test_an_image_that_names_one_build_is_taken(image: str) -> None:
    """Images with a digest or a tag are accepted, from any registry; with a digest, any tag is."""
    assert WorkloadArgs(image=image).image == image


@pytest.mark.parametrize(
    ("image", "rule"),
    [
        ("orders", "or a tag; without either"),
        ("registry.example:5000/orders", "or a tag; without either"),
        ("orders:latest", "must not use the tag latest"),
        ("orders@sha256:8c1f", "64 hexadecimal digits"),
        ("Orders:1.0", "must be an image reference"),
        ("orders:1.0 ", "must be an image reference"),
        ("https://registry.example/orders:1.0", "must be an image reference"),
        ("", "must be an image reference"),
    ],
)
def test_an_image_that_could_change_is_refused(image: str, rule: str) -> None:
    """Images without a tag, with the tag latest, and invalid references are rejected."""
    assert rule in problems(image=image)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"cpu": "1000"}, 'cpu = "1000" must be between 1m and 96 cores'),
        ({"cpu": "0"}, "must be between 1m"),
        ({"cpu": "100 m"}, "must be a Kubernetes CPU quantity such as 250m or 2"),
        ({"cpu": "-1"}, "must be a Kubernetes CPU quantity"),
        ({"memory": "256MB"}, "must be a Kubernetes memory quantity such as 256Mi or 2Gi"),
        ({"memory": "256m"}, "must be a Kubernetes memory quantity"),
        ({"memory": "256"}, "must be between 16Mi and 512Gi"),
        ({"memory": "4Ti"}, "must be a Kubernetes memory quantity"),
        ({"memory": "512Mi", "memory_limit": "0.25Gi"}, "must be at least memory, which is 512Mi"),
        ({"max_replicas": 2}, "max_replicas = 2 must be at least min_replicas, which is 3"),
        ({"max_replicas": 2}, "min_replicas is from sizing table (development tier), max_replicas from"),
        ({"min_replicas": 0}, "must be at least 1"),
        ({"kind": "webb"}, 'must be "web" or "worker"'),
        ({"kind": "worker", "port": 80}, "port does not apply to kind worker"),
        ({"kind": "worker", "health_path": "/x"}, "health_path does not apply to kind worker"),
        ({"kind": "worker", "callers": ("cart",)}, "callers does not apply to kind worker"),
        ({"health_command": ("true",)}, "health_command does not apply to kind web"),
        ({"health_path": "healthz"}, "must be a path such as /healthz"),
        ({"startup_seconds": 2}, "must be at least 5"),
        ({"port": "8080"}, "must be an integer"),
        ({"egress": ({"cidr": "10.0.0.1/8", "port": 1},)}, "egress[0].cidr"),
        ({"environment": {"1ST": "x"}}, "must be letters, digits and underscores"),
        ({"environment": {"A": 1}}, "environment.A must be a string put it in quotes"),
    ],
)
def test_mistakes_are_named(args: dict[str, Any], message: str) -> None:
    """Each problem has the field, its value, the constraint, and the origin if relevant."""
    assert message in problems(**args)


def test_a_workload_is_not_called_like_a_namespace_of_kubernetes() -> None:
    """Its namespace has its name, and Kubernetes reserves these."""
    with pytest.raises(ProgramError, match="is a namespace that Kubernetes reserves"):
        render(lambda: Workload("kube-dns", WorkloadArgs(image=IMAGE), context=context_of("development")))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STRIPE_API_KEY", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
        ("DB_PASSWORD", "hunter2hunter2"),
        ("DATABASE_URL", "postgres://orders:hunter2hunter2@db.example/orders"),
        ("BASIC_AUTH", "orders:hunter2"),
        ("JAVA_OPTS", "-Xmx1g -Dstore.password=hunter2"),
        ("DSN", "host=db.example password='hunter2'"),
    ],
)
def test_a_secret_in_plain_text_is_refused_and_not_shown(variable: str, value: str) -> None:
    """It is detected by its name or its format; the message states what to do instead."""
    text = problems(environment={variable: value})
    assert f"environment.{variable}" in text
    assert "ARN of a" in text
    assert value not in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STRIPE_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf"),
        ("TOKEN_TTL_SECONDS", "3600"),
        ("TOKEN_FILE", "/var/run/secrets/token"),
        ("USE_SECRET_STORE", "true"),
        ("TOKEN_LIFETIME", "15m"),
        ("AUTH_MODE", "oidc"),
        ("AUTH_URL", "https://login.example"),
        ("PASSWORD", ""),
        ("DATABASE_URL", "postgres://db.example/orders"),
        ("DATABASE_URL", "postgres://orders:$(PASSWORD)@db.example/orders"),
    ],
)
def test_a_reference_to_a_secret_is_none(variable: str, value: str) -> None:
    """An ARN, a path, a number, a duration or a boolean is accepted for any variable name."""
    args = WorkloadArgs(image=IMAGE, environment={variable: value})
    assert args.resolve(context_of("development"), "it").environment == {variable: value}


@pytest.mark.parametrize("field", ["command", "arguments"])
@pytest.mark.parametrize(
    "words",
    [
        ["run", "--password=hunter2"],
        ["run", "--db-password", "hunter2"],
        ["env", "TOKEN=hunter2"],
        ["sh", "-c", "export API_KEY='hunter2' && run"],
        ["sh", "-c", "run --token hunter2"],
        ["run", "--dsn=postgres://orders:hunter2@db.example/orders"],
    ],
)
def test_a_secret_in_a_command_is_refused_and_not_shown(field: str, words: list[str]) -> None:
    """It is detected as a word, after an option, or in a shell command; the message names the word."""
    given: dict[str, Any] = {field: words}
    text = problems(**given)
    assert f"{field}[{len(words) - 1}] " in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--token-file=/run/token", "--no-password", "--verbose"],
        ["run", "--secret-arn", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-AbCdEf"],
        ["run", "--token=$(TOKEN)", "--token-ttl", "15m", "--author=me", "--secret-name", "orders/stripe"],
        ["sh", "-c", 'TOKEN="$(cat /run/token)" exec run'],
    ],
)
def test_a_command_that_refers_to_a_secret_is_taken(words: list[str]) -> None:
    """Files, ARNs, other variables, and options that only refer to secrets are accepted."""
    args = WorkloadArgs(image=IMAGE, command=tuple(words))
    assert args.resolve(context_of("development"), "it").command == tuple(words)


def test_a_number_of_cores_is_taken_as_yaml_gives_it() -> None:
    """`cpu: 2` in a file is accepted; `cpu: true` is rejected."""
    assert WorkloadArgs.parse({"image": IMAGE, "cpu": 2}, "service.yaml").cpu == "2"
    assert "must be a string" in problems(cpu=True)
