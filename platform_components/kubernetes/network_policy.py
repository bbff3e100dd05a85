"""Network policy: the allowed ingress and egress of a workload's pods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from platform_components.base import Args, Cidr, Input, Port

_POD_IDENTITY_AGENT = "169.254.170.23/32"
_INSTANCE_METADATA = "169.254.169.254/32"


class EgressRule(Args):
    """A destination that a workload can connect to."""

    cidr: Input[Cidr]
    """CIDR block of the destination."""

    port: Input[Port]
    """TCP port of the destination."""


def network_policy(
    selector: Mapping[str, str], *, port: int | None, callers: Sequence[str], egress: Sequence[EgressRule]
) -> networking.NetworkPolicySpecArgsDict:
    """Return the policy of the pods that `selector` matches. Any other traffic is denied.

    Ingress is allowed from pods of the namespaces `callers` to `port`; without a port, from none.
    Egress is allowed to pods of the cluster, DNS, the Pod Identity agent, HTTPS and `egress`.
    """
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [] if port is None else [_from_namespaces(callers, port)],
        "egress": [
            # Any pod of the cluster: access is restricted by the ingress rules of the destination.
            {"to": [{"namespace_selector": {}}]},
            # DNS at any address: in Auto Mode it runs on the node, not in a pod that could be selected.
            {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]},
            _to({"cidr": _POD_IDENTITY_AGENT}, 80),
            _to({"cidr": "0.0.0.0/0", "except_": [_INSTANCE_METADATA]}, 443),
            *(_to({"cidr": rule.cidr}, rule.port) for rule in egress),
        ],
    }


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


def _to(block: networking.IPBlockArgsDict, port: Input[int]) -> networking.NetworkPolicyEgressRuleArgsDict:
    return {"to": [{"ip_block": block}], "ports": [{"protocol": "TCP", "port": port}]}
