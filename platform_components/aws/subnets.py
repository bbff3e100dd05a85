"""Subnets: the CIDR block of each subnet of a VPC."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from platform_components.base import Cidr

SubnetTier = Literal["public", "private", "data"]
"""Tier of a subnet: `public` routes to the internet gateway, `private` to NAT, `data` to neither."""

TIERS: Final[tuple[SubnetTier, ...]] = ("public", "private", "data")
ZONES: Final = "abcdef"
"""Letters of the availability zones in the plan. No region offers an account more."""

_SMALL_TIERS: Final[tuple[SubnetTier, ...]] = ("public", "data")
"""In the order of their slots. Append new tiers, so that the blocks of the others do not change."""
_VPC_RANGES: Final = tuple(
    IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)


def _vpc_range(cidr: str) -> str:
    network = IPv4Network(cidr)
    if not 16 <= network.prefixlen <= 22:
        raise ValueError("must have a prefix length of /16 to /22")
    if not any(network.subnet_of(private) for private in _VPC_RANGES):
        raise ValueError("must be private: within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10")
    return cidr


VpcCidr = Annotated[Cidr, AfterValidator(_vpc_range)]
"""A private IPv4 CIDR block of /16 to /22."""


def subnet_plan(cidr: str) -> dict[str, str]:
    """Return the CIDR block of every possible subnet of a VPC, by tier and zone letter: `private-a`.

    A subnet's block depends only on the VPC's block, the tier and the zone, so that adding a zone or a
    tier does not change existing subnets. The first six blocks are private and large, because pods use
    their addresses. Then each other tier has six small blocks. The rest is reserved for further tiers.
    In a /16, private subnets are /19 and the others /23; in a /20, /23 and /27; in a /22, /26 and /27.
    A load balancer requires at least a /27.
    """
    network = IPv4Network(cidr)
    large, small = (3, 7) if network.prefixlen <= 20 else (4, 5)
    taken = len(ZONES) << (small - large)  # number of small blocks that the private ones occupy
    plan = {f"private-{zone}": _block(network, large, slot) for slot, zone in enumerate(ZONES)}
    for row, tier in enumerate(_SMALL_TIERS):
        for column, zone in enumerate(ZONES):
            plan[f"{tier}-{zone}"] = _block(network, small, taken + row * len(ZONES) + column)
    return plan


def _block(network: IPv4Network, bits: int, slot: int) -> str:
    """Block number `slot` of those whose prefix is `bits` bits longer than the network's."""
    prefix = network.prefixlen + bits
    return f"{network.network_address + (slot << (32 - prefix))}/{prefix}"
