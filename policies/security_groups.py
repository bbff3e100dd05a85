"""Security groups: the internet reaches no port but those of web servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from platform_components.policy import Example, PolicyContext, Properties, ResourceView, Rule, Undetermined

from .addresses import open_range

Findings = Iterator[str | Undetermined]

_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
_INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_WEB_PORTS: Final = (80, 443)
_WITHOUT_PORTS: Final = ("icmp", "icmpv6", "1", "58")
"""Protocols whose "ports" are types and codes: ICMP, by name or number."""


def _open_ports(view: ResourceView, context: PolicyContext) -> Findings:
    if view.type == _INGRESS_RULE:
        sources = [view.peek("cidrIpv4"), view.peek("cidrIpv6")]
        yield from _open_rule(view, sources, "ipProtocol")
    elif view.type == _RULE:
        kind = view.get("type")
        if kind == "ingress":
            yield from _open_rule(view, _blocks(view), "protocol")
    else:
        for rule in view.each("ingress"):
            yield from _open_rule(rule, _blocks(rule), "protocol")


def _blocks(rule: Properties) -> list[Any]:
    """The sources of a rule by CIDR block, an Undetermined for each unknown list."""
    found: list[Any] = []
    for name in ("cidrBlocks", "ipv6CidrBlocks"):
        blocks = rule.peek(name)
        found += [blocks] if isinstance(blocks, Undetermined) else blocks or []
    return found


def _open_rule(rule: Properties, sources: list[Any], protocol: str) -> Findings:
    everywhere = open_range(sources)
    if not everywhere:
        yield from [source for source in sources if isinstance(source, Undetermined)][:1]
        return
    if str(rule.get(protocol)).lower() in _WITHOUT_PORTS:
        return
    first, last = rule.get("fromPort"), rule.get("toPort")
    if str(rule.get(protocol)) == "-1" or first in (None, -1):
        ports = "all ports are"
    elif first != last:
        ports = f"ports {first}-{last} are"
    elif first in _WEB_PORTS:
        return
    else:
        ports = f"port {first} is"
    yield f"{rule.path}: {ports} open to {everywhere}" if rule.path else f"{ports} open to {everywhere}"


def _ingress(**changed: Any) -> dict[str, Any]:
    return {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432, **changed}


def _inline(*blocks: str, first: int, last: int, protocol: str = "tcp") -> dict[str, Any]:
    rule = {"cidrBlocks": list(blocks), "protocol": protocol, "fromPort": first, "toPort": last}
    return {"ingress": [rule]}


_SSH = {"type": "ingress", "cidrBlocks": ["0.0.0.0/0"], "protocol": "tcp", "fromPort": 22, "toPort": 22}

SECURITY_GROUPS: Final = (
    Rule(
        id="security-group-open",
        title="No security group opens a port other than 80 and 443 to the internet",
        why="Scanners find an open port within minutes, and try every known exploit and leaked password.",
        remedy="name the security group of the clients as the source, or their CIDR blocks",
        severity="critical",
        controls=(
            *("AWS FSBP EC2.18", "AWS FSBP EC2.19", "CIS AWS v5.0.0 5.3", "CIS AWS v5.0.0 5.4"),
            "NIST 800-53 SC-7",
        ),
        types=(_GROUP, _DEFAULT_GROUP, _RULE, _INGRESS_RULE),
        check=_open_ports,
        passing=(
            Example(_INGRESS_RULE, _ingress(cidrIpv4="10.0.0.0/8")),
            Example(_INGRESS_RULE, _ingress(fromPort=443, toPort=443)),
            Example(_INGRESS_RULE, _ingress(ipProtocol="icmp", fromPort=8, toPort=0)),
            Example(_INGRESS_RULE, {"referencedSecurityGroupId": "sg-1", "ipProtocol": "-1"}),
            Example(_RULE, _SSH | {"type": "egress"}),
            Example(_GROUP, _inline("10.0.0.0/8", first=5432, last=5432)),
            Example(_GROUP, _inline("10.0.0.0/8", "172.16.0.0/12", "192.0.2.0/24", first=22, last=22)),
            Example(_INGRESS_RULE, _ingress(cidrIpv4=None, cidrIpv6="2001:db8::/32")),
            Example(_INGRESS_RULE, _ingress(cidrIpv4=None, cidrIpv6="fc00::/7")),
            Example(_GROUP, {}),
        ),
        failing=(
            Example(_INGRESS_RULE, _ingress(cidrIpv4="0.0.0.0/1"), says="open to 0.0.0.0/1"),
            Example(_INGRESS_RULE, _ingress(cidrIpv4="10.0.0.0/7"), says="open to 10.0.0.0/7"),
            Example(_INGRESS_RULE, _ingress(cidrIpv4=None, cidrIpv6="2000::/3"), says="open to 2000::/3"),
            Example(_GROUP, _inline("0.0.0.0/1", "128.0.0.0/1", first=22, last=22), says="to 0.0.0.0/0"),
            Example(_GROUP, _inline("3.0.0.0/8", "5.0.0.0/8", first=22, last=22), says="2 ranges that"),
            Example(_INGRESS_RULE, _ingress(), says="port 5432 is open to 0.0.0.0/0"),
            Example(_INGRESS_RULE, _ingress(cidrIpv4=None, cidrIpv6="::/0"), says="open to ::/0"),
            Example(_INGRESS_RULE, _ingress(fromPort=80, toPort=8080), says="ports 80-8080 are open"),
            Example(_INGRESS_RULE, {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"}, says="all ports are open"),
            Example(_RULE, _SSH, "prod", says="port 22 is open to 0.0.0.0/0"),
            Example(
                _GROUP,
                _inline("10.0.0.0/8", "0.0.0.0/0", first=0, last=0, protocol="-1"),
                says="ingress[0]: all ports are open to 0.0.0.0/0",
            ),
            Example(_DEFAULT_GROUP, _inline("0.0.0.0/0", first=0, last=65535), says="ports 0-65535"),
        ),
    ),
)
