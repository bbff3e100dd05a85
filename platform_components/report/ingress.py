"""Network traffic that a step allows: rules of security groups and network ACLs, and lists of addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from platform_components.report.addresses import Peer
from platform_components.report.subject import Fact
from platform_components.report.transition import Transition, at, items, shown

Direction = Literal["ingress", "egress"]

_ALL_PROTOCOLS: Final = frozenset({"-1", "all"})
_ANY_PORT: Final = (0, 65_535)
_GROUPS: Final = ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
_ACLS: Final = ("aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
_RULES: Final[Mapping[str, Direction]] = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "ingress",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "egress",
}


@dataclass(frozen=True)
class Opening:
    """Traffic that is allowed, or denied by a network ACL."""

    peer: Peer
    protocol: str = "all"
    first: int = _ANY_PORT[0]
    last: int = _ANY_PORT[1]
    direction: Direction = "ingress"
    denies: bool = False

    def covers(self, other: Opening) -> bool:
        """Whether everything that the other one allows is allowed by this one."""
        return (
            (self.direction, self.denies) == (other.direction, other.denies)
            and self.protocol in ("all", other.protocol)
            and self.first <= other.first
            and other.last <= self.last
            and self.peer.covers(other.peer)
        )

    @property
    def is_public(self) -> bool:
        """Whether anyone can connect. Egress to any address is what a new security group allows."""
        return self.direction == "ingress" and self.peer.is_anyone

    def __str__(self) -> str:
        if self.protocol == "all":
            ports = "all ports"
        elif (self.first, self.last) == _ANY_PORT:
            ports = f"all {self.protocol.upper()} ports"
        else:
            numbers = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
            ports = f"{self.protocol.upper()} {numbers}"
        preposition = "from" if self.direction == "ingress" else "to"
        return f"{self.direction} {preposition} {self.peer} on {ports}"


def gained(before: Iterable[Opening], after: Iterable[Opening]) -> Iterator[Opening]:
    """Yield the openings that no former one covers."""
    former = list(before)
    for opening in dict.fromkeys(after):
        if not any(each.covers(opening) for each in former):
            yield opening


def opened_traffic(transition: Transition) -> Iterator[Fact]:
    """Yield what the rules of a security group or network ACL allow that was not allowed before."""
    before, after = (list(_openings(transition, inputs)) for inputs in (transition.before, transition.after))
    for opening in gained(before, after):
        if not opening.denies:
            yield Fact("exposure", str(opening), is_broad=opening.is_public)
    for opening in gained(after, before):
        if opening.denies:
            yield Fact("exposure", f"no longer denies {opening}")


def _openings(transition: Transition, inputs: Mapping[str, Any] | None) -> Iterator[Opening]:
    type_ = transition.type
    values = inputs or {}
    if type_ in _GROUPS:
        for rule in items(values.get("ingress")):
            yield from _of_rule(rule, "ingress")
        if transition.before is not None:  # AWS creates groups that allow all egress
            for rule in items(values.get("egress")):
                yield from _of_rule(rule, "egress")
    elif type_ == "aws:ec2/securityGroupRule:SecurityGroupRule":
        yield from _of_rule(values, "egress" if values.get("type") == "egress" else "ingress")
    elif type_ in _RULES:
        yield from _of_rule({**values, "protocol": values.get("ipProtocol")}, _RULES[type_])
    elif type_ == "aws:ec2/networkAclRule:NetworkAclRule":
        direction: Direction = "egress" if values.get("egress") is True else "ingress"
        yield from _of_rule(values, direction, denies=values.get("ruleAction") == "deny")
    elif type_ in _ACLS:
        for each in ("ingress", "egress"):
            for rule in items(values.get(each)):
                denies = isinstance(rule, Mapping) and rule.get("action") == "deny"
                yield from _of_rule(rule, "egress" if each == "egress" else "ingress", denies=denies)


_PEERS: Final = (
    *("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"),
    *("cidrBlock", "ipv6CidrBlock", "cidrIpv4", "cidrIpv6", "prefixListId"),
    *("sourceSecurityGroupId", "referencedSecurityGroupId"),
)


def _of_rule(rule: Any, direction: Direction, *, denies: bool = False) -> Iterator[Opening]:
    if not isinstance(rule, Mapping):
        yield Opening(Peer(shown(rule)), direction=direction, denies=denies)
        return
    protocol = shown(rule.get("protocol", "all")).lower()
    ports: tuple[int, int] = _ANY_PORT
    if protocol in _ALL_PROTOCOLS:
        protocol = "all"
    elif protocol in ("tcp", "udp", "6", "17"):
        protocol = {"6": "tcp", "17": "udp"}.get(protocol, protocol)
        ports = (port_of(rule.get("fromPort"), 0), port_of(rule.get("toPort"), 65_535))
    names = [shown(item) for name in _PEERS for item in items(rule.get(name)) if item != ""]
    if rule.get("self") is True:
        names.append("members of the group")
    yield from (Opening(Peer(name), protocol, *ports, direction, denies) for name in names)


def port_of(value: Any, default: int) -> int:
    """The number of a port. Of an unknown or named one the default: the end of the range."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else default


_PREFIX_LIST: Final = "aws:ec2/managedPrefixList:ManagedPrefixList"
_PREFIX_LIST_ENTRY: Final = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"


def opened_addresses(transition: Transition) -> Iterator[Fact]:
    """Yield the addresses that can connect to an endpoint, or that a prefix list adds to rules."""
    before, after = (
        [Opening(Peer(name)) for name in _addresses(transition.type, inputs)]
        for inputs in (transition.before, transition.after)
    )
    is_endpoint = transition.type == "aws:eks/cluster:Cluster"
    for opening in gained(before, after):
        text = (
            f"the EKS endpoint becomes reachable from {opening.peer}"
            if is_endpoint
            else f"rules with the prefix list also apply to {opening.peer}"
        )
        yield Fact("exposure", text, is_broad=opening.is_public)


def _addresses(type_: str, inputs: Mapping[str, Any] | None) -> Iterator[str]:
    if inputs is None:
        return
    if type_ == _PREFIX_LIST:
        yield from (shown(at(entry, "cidr")) for entry in items(inputs.get("entries")))
    elif type_ == _PREFIX_LIST_ENTRY:
        yield shown(inputs.get("cidr"))
    # VpcConfigRequest of the EKS API: public access is on by default, from 0.0.0.0/0.
    elif type_ == "aws:eks/cluster:Cluster" and at(inputs, "vpcConfig.endpointPublicAccess") is not False:
        yield from map(shown, items(at(inputs, "vpcConfig.publicAccessCidrs")) or ["0.0.0.0/0"])
