"""Network policy: pods receive and send only the traffic that is listed."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest
from hypothesis import given, strategies as st
from pulumi_kubernetes.core import v1 as core

from platform_components.aws.database_args import DatabaseArgs
from platform_components.base import InvalidInput
from platform_components.engine import ProgramError
from platform_components.kubernetes.network_policy import Destinations, EgressRule
from platform_components.kubernetes.pod import PodAdditions
from platform_components.kubernetes.workload import Workload
from platform_components.kubernetes.workload_args import WorkloadArgs
from platform_components.service_stack import ServiceStack, ServiceStackArgs
from platform_components.testing import UNKNOWN, render
from tests.kubernetes.workloads import DEPLOYMENT, IMAGE, NETWORK_POLICY, policy, workload
from tests.samples import context_of, given_foundation, given_platform_services


def namespaces(rule: dict[str, Any]) -> tuple[list[str], int]:
    """Return the namespaces that a rule of ingress allows, and the port."""
    (peer,), (port,) = rule["from"], rule["ports"]
    (expression,) = peer["namespaceSelector"]["matchExpressions"]
    assert (expression["key"], expression["operator"]) == ("kubernetes.io/metadata.name", "In")
    assert port["protocol"] == "TCP"
    return expression["values"], port["port"]


def selected(policy: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a policy selects a pod with these labels."""
    selector = policy["podSelector"]
    excluded = [(each["key"], each["values"]) for each in selector.get("matchExpressions", ())]
    assert all(each["operator"] == "NotIn" for each in selector.get("matchExpressions", ()))
    return selector.get("matchLabels", {}).items() <= labels.items() and not any(
        labels.get(key) in values for key, values in excluded
    )


def test_only_named_callers_get_in() -> None:
    """Ingress is allowed from its own namespace and its callers', to its port."""
    (rule,) = policy(workload(callers=("cart", "web-shop")))["ingress"]
    assert namespaces(rule) == (["orders", "cart", "web-shop"], 8080)


