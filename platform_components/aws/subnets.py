"""Which part of a VPC's address range each subnet gets."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from platform_components.base import Cidr

SubnetTier = Literal["public", "private", "data"]
"""Of subnets: reached from the internet; reaching it through NAT; neither."""

TIERS: Final[tuple[SubnetTier, ...]] = ("public", "private", "data")
ZONES: Final = "abcdef"
"""The last letters of the zones that have slots in the plan: no region offers an account more."""

_SMALL_TIERS: Final[tuple[SubnetTier, ...]] = ("public", "data")
"""In the order of their slots: a new tier goes to the end, or it would move the others."""
_VPC_RANGES: Final = tuple(
    IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)


def _vpc_range(cidr: str) -> str:
    network = IPv4Network(cidr)
    if not 16 <= network.prefixlen <= 22:
        raise ValueError("must have a prefix of /16 to /22, so that every subnet gets addresses")
    if not any(network.subnet_of(private) for private in _VPC_RANGES):
        raise ValueError("must be private: in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10")
    return cidr


VpcCidr = Annotated[Cidr, AfterValidator(_vpc_range)]
"""A private IPv4 network of /16 to /22."""


def subnet_plan(cidr: str) -> dict[str, str]:
    """The range of each possible subnet of a VPC, by tier and zone letter: `private-a`.

    A range depends on the VPC's own, the tier and the zone alone, so that what is added later moves
    nothing. Six private blocks come first, as pods take addresses from them; then, tier by tier, six
    small blocks each; the end is left for further tiers. A /16 gives private /19 and others /23, a
    /20 /23 and /27, a /22 /26 and /27, the least that a load balancer takes.
    """
    network = IPv4Network(cidr)
    large, small = (3, 7) if network.prefixlen <= 20 else (4, 5)
    taken = len(ZONES) << (small - large)  # small blocks that the private ones cover
    plan = {f"private-{zone}": _block(network, large, slot) for slot, zone in enumerate(ZONES)}
    for row, tier in enumerate(_SMALL_TIERS):
        for column, zone in enumerate(ZONES):
            plan[f"{tier}-{zone}"] = _block(network, small, taken + row * len(ZONES) + column)
    return plan


def _block(network: IPv4Network, bits: int, slot: int) -> str:
    """The block number `slot` of those that are `bits` bits longer than the network."""
    prefix = network.prefixlen + bits
    return f"{network.network_address + (slot << (32 - prefix))}/{prefix}"
