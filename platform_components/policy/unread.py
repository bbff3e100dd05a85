"""Resources that no rule reads, by type: without violations, they are not known to be in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from platform_components.policy.resource import PolicyResource, Snapshot
from platform_components.policy.rule import Rule

_COMPONENTS: Final = "platform:index:"
"""Prefix of the type tokens of this library's components."""
_ENGINE: Final = "pulumi:"
"""Prefix of the stack, of providers and of stack references, which no cloud has."""


@dataclass(frozen=True)
class Unread:
    """Resources of one type that no rule reads, or only general rules."""

    type: str
    count: int
    general: bool
    """Whether general rules check them."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def unread(
    snapshot: Snapshot, checking: Mapping[str, Sequence[Rule]], requested: Collection[str]
) -> tuple[Unread, ...]:
    """The resources that a deployment creates and that no rule reads, the most frequent types first.

    `checking`: the resource rules by type; `requested`: the types that stack rules read. A resource that only
    general rules check is counted outside of this library's components, which set its properties.
    """
    counts: Counter[tuple[str, bool]] = Counter()
    for resource in snapshot.resources:
        if not resource.custom or resource.external or resource.type.startswith(_ENGINE):
            continue
        rules = checking[resource.type]
        if resource.type in requested or not all(rule.general for rule in rules):
            continue
        if not rules or not _is_in_component(resource, snapshot):
            counts[resource.type, bool(rules)] += 1
    return tuple(
        Unread(type_, count, general)
        for (type_, general), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _is_in_component(resource: PolicyResource, snapshot: Snapshot) -> bool:
    above: PolicyResource | None = resource
    while above is not None:
        if above.type.startswith(_COMPONENTS):
            return True
        above = snapshot.by_urn.get(above.parent) if isinstance(above.parent, str) else None
    return False
