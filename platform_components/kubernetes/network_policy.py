"""Network policy: the allowed ingress and egress of a workload's pods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Annotated, Any, Final, Literal

import pulumi
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking
from pydantic import AfterValidator

from platform_components.base import Args, Cidr, Input, InvalidInput, Port, Problem
from platform_components.base.values import InvalidValueError

_POD_IDENTITY_AGENT = "169.254.170.23/32"
_LINK_LOCAL = "169.254.0.0/16"  # instance metadata, among others
_WIDEST_PREFIX = 8
_NO_DESTINATIONS: Final = {
    IPv4Network("127.0.0.0/8"): "loopback",
    IPv4Network(_LINK_LOCAL): "link-local",
    IPv4Network("224.0.0.0/4"): "multicast",
    IPv4Network("240.0.0.0/4"): "reserved",
    IPv4Network("0.0.0.0/8"): "reserved",
}


def _destination(cidr: str) -> str:
    block = IPv4Network(cidr)
    if block.prefixlen < _WIDEST_PREFIX:
        raise InvalidValueError(
            f"must be /{_WIDEST_PREFIX} or smaller, not open to the world",
            "list the blocks of the destination; HTTPS to any address is allowed without a rule",
        )
    for reserved, name in _NO_DESTINATIONS.items():
        if block.overlaps(reserved):
            raise InvalidValueError(
                f"must not contain {name} addresses ({reserved})",
                "remove it; the Pod Identity agent is allowed without a rule",
            )
    return cidr


class EgressRule(Args):
    """A destination that a workload can connect to."""

    cidr: Input[Annotated[Cidr, AfterValidator(_destination)]]
    """CIDR block of the destination, /8 or smaller, without link-local, loopback or multicast addresses."""

    port: Input[Port]
    """Port of the destination."""

    protocol: Literal["TCP", "UDP"] = "TCP"
    """Protocol of the port."""


@dataclass(frozen=True)
class Destinations:
    """A TCP port in several CIDR blocks, whose number can be unknown until deployment."""

    cidrs: Input[Sequence[str]]
    port: Input[int]


def network_policy(
    selector: Mapping[str, str],
    *,
    port: int | None,
    callers: Sequence[str],
    egress: Sequence[EgressRule | Destinations],
    metrics_port: int | None = None,
    metrics_callers: Sequence[str] = (),
) -> networking.NetworkPolicySpecArgsDict:
    """Return the policy of the pods that `selector` matches. Any other traffic is denied.

    Ingress is allowed from pods of the namespaces `callers` to `port` and of `metrics_callers` to
    `metrics_port`. Egress is allowed to pods of the cluster, DNS, the Pod Identity agent, HTTPS and `egress`.
    """
    policy: networking.NetworkPolicySpecArgsDict = {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "egress": [
            # Any pod of the cluster: access is restricted by the ingress rules of the destination.
            {"to": [{"namespace_selector": {}}]},
            # DNS at any address: in Auto Mode it runs on the node, not in a pod that could be selected.
            {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]},
            _to([{"cidr": _POD_IDENTITY_AGENT}], 80),
            _to([{"cidr": "0.0.0.0/0", "except_": [_LINK_LOCAL]}], 443),
            *(_egress(each) for each in egress),
        ],
    }
    ingress = [
        _from_namespaces(names, number)
        for names, number in ((callers, port), (metrics_callers, metrics_port))
        if number is not None
    ]
    if ingress:
        # The API server drops an empty list, which would then differ at every deployment.
        policy["ingress"] = ingress
    return policy


COMPONENTS_WITH_POLICY: Final = ("bootstrap", "migrations", "web", "worker")
"""Values of the label `app.kubernetes.io/component` of the pods that the library creates, each with its own
policy."""

DEFAULT_DENY: Final[networking.NetworkPolicySpecArgsDict] = {
    "pod_selector": {
        "match_expressions": [
            # Pods without the label are selected too. A pod with two policies would at first have only one
            # of them: the agent of EKS applies each alone until it has seen all of them
            # (aws/amazon-network-policy-controller-k8s issue 179).
            {"key": "app.kubernetes.io/component", "operator": "NotIn", "values": COMPONENTS_WITH_POLICY}
        ]
    },
    "policy_types": ["Ingress", "Egress"],
}
"""Denies all traffic, DNS included, of the pods of a namespace without their own policy."""


def _from_namespaces(names: Sequence[str], port: int) -> networking.NetworkPolicyIngressRuleArgsDict:
    named: meta.LabelSelectorRequirementArgsDict = {
        "key": "kubernetes.io/metadata.name",
        "operator": "In",
        "values": names,
    }
    return {
        "from_": [{"namespace_selector": {"match_expressions": [named]}}],
        "ports": [{"protocol": "TCP", "port": port}],
    }


def _egress(rule: EgressRule | Destinations) -> networking.NetworkPolicyEgressRuleArgsDict:
    if isinstance(rule, EgressRule):
        if not isinstance(rule.cidr, pulumi.Output) and not isinstance(rule.port, pulumi.Output):
            return _to([{"cidr": rule.cidr}], rule.port, rule.protocol)
        checked = pulumi.Output.all(rule.cidr, rule.port).apply(lambda known: _known_rule(*known))
        return _to([{"cidr": checked["cidr"]}], checked["port"], rule.protocol)
    blocks = pulumi.Output.from_input(rule.cidrs).apply(_peers_of)
    return {"to": blocks, "ports": [{"protocol": "TCP", "port": rule.port}]}


def _known_rule(cidr: str, port: int) -> dict[str, Any]:
    """The destination of a rule with Outputs, checked when they are known.

    Raises:
        InvalidInput: the values are invalid. They are not shown, because they may be secret.
    """
    try:
        EgressRule(cidr=cidr, port=port)
    except InvalidInput as error:
        problems = [Problem(f"egress.{each.where}", each.what, each.remedy) for each in error.problems]
        raise InvalidInput("EgressRule", problems) from None
    return {"cidr": cidr, "port": port}


def _peers_of(cidrs: Sequence[str]) -> list[networking.NetworkPolicyPeerArgsDict]:
    return [{"ip_block": {"cidr": cidr}} for cidr in cidrs]


def _to(
    blocks: Sequence[networking.IPBlockArgsDict], port: Input[int], protocol: str = "TCP"
) -> networking.NetworkPolicyEgressRuleArgsDict:
    return {
        "to": [{"ip_block": block} for block in blocks],
        "ports": [{"protocol": protocol, "port": port}],
    }
