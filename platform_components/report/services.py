"""Kubernetes Services, Ingresses and Gateways: the ports and hosts that become reachable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.report.addresses import ANY_ADDRESS, Peer
from platform_components.report.subject import Fact
from platform_components.report.transition import Transition, at, items, mappings, shown

_SCHEME: Final = "service.beta.kubernetes.io/aws-load-balancer-scheme"
_INTERNAL: Final = "service.beta.kubernetes.io/aws-load-balancer-internal"
_ALB_SCHEME: Final = "alb.ingress.kubernetes.io/scheme"
_CONTROLLER_CLASSES: Final = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")


def opened_services(transition: Transition) -> Iterator[Fact]:
    """Yield the ports, addresses and hosts that were not reachable before."""
    former = {fact.text for fact in _reachable(transition.kind, transition.before)}
    for fact in _reachable(transition.kind, transition.after):
        if fact.text not in former:
            yield fact


def _reachable(kind: str, inputs: Mapping[str, Any] | None) -> Iterator[Fact]:
    if inputs is None:
        return
    if kind == "Service":
        yield from _service(inputs)
    elif kind == "Ingress":
        yield from _ingress(inputs)
    elif kind == "Gateway":
        for listener in mappings(at(inputs, "spec.listeners")):
            host, port = listener.get("hostname"), shown(listener.get("port"))
            where = f" for {shown(host)}" if host else ""
            yield Fact("exposure", f"becomes reachable through a gateway on port {port}{where}")
    elif kind == "IngressClassParams" and at(inputs, "spec.scheme") == "internet-facing":
        yield Fact("exposure", "its Ingresses become reachable from the internet", is_broad=True)


def _service(inputs: Mapping[str, Any]) -> Iterator[Fact]:
    type_ = at(inputs, "spec.type")
    ports = [
        f"{shown(port.get('protocol') or 'TCP')} {shown(port.get('port'))}"
        for port in mappings(at(inputs, "spec.ports"))
    ] or ["all ports"]
    for address in items(at(inputs, "spec.externalIPs")):
        yield Fact("exposure", f"receives the traffic to {shown(address)} (externalIPs)")
    if type_ == "NodePort":
        yield from (Fact("exposure", f"becomes reachable on a port of every node ({port})") for port in ports)
    if type_ != "LoadBalancer":
        return
    balancer = "an internal load balancer" if _is_internal(inputs) else "an internet-facing load balancer"
    sources = items(at(inputs, "spec.loadBalancerSourceRanges")) or [ANY_ADDRESS]
    for source in map(Peer, map(shown, sources)):
        for port in ports:
            yield Fact(
                "exposure",
                f"becomes reachable from {source} through {balancer} on {port}",
                is_broad=source.is_anyone and not _is_internal(inputs),
            )


def _is_internal(inputs: Mapping[str, Any]) -> bool:
    """https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb: "provisions an
    internal NLB by default". The controller that is part of Kubernetes creates internet-facing ones."""
    scheme, internal = (_annotation(inputs, name) for name in (_SCHEME, _INTERNAL))
    if scheme is not None:
        return bool(scheme == "internal")
    if internal is not None:
        return internal not in ("", "false")
    return bool(at(inputs, "spec.loadBalancerClass") in _CONTROLLER_CLASSES)


def _ingress(inputs: Mapping[str, Any]) -> Iterator[Fact]:
    is_public = _annotation(inputs, _ALB_SCHEME) == "internet-facing"
    through = "an internet-facing load balancer" if is_public else "an ingress controller"
    hosts = [rule.get("host") for rule in mappings(at(inputs, "spec.rules"))] or [None]
    for host in hosts:
        what = f"for {shown(host)}" if host else "for any host"
        yield Fact("exposure", f"becomes reachable through {through} {what}", is_broad=is_public)


def _annotation(inputs: Mapping[str, Any], name: str) -> Any:
    annotations = at(inputs, "metadata.annotations")
    return annotations.get(name) if isinstance(annotations, Mapping) else None