def test_a_worker_has_no_ingress() -> None:
    """The key is absent: the API server drops an empty list, and would count a change at every deployment."""
    closed = policy(workload(kind="worker"))
    assert closed["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in closed


@pytest.mark.parametrize("kind", ["web", "worker"])
def test_metrics_are_for_the_monitoring(kind: str) -> None:
    """Callers of the service can't read them, unless they are named."""
    rules = [namespaces(rule) for rule in policy(workload(kind=kind, metrics_port=9102))["ingress"]]
    assert rules[-1] == (["monitoring"], 9102)
    assert len(rules) == (2 if kind == "web" else 1)
    named = policy(workload(kind=kind, metrics_port=9102, metrics_callers=("otel",)))["ingress"]
    assert namespaces(named[-1]) == (["otel"], 9102)


def test_other_pods_of_the_namespace_have_no_network() -> None:
    """A Job or a debug pod without a policy of its own can't connect, not even to DNS."""
    denied = policy(workload(), "default-deny")
    assert denied["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & set(denied)
    assert selected(denied, {}) is True
    assert selected(denied, {"app.kubernetes.io/component": "report"}) is True


@pytest.mark.parametrize("kind", ["web", "worker"])
def test_every_pod_of_a_service_has_exactly_one_policy(kind: Any) -> None:
    """With two, the agent of EKS applies one alone while a pod starts, and its first connections can fail."""
    args = ServiceStackArgs(image=IMAGE, kind=kind, database=DatabaseArgs(), migration_command=("migrate",))
    graph = render(
        lambda: ServiceStack(
            "orders",
            args,
            context=context_of("development"),
            foundation=given_foundation(),
            platform_services=given_platform_services(),
        )
    )
    policies = [each.inputs["spec"] for each in graph.of_type(NETWORK_POLICY)]
    pods = [
        each.inputs["spec"]["template"]["metadata"]["labels"]
        for each in (*graph.of_type(DEPLOYMENT), *graph.of_type("kubernetes:batch/v1:Job"))
    ]
    assert len(pods) == 3
    assert [sum(selected(each, labels) for each in policies) for labels in pods] == [1, 1, 1]


def test_what_it_may_reach_is_listed() -> None:
    """Egress is allowed to pods, DNS, the Pod Identity agent, HTTPS except link-local, and `egress`."""
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
    assert https["to"][0]["ipBlock"]["except"] == ["169.254.0.0/16"]
    # No rule allows all traffic to all destinations.
    assert all(rule.get("ports") or rule["to"] == [{"namespaceSelector": {}}] for rule in rules)


def test_egress_can_be_udp() -> None:
    """Such as StatsD; the default is TCP."""
    rule = EgressRule(cidr="203.0.113.0/24", port=8125, protocol="UDP")
    assert policy(workload(egress=(rule,)))["egress"][-1]["ports"] == [{"protocol": "UDP", "port": 8125}]


def test_destinations_of_a_composition_are_in_one_rule() -> None:
    """Such as the data subnets, for a database."""
    additions = PodAdditions(egress=[Destinations(["10.0.2.0/24", "10.0.3.0/24"], 5432)])
    rule = policy(workload(additions=additions))["egress"][-1]
    assert rule["ports"] == [{"protocol": "TCP", "port": 5432}]
    assert [peer["ipBlock"]["cidr"] for peer in rule["to"]] == ["10.0.2.0/24", "10.0.3.0/24"]


def test_the_number_of_destinations_can_be_unknown() -> None:
    """Until the network is deployed, the rule's destinations are unknown, and not everything."""

    def program() -> None:
        blocks = core.ConfigMap("network").id.apply(lambda _: ["10.0.2.0/24"])
        additions = PodAdditions(egress=[Destinations(blocks, 5432)])
        context = context_of("development")
        Workload("orders", WorkloadArgs(image=IMAGE), context=context, additions=additions)

    assert policy(render(program))["egress"][-1]["to"] is UNKNOWN


@pytest.mark.parametrize(
    ("cidr", "rule"),
    [
        ("0.0.0.0/0", "must be /8 or smaller, not open to the world"),
        ("128.0.0.0/1", "must be /8 or smaller"),
        ("169.254.169.254/32", "must not contain link-local addresses (169.254.0.0/16)"),
        ("169.0.0.0/8", "must not contain link-local addresses"),
        ("127.0.0.1/32", "must not contain loopback addresses"),
        ("239.1.2.3/32", "must not contain multicast addresses"),
        ("255.255.255.255/32", "must not contain reserved addresses"),
        ("0.0.0.0/8", "must not contain reserved addresses"),
    ],
)
def test_egress_to_the_world_and_to_the_node_is_rejected(cidr: str, rule: str) -> None:
    """Each message says what to do instead."""
    with pytest.raises(InvalidInput) as caught:
        EgressRule(cidr=cidr, port=80)
    text = " ".join(str(caught.value).split())
    assert f'cidr = "{cidr}" {rule}' in text
    assert "is allowed without a rule" in text


def connecting_to(cidr: str, port: int) -> Workload:
    """Create a workload with a destination that is an Output. Call it in a program."""
    rule = EgressRule(cidr=pulumi.Output.from_input(cidr), port=pulumi.Output.from_input(port))
    args = WorkloadArgs(image=IMAGE, egress=(rule,))
    return Workload("orders", args, context=context_of("development"))


@pytest.mark.parametrize(
    ("cidr", "port", "rule"),
    [
        ("169.254.169.254/32", 80, "egress.cidr must not contain link-local addresses (169.254.0.0/16)"),
        ("10.0.0.1/8", 80, "egress.cidr must not have host bits set"),
        ("10.0.0.0/8", 0, "egress.port must be"),
    ],
)
def test_egress_that_is_an_output_is_checked_when_it_is_known(cidr: str, port: int, rule: str) -> None:
    """The same rules apply. The value is not shown: it may be secret."""
    with pytest.raises(ProgramError) as caught:
        render(lambda: connecting_to(cidr, port))
    text = " ".join(str(caught.value).split())
    assert rule in text
    assert cidr not in text


def test_egress_can_be_an_output() -> None:
    """The rule is the same as with plain values."""
    rule = policy(render(lambda: connecting_to("203.0.113.0/24", 587)))["egress"][-1]
    plain = EgressRule(cidr="203.0.113.0/24", port=587)
    assert rule == policy(workload(egress=(plain,)))["egress"][-1]


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_accepted_egress_is_narrow_and_routable(address: int, prefix: int) -> None:
    """No accepted block overlaps the addresses of the node, of multicast, or most of the internet."""
    block = IPv4Network((address, prefix), strict=False)
    try:
        EgressRule(cidr=str(block), port=80)
    except InvalidInput:
        return
    assert block.prefixlen >= 8
    for edge in (block.network_address, block.broadcast_address):
        assert not any((edge.is_loopback, edge.is_link_local, edge.is_multicast, edge.is_reserved))
