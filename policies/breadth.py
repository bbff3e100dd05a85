"""Breadth of a network rule: address blocks and port ranges that together allow nearly everything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from itertools import pairwise
from typing import Final

Network = IPv4Network | IPv6Network
Ports = tuple[int, int]
"""The first and the last port of a range."""

ALL_PORTS: Final[Ports] = (0, 65_535)
EVERYWHERE: Final[tuple[Network, ...]] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_MOST_PORTS: Final = 32_768
"""Half of all ports."""
_PRIVATE: Final = {4: 8, 6: 7}
"""Prefix lengths of the largest private blocks: 10.0.0.0/8 (RFC 1918) and fc00::/7 (RFC 4193)."""


@dataclass(frozen=True)
class Opening:
    """Traffic that a rule allows: to or from the blocks, on the ports."""

    blocks: Sequence[Network]
    ports: Ports = ALL_PORTS


def block(cidr: object) -> Network | None:
    """The block of a text; None if it is none, which the API server rejects."""
    try:
        return ip_network(cidr, strict=False) if isinstance(cidr, str) else None
    except ValueError:
        return None


def wide_block(blocks: Iterable[Network]) -> Network | None:
    """The first block that is larger than any private block, once adjacent ones are merged."""
    blocks = list(blocks)
    merged: list[Network] = [
        *collapse_addresses(each for each in blocks if isinstance(each, IPv4Network)),
        *collapse_addresses(each for each in blocks if isinstance(each, IPv6Network)),
    ]
    return next((each for each in merged if each.prefixlen < _PRIVATE[each.version]), None)


def most_ports(ranges: Iterable[Ports]) -> bool:
    """Whether the ranges have more than half of all ports together."""
    total, end = 0, -1
    for first, last in sorted(ranges):
        total += max(0, last - max(first, end + 1) + 1)
        end = max(end, last)
    return total > _MOST_PORTS


def open_together(openings: Sequence[Opening]) -> Network | None:
    """A block larger than any private one to which the openings together allow most ports.

    It finds rules that divide the blocks, the ports, or both among them.
    """
    found: Network | None = None
    wide: list[Ports] = []
    ends = {each.ports[0] for each in openings} | {each.ports[1] + 1 for each in openings}
    for first, after in pairwise(sorted(ends)):
        allowing = [each for each in openings if each.ports[0] <= first and after <= each.ports[1] + 1]
        here = wide_block(network for each in allowing for network in each.blocks)
        if here:
            found = here
            wide.append((first, after - 1))
    return found if most_ports(wide) else None
