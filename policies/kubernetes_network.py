"""Networks of Kubernetes: pods accept only the traffic that they require, and services stay internal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from platform_components.policy import Example, PolicyContext, Properties, ResourceView, Rule, Undetermined

from .flags import is_on
from .kubernetes_objects import KubernetesObject, objects, of_kind

Findings = Iterator[str | Undetermined]

_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
_SCHEME: Final = "service.beta.kubernetes.io/aws-load-balancer-scheme"
_INTERNAL: Final = "service.beta.kubernetes.io/aws-load-balancer-internal"
"""The deprecated form of the annotation: `"true"` (AWS Load Balancer Controller, service annotations)."""
_INGRESS_SCHEME: Final = "alb.ingress.kubernetes.io/scheme"


def _open_policies(view: ResourceView, context: PolicyContext) -> Findings:
    for policy in objects(view):
        types = policy.fields.peek("spec", "policyTypes")
        if isinstance(types, Undetermined):
            yield types
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            if isinstance(types, list) and direction.title() not in types:
                yield from _without_effect(policy, direction)
            for rule in policy.fields.each("spec", direction):
                yield from _open_rule(rule, direction, peers)


def _without_effect(policy: KubernetesObject, direction: str) -> Findings:
    """A policy allows all traffic of a direction that is not among its types, whatever its rules are."""
    if policy.fields.has("spec", direction):
        where = policy.where("spec", direction)
        yield f"{where} has no effect: policyTypes has no {direction.title()}, which allows all traffic"


def _open_rule(rule: Properties, direction: str, peers: str) -> Findings:
    others = "from all sources" if direction == "ingress" else "to all destinations"
    every_port = _every_port(rule)
    if isinstance(every_port, Undetermined):
        yield every_port
        return
    if not list(rule.each(peers)) and every_port:
        yield f"{rule.path} allows traffic {others}"
    for peer in rule.each(peers):
        block = peer.peek("ipBlock", "cidr")
        if isinstance(block, Undetermined) and every_port:
            yield block
        elif block in _EVERYWHERE and every_port:
            yield f"{peer.path} allows traffic {others}"
        elif direction == "ingress" and _is_every_namespace(peer):
            yield f"{peer.path} allows traffic from all pods of the cluster"


def _is_every_namespace(peer: Properties) -> bool:
    """An empty selector selects all: https://kubernetes.io/docs/concepts/services-networking/network-policies."""
    return peer.get("namespaceSelector") == {} and not peer.get("podSelector")


def _every_port(rule: Properties) -> bool | Undetermined:
    """Whether a rule allows all ports, at least of one protocol."""
    ports = list(rule.each("ports"))
    for entry in ports:
        first, last = entry.peek("port"), entry.peek("endPort")
        for value in (first, last):
            if isinstance(value, Undetermined):
                return value
        if first is None or (first == 1 and last == 65535):
            return True
    return not ports


def _exposed_services(view: ResourceView, context: PolicyContext) -> Findings:
    if context.tier != "production":
        return
    for service in objects(view):
        kind = service.fields.peek("spec", "type")
        if isinstance(kind, Undetermined):
            yield kind
        elif kind == "NodePort":
            yield f"{service.where('spec', 'type')} is NodePort, which opens a port on every node"
        elif kind == "LoadBalancer":
            yield from _external_load_balancer(service)
        if addresses := service.fields.get("spec", "externalIPs"):
            yield f"{service.where('spec', 'externalIPs')} is {', '.join(addresses)}"


def _external_load_balancer(service: KubernetesObject) -> Findings:
    scheme, internal = (service.fields.peek("metadata", "annotations", name) for name in (_SCHEME, _INTERNAL))
    unknown = [value for value in (scheme, internal) if isinstance(value, Undetermined)]
    if scheme == "internal" or (scheme is None and internal is not None and is_on(internal)):
        return
    if unknown:
        yield unknown[0]
    else:
        yield f"{service.where('spec', 'type')} is LoadBalancer, without the annotation {_SCHEME}: internal"


def _exposed_ingresses(view: ResourceView, context: PolicyContext) -> Findings:
    if context.tier != "production":
        return
    for ingress in objects(view):
        scheme = ingress.fields.peek("metadata", "annotations", _INGRESS_SCHEME)
        if isinstance(scheme, Undetermined):
            yield scheme
        elif scheme == "internet-facing":
            yield f"annotation {_INGRESS_SCHEME} is internet-facing"


_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
_SERVICE = "kubernetes:core/v1:Service"
_INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
_ON_8080 = {"ports": [{"protocol": "TCP", "port": 8080}]}


def _policy(says: str = "", **spec: Any) -> Example:
    return Example(_POLICY, {"spec": {"podSelector": {}, **spec}}, says=says)


def _load_balancer(annotations: dict[str, str]) -> Example:
    return Example(
        _SERVICE, {"metadata": {"annotations": annotations}, "spec": {"type": "LoadBalancer"}}, "prod"
    )


_TEAM = {"namespaceSelector": {"matchLabels": {"team": "payments"}}}

