"""Replacements of AWS resources that depend on the values before and after.

Measured like the table aws_replace_on_change.json, where these properties are unknown.
"""

from __future__ import annotations

from typing import Any, Final

from platform_components.engine.plan.providers import Effect
from platform_components.providers.checked_inputs import plain

_ENGINES: Final[dict[tuple[str, str], Effect]] = {
    ("redis", "valkey"): "update",
    ("valkey", "redis"): "replace",
}


def conditional_effect(type_: str, path: str, old: Any, new: Any) -> Effect:
    """Return what the change does; None as a value means that the property is not set."""
    old, new = plain(old), plain(new)
    match type_, path:
        case "aws:eks/cluster:Cluster", "encryptionConfig" if old is None or new is None:
            return "update" if old is None else "replace"
        case "aws:elasticache/replicationGroup:ReplicationGroup", "engine":
            return _ENGINES.get((str(old), str(new)), "unknown")
        case "aws:elasticache/replicationGroup:ReplicationGroup", "engineVersion":
            before, after = _version(old), _version(new)
            if before and after and before != after:
                return "update" if after > before else "replace"
    return "unknown"


def _version(value: Any) -> tuple[int, ...]:
    """The numbers of a version; none if the value is not one."""
    parts = value.split(".") if isinstance(value, str) else []
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()
