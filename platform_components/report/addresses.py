"""Sources and destinations of network traffic: address ranges, IDs, and selectors of pods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from platform_components.report.transition import items, mappings, shown

ANY_ADDRESS: Final = "any address"
_WIDE_PREFIX: Final = {4: 8, 6: 16}
"""Prefix length, per IP version, below which a range is as good as any address: `0.0.0.0/1`."""


@dataclass(frozen=True)
class Peer:
    """Clients or servers: a CIDR block, an ID, or pods."""

    name: str
    excluded: tuple[str, ...] = ()
    """CIDR blocks in it that do not belong to it."""
    pods: Mapping[str, Any] | None = field(default=None, hash=False)
    """Of a NetworkPolicyPeer: its selectors."""

    def covers(self, other: Peer) -> bool:
        """Whether all that the other one selects is selected by this one."""
        if self.name == ANY_ADDRESS:
            return True
        if self.pods is not None and other.pods is not None:
            return _selects(self.pods, other.pods)
        return _contains(self.name, other.name) and all(
            any(_contains(each, mine) for each in other.excluded) or _are_apart(mine, other.name)
            for mine in self.excluded
        )

    @property
    def is_anyone(self) -> bool:
        """Whether it contains public addresses of the size of the internet, also with exceptions."""
        network = _network(self.name)
        if network is None:
            return self.name == ANY_ADDRESS
        is_internal = network.version == 6 and network.is_private  # fc00::/7
        return network.prefixlen < _WIDE_PREFIX[network.version] and not is_internal

    def __str__(self) -> str:
        network = _network(self.name)
        is_all = network is not None and network.prefixlen == 0
        name = f"{ANY_ADDRESS} ({network})" if is_all else self.name
        return name + (f" except {', '.join(self.excluded)}" if self.excluded else "")


def policy_peer(value: Any) -> Peer:
    """Return the peer of a NetworkPolicyPeer."""
    if not isinstance(value, Mapping):
        return Peer(shown(value))
    block = value.get("ipBlock")
    if isinstance(block, Mapping):
        return Peer(shown(block.get("cidr")), tuple(map(shown, items(block.get("except")))))
    return Peer(", ".join(f"{key} {shown(value[key])}" for key in sorted(value)), pods=value)


def selects(selector: Any, other: Any) -> bool:
    """Whether a label selector selects all that the other one selects. An empty one selects everything."""
    wide, narrow = (each if isinstance(each, Mapping) else {} for each in (selector, other))
    labels = narrow.get("matchLabels") or {}
    return all(labels.get(key) == label for key, label in (wide.get("matchLabels") or {}).items()) and all(
        each in mappings(narrow.get("matchExpressions")) for each in mappings(wide.get("matchExpressions"))
    )


def _selects(peer: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """NetworkPolicyPeer of networking.k8s.io/v1: without `namespaceSelector` the policy's own namespace."""
    own, others = "namespaceSelector" not in peer, "namespaceSelector" not in other
    if own != others:
        namespaces = not own and not peer["namespaceSelector"]  # {} selects every namespace
    else:
        namespaces = selects(peer.get("namespaceSelector"), other.get("namespaceSelector"))
    return namespaces and selects(peer.get("podSelector"), other.get("podSelector"))


def _contains(outer: str, inner: str) -> bool:
    if outer == inner:
        return True
    match _network(outer), _network(inner):
        case (IPv4Network() as wide, IPv4Network() as narrow):
            return narrow.subnet_of(wide)
        case (IPv6Network() as wide, IPv6Network() as narrow):
            return narrow.subnet_of(wide)
    return False


def _are_apart(one: str, other: str) -> bool:
    match _network(one), _network(other):
        case (IPv4Network() as first, IPv4Network() as second):
            return not first.overlaps(second)
        case (IPv6Network() as first, IPv6Network() as second):
            return not first.overlaps(second)
    return False


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
