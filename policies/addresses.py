"""Address ranges: whether CIDR blocks admit the internet."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any, Final, TypeVar

Network = TypeVar("Network", IPv4Network, IPv6Network)

_INTERNAL_4: Final = tuple(
    map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
)
"""Private ranges (RFC 1918), and the shared range of carriers (RFC 6598)."""
_INTERNAL_6: Final = (IPv6Network("fc00::/7"), IPv6Network("fe80::/10"))
"""Unique local (RFC 4193) and link-local ranges (RFC 4291)."""
_WIDEST_4: Final = 8
"""Prefix of the widest public range that is not considered open; the same as of `EgressRule`."""
_WIDEST_6: Final = 16
"""The same for IPv6, in which a single provider has a /32 or somewhat more."""


def open_range(blocks: Iterable[Any]) -> str:
    """Return the range that blocks open to the internet together, such as `0.0.0.0/0`; empty if narrow.

    Text that is not a CIDR block is ignored, because AWS rejects it, and so are unknown blocks.
    """
    networks = [network for block in blocks if (network := _network(block)) is not None]
    four = _open([each for each in networks if isinstance(each, IPv4Network)], _INTERNAL_4, _WIDEST_4)
    return four or _open([each for each in networks if isinstance(each, IPv6Network)], _INTERNAL_6, _WIDEST_6)


def _open(networks: list[Network], internal: Iterable[Network], prefix: int) -> str:
    public = [
        network
        for network in collapse_addresses(networks)
        if not any(network.subnet_of(each) for each in internal)
    ]
    widest = min(public, key=lambda network: network.prefixlen, default=None)
    if widest is None:
        return ""
    if widest.prefixlen < prefix:
        return str(widest)
    if sum(network.num_addresses for network in public) > 2 ** (widest.max_prefixlen - prefix):
        return f"{len(public)} ranges that together are wider than a /{prefix}"
    return ""


def _network(block: Any) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(block, strict=False) if isinstance(block, str) else None
    except ValueError:
        return None