KUBERNETES_NETWORK: Final = (
    Rule(
        id="network-policy-open",
        title="No network policy allows all traffic, or traffic from all pods",
        why="Policies add up: a rule that allows everything makes all other policies of its pods void.",
        remedy="name the callers and their ports: callers and egress of a Workload, or podSelector and ports",
        severity="high",
        controls=("NIST 800-53 SC-7", "NIST 800-53 AC-4"),
        types=of_kind("NetworkPolicy"),
        check=_open_policies,
        passing=(
            _policy(),
            _policy(ingress=[], egress=[]),
            _policy(policyTypes=["Egress"], egress=[]),
            _policy(policyTypes=["Ingress", "Egress"], ingress=[]),
            _policy(ingress=[{"from": [_TEAM]}]),
            _policy(ingress=[{"ports": [{"port": 1}, {"port": 1024, "endPort": 65535}]}]),
            _policy(ingress=[{"from": [{"podSelector": {}}], **_ON_8080}]),
            _policy(
                ingress=[{"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}]}]
            ),
            _policy(egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443}]}]),
            _policy(egress=[{"to": [{"namespaceSelector": {}}]}, {"ports": [{"port": 53}]}]),
        ),
        failing=(
            _policy("spec.ingress[0] allows traffic from all sources", ingress=[{}]),
            _policy("spec.egress[1] allows traffic to all", egress=[{"to": [_TEAM]}, {}]),
            _policy("from all sources", ingress=[{"from": []}]),
            _policy("spec.ingress has no effect", policyTypes=["Egress"], ingress=[{"from": [_TEAM]}]),
            _policy("spec.egress has no effect", policyTypes=["Ingress"], egress=[]),
            _policy("from all sources", ingress=[{"ports": [{"protocol": "TCP"}]}]),
            _policy("from all sources", ingress=[{"ports": [{"port": 1, "endPort": 65535}]}]),
            _policy(
                "spec.ingress[0].from[1] allows traffic from all",
                ingress=[{"from": [_TEAM, {"ipBlock": {"cidr": "0.0.0.0/0"}}]}],
            ),
            _policy("to all destinations", egress=[{"to": [{"ipBlock": {"cidr": "::/0"}}]}]),
            _policy(
                "from all pods of the cluster",
                ingress=[{"from": [{"namespaceSelector": {}}], **_ON_8080}],
            ),
            Example(f"{_POLICY}Patch", {"spec": {"ingress": [{}]}}, says="spec.ingress[0]"),
            Example(f"{_POLICY}List", {"items": [{"spec": {"ingress": [{}]}}]}, says="items[0].spec.ingress"),
            Example("kubernetes:extensions/v1beta1:NetworkPolicy", {"spec": {"egress": [{}]}}),
        ),
    ),
    Rule(
        id="service-exposure",
        title="In production, no Service has a public load balancer, a node port or external IPs",
        why="It is reachable past the ingress: without its TLS, its authentication and its rate limits.",
        remedy="use type ClusterIP behind an ingress, or set the annotation for the scheme internal",
        severity="high",
        enforcement="advisory",
        controls=("NIST 800-53 SC-7",),
        types=of_kind("Service"),
        check=_exposed_services,
        passing=(
            Example(_SERVICE, {"spec": {"type": "ClusterIP"}}, "prod"),
            Example(_SERVICE, {"spec": {"type": "LoadBalancer"}}),
            Example(f"{_SERVICE}Patch", {"metadata": {"name": "web"}}, "prod"),
            _load_balancer({_SCHEME: "internal"}),
            _load_balancer({_INTERNAL: "true"}),
        ),
        failing=(
            Example(_SERVICE, {"spec": {"type": "LoadBalancer"}}, "prod", says="spec.type is LoadBalancer"),
            _load_balancer({_SCHEME: "internet-facing"}),
            _load_balancer({_SCHEME: "internet-facing", _INTERNAL: "true"}),
            Example(_SERVICE, {"spec": {"type": "NodePort"}}, "prod", says="spec.type is NodePort"),
            Example(_SERVICE, {"spec": {"externalIPs": ["192.0.2.1"]}}, "prod", says="is 192.0.2.1"),
            Example(f"{_SERVICE}Patch", {"spec": {"type": "LoadBalancer"}}, "prod"),
            Example(f"{_SERVICE}List", {"items": [{"spec": {"type": "NodePort"}}]}, "prod", says="items[0]"),
        ),
    ),
    Rule(
        id="ingress-exposure",
        title="In production, a public ingress is a decision of the platform team",
        why="A service that was meant for other services becomes reachable from the internet.",
        remedy="remove the annotation, so that the load balancer is internal, or accept the finding",
        severity="medium",
        enforcement="advisory",
        controls=("NIST 800-53 SC-7",),
        types=of_kind("Ingress"),
        check=_exposed_ingresses,
        passing=(
            Example(_INGRESS, {}, "prod"),
            Example(_INGRESS, {"metadata": {"annotations": {_INGRESS_SCHEME: "internet-facing"}}}),
        ),
        failing=(
            Example(
                _INGRESS,
                {"metadata": {"annotations": {_INGRESS_SCHEME: "internet-facing"}}},
                "prod",
                says="is internet-facing",
            ),
        ),
    ),
)
