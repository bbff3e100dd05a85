"""Network ingress that a step opens: sources, protocols and ports that were not allowed before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from platform_components.engine.values import UNKNOWN, Secret, without_secrets
from platform_components.report.subject import Fact, Subject, unmarked

_ALL_PROTOCOLS: Final = frozenset({"-1", "all"})
_ANY_PORT: Final = (0, 65_535)
_GROUPS: Final = ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
_NETWORK_POLICY: Final = "NetworkPolicy"
_CIDR_LISTS: Final = {
    "aws:eks/cluster:Cluster": ("vpcConfig", "publicAccessCidrs", "the EKS endpoint"),
    "kubernetes:core/v1:Service": ("spec", "loadBalancerSourceRanges", "the load balancer"),
}
"""Lists of the addresses that can connect. Without one, all addresses can."""


@dataclass(frozen=True)
class Opening:
    """Clients that can connect, and to which ports."""

    source: str
    """CIDR block, or an ID or selector."""
    protocol: str = "all"
    first: int = _ANY_PORT[0]
    last: int = _ANY_PORT[1]

    def covers(self, other: Opening) -> bool:
        """Whether everything that the other one allows is allowed by this one."""
        return (
            self.protocol in ("all", other.protocol)
            and self.first <= other.first
            and other.last <= self.last
            and _contains(self.source, other.source)
        )

    @property
    def is_public(self) -> bool:
        return self.source in ("0.0.0.0/0", "::/0", "any address")

    def __str__(self) -> str:
        if self.protocol == "all":
            ports = "all ports"
        elif (self.first, self.last) == _ANY_PORT:
            ports = f"all {self.protocol.upper()} ports"
        else:
            numbers = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
            ports = f"{self.protocol.upper()} {numbers}"
        return f"ingress from {self.source} on {ports}"


def opened_ingress(subject: Subject) -> Iterator[Fact]:
    """Yield what the step allows that was not allowed before."""
    before = list(_openings(subject.type, subject.before))
    for opening in dict.fromkeys(_openings(subject.type, subject.after)):
        if not any(each.covers(opening) for each in before):
            yield Fact("exposure", str(opening), is_broad=opening.is_public)
    yield from _network_policy(subject)
    yield from _address_list(subject)


def _openings(type_: str, inputs: Mapping[str, Any]) -> Iterator[Opening]:
    values = unmarked(inputs)
    if type_ in _GROUPS:
        for rule in _items(values.get("ingress")):
            yield from _of_rule(rule)
    elif type_ == "aws:ec2/securityGroupRule:SecurityGroupRule":
        if values.get("type") == "ingress":
            yield from _of_rule(values)
    elif type_ == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
        yield from _of_rule({**values, "protocol": values.get("ipProtocol")})
    elif type_ == "aws:ec2/networkAclRule:NetworkAclRule":
        if values.get("ruleAction") == "allow" and values.get("egress") is not True:
            yield from _of_rule(values)
    elif _kind(type_) == _NETWORK_POLICY:
        for rule in _items(_at(values, "spec", "ingress")):
            yield from _of_network_policy(rule)


_SOURCES: Final = (
    *("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"),
    *("cidrBlock", "ipv6CidrBlock", "cidrIpv4", "cidrIpv6", "prefixListId"),
    *("sourceSecurityGroupId", "referencedSecurityGroupId"),
)


def _of_rule(rule: Any) -> Iterator[Opening]:
    if not isinstance(rule, Mapping):
        yield Opening(_text(rule))
        return
    protocol = _text(rule.get("protocol", "all")).lower()
    ports: tuple[int, int] = _ANY_PORT
    if protocol in _ALL_PROTOCOLS:
        protocol = "all"
    elif protocol in ("tcp", "udp", "6", "17"):
        protocol = {"6": "tcp", "17": "udp"}.get(protocol, protocol)
        ports = (_port(rule.get("fromPort"), 0), _port(rule.get("toPort"), 65_535))
    sources = [_text(item) for name in _SOURCES for item in _items(rule.get(name))]
    if rule.get("self") is True:
        sources.append("members of the group")
    yield from (Opening(source, protocol, *ports) for source in sources)


def _of_network_policy(rule: Any) -> Iterator[Opening]:
    """Absent or empty `from` and `ports` allow all (NetworkPolicyIngressRule of networking.k8s.io/v1)."""
    if not isinstance(rule, Mapping):
        yield Opening(_text(rule))
        return
    peers = [_peer(peer) for peer in _items(rule.get("from"))] or ["any address"]
    for peer in peers:
        for port in _items(rule.get("ports")) or [None]:
            if not isinstance(port, Mapping) or port.get("port") is None:
                protocol = _text(port.get("protocol", "TCP")).lower() if isinstance(port, Mapping) else "all"
                yield Opening(peer, protocol)
            else:
                first = _port(port["port"], 0)
                last = _port(port.get("endPort", port["port"]), _ANY_PORT[1])
                yield Opening(peer, _text(port.get("protocol", "TCP")).lower(), first, last)


def _peer(peer: Any) -> str:
    if isinstance(peer, Mapping) and isinstance(block := peer.get("ipBlock"), Mapping):
        excluded = ", ".join(_text(item) for item in _items(block.get("except")))
        return _text(block.get("cidr")) + (f" except {excluded}" if excluded else "")
    if isinstance(peer, Mapping):
        return ", ".join(
            f"{key} {json.dumps(without_secrets(peer[key]), sort_keys=True)}" for key in sorted(peer)
        )
    return _text(peer)


def _network_policy(subject: Subject) -> Iterator[Fact]:
    """Pods that no policy selects accept all ingress (https://kubernetes.io/docs/concepts/services-networking/
    network-policies/#the-two-sorts-of-pod-isolation)."""
    if _kind(subject.type) != _NETWORK_POLICY:
        return
    consequence = "pods accept all ingress unless another policy selects them"
    if subject.step.operation == "delete":
        yield Fact("exposure", f"no longer restricts ingress: {consequence}")
    elif subject.step.operation != "create" and subject.changed("spec.podSelector", "spec.policyTypes"):
        yield Fact("exposure", f"selects other pods or directions: {consequence}")


def _address_list(subject: Subject) -> Iterator[Fact]:
    if subject.type not in _CIDR_LISTS:
        return
    outer, name, what = _CIDR_LISTS[subject.type]
    if subject.step.operation == "create" or not subject.changed(f"{outer}.{name}"):
        return
    old, new = (
        [Opening(_text(item)) for item in _items(_at(unmarked(values), outer, name))]
        or [Opening("any address")]
        for values in (subject.before, subject.after)
    )
    for opening in new:
        if not any(each.covers(opening) for each in old):
            yield Fact("exposure", f"{opening.source} can connect to {what}", is_broad=opening.is_public)


def _contains(outer: str, inner: str) -> bool:
    if outer in (inner, "any address"):
        return True
    networks = _network(outer), _network(inner)
    match networks:
        case (IPv4Network() as wide, IPv4Network() as narrow):
            return narrow.subnet_of(wide)
        case (IPv6Network() as wide, IPv6Network() as narrow):
            return narrow.subnet_of(wide)
    return False


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _kind(type_: str) -> str:
    return type_.rpartition(":")[2] if type_.startswith("kubernetes:") else ""


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _items(value: Any) -> list[Any]:
    """The items of a list; an unknown list is one unknown item."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _port(value: Any, default: int) -> int:
    """The number of a port. Of an unknown or named one the default: the end of the range."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else default


def _text(value: Any) -> str:
    if value is UNKNOWN:
        return "a source known after the deployment"
    if isinstance(value, str):
        return value
    return "[secret]" if isinstance(value, Secret) else json.dumps(without_secrets(value), sort_keys=True)
