"""Traffic that network policies allow, and pods that none restricts any more."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine import Graph
from platform_components.engine.plan.steps import Plan
from platform_components.report.subject import Subject
from tests.report.exposed import broad, delete, texts, update
from tests.report.plans import COMPARED, subject

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
JOB = "kubernetes:batch/v1:Job"
UNRESTRICTED = "no longer restricts ingress: pods allow all ingress unless another policy selects them"


def policy(**spec: Any) -> dict[str, Any]:
    spec = {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"], **spec}
    return {"metadata": {"name": "web", "namespace": "shop"}, "spec": spec}


def peers(*found: dict[str, Any]) -> dict[str, Any]:
    return policy(ingress=[{"from": list(found)}])


def block(cidr: str, *excluded: str) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr, "except": list(excluded)}}


def spec_update(old: dict[str, Any], new: dict[str, Any]) -> Subject:
    return update(POLICY, old, new)


def test_a_deleted_policy_opens_up() -> None:
    """Pods without a policy allow all traffic in the directions that it restricted."""
    assert texts(delete(POLICY, policy())) == [UNRESTRICTED]
    assert texts(delete(POLICY, policy(policyTypes=["Egress"]))) == [
        "no longer restricts egress: pods allow all egress unless another policy selects them"
    ]


def test_a_retained_policy_opens_nothing() -> None:
    """It stays in the cluster."""
    assert texts(delete(POLICY, policy(), retained=True)) == []


@pytest.mark.parametrize(("survivor", "expected"), [(False, []), (True, [UNRESTRICTED])])
def test_a_policy_that_is_deleted_with_its_pods_opens_nothing(survivor: bool, expected: list[str]) -> None:
    """Unless other pods of the stack have the same labels."""
    template = {"metadata": {"labels": {"app": "web", "job": "bootstrap"}}}
    workload = {"metadata": {"namespace": "shop"}, "spec": {"template": template}}
    steps = [delete(POLICY, policy()).step, delete(JOB, workload, name="job").step]
    resource = subject("same", JOB, workload, name="other").resource
    assert resource is not None
    left = (resource,) if survivor else ()
    graph = Graph("platform", "dev", "acme", left, plan=Plan(tuple(steps), compared=COMPARED))
    assert texts(Subject(steps[0], None, graph)) == expected


def test_only_restrictions_that_end_open_up() -> None:
    """A direction that the policy restricts in addition does not."""
    assert texts(spec_update(policy(), policy(policyTypes=["Ingress", "Egress"]))) == []
    assert texts(spec_update(policy(), policy(policyTypes=["Egress"]))) == [UNRESTRICTED]


def test_other_pods_open_up() -> None:
    """The former pods are unrestricted; more pods get the rules that allow something."""
    other = {"matchLabels": {"app": "other"}}
    assert texts(spec_update(policy(), policy(podSelector=other))) == [
        "selects other pods: the former pods allow all ingress unless another policy selects them"
    ]
    rules = [{"from": [block("10.0.0.0/8")]}]
    old, new = policy(ingress=rules), policy(ingress=rules, podSelector={})
    assert texts(spec_update(old, new)) == ["applies its ingress rules to more pods"]
    assert texts(spec_update(policy(), policy(podSelector={}))) == []


def test_a_rule_without_peers_allows_any_address() -> None:
    """Absent or empty `from`; also of a new policy, because the rules of several policies add up."""
    ports = [{"port": 8080}]
    old = policy(ingress=[{"from": [{"podSelector": {}}], "ports": ports}])
    new = policy(ingress=[{"ports": ports}])
    assert broad(spec_update(old, new)) == ["ingress from any address on TCP 8080"]
    assert broad(subject("create", POLICY, new)) == ["ingress from any address on TCP 8080"]


def test_exceptions_are_part_of_a_range() -> None:
    """An exception that is removed opens up; any address with an exception still admits anyone."""
    old, new = peers(block("10.0.0.0/8", "10.1.0.0/16")), peers(block("10.0.0.0/8"))
    assert texts(spec_update(old, new)) == ["ingress from 10.0.0.0/8 on all ports"]
    assert texts(spec_update(new, old)) == []
    assert texts(spec_update(old, peers(block("10.2.0.0/16")))) == []
    assert broad(spec_update(policy(), peers(block("0.0.0.0/0", "10.0.0.0/8")))) == [
        "ingress from any address (0.0.0.0/0) except 10.0.0.0/8 on all ports"
    ]


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({"namespaceSelector": {}}, {"namespaceSelector": {"matchLabels": {"a": "b"}}}),
        ({"namespaceSelector": {}}, {"podSelector": {}}),
        ({"podSelector": {}}, {"podSelector": {"matchLabels": {"a": "b"}}}),
        ({"podSelector": {}}, {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}),
    ],
)
def test_a_narrower_selector_opens_nothing(wide: dict[str, Any], narrow: dict[str, Any]) -> None:
    """The opposite change does."""
    assert texts(spec_update(peers(wide), peers(narrow))) == []
    assert len(texts(spec_update(peers(narrow), peers(wide)))) == 1


def test_egress_that_an_exception_prevented_opens_up() -> None:
    """Such as to the credentials of the node. A new policy mostly restricts egress."""
    old, new = (
        policy(policyTypes=["Egress"], egress=[{"to": [block("0.0.0.0/0", *excluded)]}])
        for excluded in (["169.254.169.254/32"], [])
    )
    assert texts(spec_update(old, new)) == ["egress to any address (0.0.0.0/0) on all ports"]
    inner = policy(policyTypes=["Egress"], egress=[{"to": [block("10.0.0.0/8")]}])
    assert texts(subject("create", POLICY, inner)) == []
