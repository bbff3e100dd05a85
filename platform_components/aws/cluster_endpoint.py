"""Endpoint of a cluster: the networks with access to the Kubernetes API."""

from __future__ import annotations

import re
from functools import partial
from ipaddress import IPv4Network
from typing import Annotated, Any, Final

from pulumi_aws import ec2, vpc
from pydantic import AfterValidator

from platform_components.aws.network import NetworkOutputs
from platform_components.base import Cidr, Component, Input, InvalidInput, Problem

MOST_PRIVATE_SOURCES: Final = 59
"""The default quota of a security group, 60 rules, less the VPC's (VPC user guide, "Amazon VPC quotas")."""

_PRIVATE_RANGES: Final = tuple(
    IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
_WIDEST_PUBLIC_PREFIX: Final = 8


def _public_source(cidr: str) -> str:
    network = IPv4Network(cidr)
    if network.prefixlen < _WIDEST_PUBLIC_PREFIX:
        raise ValueError(
            f"must be /{_WIDEST_PUBLIC_PREFIX} or narrower; "
            "list the addresses of your offices or runners, or keep the endpoint private"
        )
    if not network.is_global:
        raise ValueError("must be public; use private_endpoint_cidrs for networks connected to the VPC")
    return cidr


def _private_source(cidr: str) -> str:
    if not any(IPv4Network(cidr).subnet_of(private) for private in _PRIVATE_RANGES):
        ranges = ", ".join(map(str, _PRIVATE_RANGES))
        raise ValueError(f"must be private: within {ranges}; use public_endpoint_cidrs for public addresses")
    return cidr


PublicSource = Annotated[Cidr, AfterValidator(_public_source)]
"""A public IPv4 CIDR block, /8 or narrower."""
PrivateSource = Annotated[Cidr, AfterValidator(_private_source)]
"""A private IPv4 CIDR block."""


def private_access(
    component: Component[Any], network: NetworkOutputs, sources: tuple[str, ...]
) -> ec2.SecurityGroup:
    """Create the security group of the private endpoint, which admits the VPC and other networks.

    The cluster security group admits only nodes.
    """
    name = component.name
    group = ec2.SecurityGroup(
        f"{name}-endpoint-security-group",
        description=f"Private endpoint of the cluster {name}",
        vpc_id=network.vpc_id,
        opts=component.child(),
    )
    subject = f'Cluster "{name}"'
    admitted: dict[str, Input[str]] = {"vpc": network.cidr}
    for source in sources:
        admitted[re.sub(r"[./]", "-", source)] = network.cidr.apply(partial(_beside_vpc, source, subject))
    for suffix, cidr in admitted.items():
        vpc.SecurityGroupIngressRule(
            f"{name}-endpoint-ingress-{suffix}",
            security_group_id=group.id,
            description="Kubernetes API",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=cidr,
            opts=component.child(),
        )
    return group


def _beside_vpc(source: str, subject: str, vpc_cidr: str) -> str:
    """Return an admitted block. Raises InvalidInput for the VPC's, an Output: EC2 rejects the second rule."""
    if source == vpc_cidr:
        what = "must not be the VPC's block, which always has access"
        raise InvalidInput(subject, [Problem("private_endpoint_cidrs", what, "remove it", source)])
    return source
