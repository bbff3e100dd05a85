"""Access of pods to their node, admission rules, and services that become reachable."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.report.subject import Subject
from tests.report.exposed import broad, delete, texts, update
from tests.report.plans import subject

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAMESPACE = "kubernetes:core/v1:Namespace"
SERVICE = "kubernetes:core/v1:Service"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
WEBHOOKS = "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration"
SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"


def pods(container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "web", **(container or {})}], **spec}
    return {"spec": {"template": {"spec": spec}}}


@pytest.mark.parametrize(
    ("new", "text"),
    [
        (pods(hostNetwork=True), "grants its pods access to the network of their node (hostNetwork)"),
        (pods(hostPID=True), "grants its pods access to the processes of their node (hostPID)"),
        (
            pods(volumes=[{"name": "root", "hostPath": {"path": "/"}}]),
            "mounts in its pods the directory / of their node (hostPath)",
        ),
        (
            pods({"securityContext": {"privileged": True}}),
            "the container web becomes privileged, with all access to its node",
        ),
        (
            pods({"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}),
            "the container web gets the capability NET_ADMIN",
        ),
        (
            pods({"ports": [{"containerPort": 80, "hostPort": 80}]}),
            "the container web becomes reachable on the port 80 of its node",
        ),
        (
            pods(serviceAccountName="admin"),
            "grants its pods the permissions of the ServiceAccount admin",
        ),
    ],
)
def test_access_to_the_node_opens_up(new: dict[str, Any], text: str) -> None:
    """And other permissions. The opposite change does not."""
    assert texts(update(DEPLOYMENT, pods(), new)) == [text]
    assert texts(update(DEPLOYMENT, new, pods())) == []


def test_pods_of_a_cron_job_are_two_templates_deep() -> None:
    """A Pod has no template."""
    template = pods(hostIPC=True)["spec"]["template"]
    job = {"spec": {"jobTemplate": {"spec": {"template": template}}}}
    expected = ["grants its pods access to the shared memory of their node (hostIPC)"]
    assert texts(subject("create", "kubernetes:batch/v1:CronJob", job)) == expected
    assert texts(subject("create", "kubernetes:core/v1:Pod", template)) == expected


def test_a_weaker_pod_security_standard_opens_up() -> None:
    """Without the label the default of the cluster applies."""

    def labelled(level: str) -> dict[str, Any]:
        return {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": level}}}

    assert texts(update(NAMESPACE, labelled("restricted"), labelled("baseline"))) == [
        "no longer enforces the Pod Security Standard restricted but baseline"
    ]
    assert texts(update(NAMESPACE, labelled("baseline"), {"metadata": {"labels": {}}})) == [
        "no longer enforces the Pod Security Standard baseline"
    ]
    assert texts(update(NAMESPACE, labelled("baseline"), labelled("restricted"))) == []


def test_a_webhook_that_is_gone_or_ignored_opens_up() -> None:
    """Requests that it rejects are admitted."""
    old, new = ({"webhooks": [{"name": "images", "failurePolicy": each}]} for each in ("Fail", "Ignore"))
    gone = ["the webhook images no longer checks requests to the Kubernetes API"]
    assert texts(update(WEBHOOKS, old, new)) == ["requests are admitted while the webhook images fails"]
    assert texts(update(WEBHOOKS, new, old)) == []
    assert texts(update(WEBHOOKS, old, {"webhooks": []})) == gone
    assert texts(delete(WEBHOOKS, old)) == gone


def service(scheme: str = "", ports: tuple[int, ...] = (80,), **spec: Any) -> dict[str, Any]:
    annotations = {SCHEME: scheme} if scheme else {}
    spec = {"type": "LoadBalancer", "ports": [{"port": port} for port in ports], **spec}
    return {"metadata": {"annotations": annotations}, "spec": spec}


PUBLIC = "becomes reachable from any address through an internet-facing load balancer on TCP"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (service(type="ClusterIP"), service(), f"{PUBLIC} 80"),
        (service("internal"), service("internet-facing"), f"{PUBLIC} 80"),
        (service(), service(ports=(80, 22)), f"{PUBLIC} 22"),
        (service(loadBalancerSourceRanges=["10.0.0.0/8"]), service(), f"{PUBLIC} 80"),
    ],
)
def test_a_public_load_balancer_admits_anyone(
    old: dict[str, Any], new: dict[str, Any], expected: str
) -> None:
    """Another type, scheme, port or list of addresses. The opposite change does not."""
    assert broad(update(SERVICE, old, new)) == [expected]
    assert broad(update(SERVICE, new, old)) == []


def test_an_internal_load_balancer_does_not_admit_anyone() -> None:
    """Nor does one with a list of addresses, or of the AWS Load Balancer Controller by default."""
    for new in (
        service("internal"),
        service(loadBalancerClass="eks.amazonaws.com/nlb"),
        service(loadBalancerSourceRanges=["10.0.0.0/8"]),
    ):
        step = update(SERVICE, service(type="ClusterIP"), new)
        assert len(texts(step)) == 1
        assert broad(step) == []


def test_external_addresses_and_node_ports_open_up() -> None:
    """Traffic to them reaches the pods."""
    old = service(type="ClusterIP")
    assert texts(update(SERVICE, old, service(type="ClusterIP", externalIPs=["203.0.113.7"]))) == [
        "receives the traffic to 203.0.113.7 (externalIPs)"
    ]
    assert texts(update(SERVICE, old, service(type="NodePort"))) == [
        "becomes reachable on a port of every node (TCP 80)"
    ]


def ingress(scheme: str, host: str = "shop.example") -> Subject:
    annotations = {"alb.ingress.kubernetes.io/scheme": scheme}
    return subject(
        "create",
        INGRESS,
        {"metadata": {"annotations": annotations}, "spec": {"rules": [{"host": host}]}},
    )


def test_hosts_of_an_ingress_open_up() -> None:
    """An internet-facing load balancer admits anyone."""
    assert broad(ingress("internet-facing")) == [
        "becomes reachable through an internet-facing load balancer for shop.example"
    ]
    assert texts(ingress("internal")) == ["becomes reachable through an ingress controller for shop.example"]
    assert broad(ingress("internal")) == []


def test_listeners_of_a_gateway_open_up() -> None:
    """Each with its port."""
    gateway = {"spec": {"listeners": [{"port": 443, "hostname": "shop.example"}]}}
    assert texts(subject("create", "kubernetes:gateway.networking.k8s.io/v1:Gateway", gateway)) == [
        "becomes reachable through a gateway on port 443 for shop.example"
    ]
