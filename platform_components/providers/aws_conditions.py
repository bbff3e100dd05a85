"""Replacements of AWS resources that depend on the values before and after, or on another property.

Measured like the table aws_replace_on_change.json, where these properties are unknown; others have a source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from platform_components.engine.plan.providers import Effect
from platform_components.engine.values import UNKNOWN
from platform_components.providers.checked_inputs import unmarked_value

_ENGINES: Final[dict[tuple[str, str], Effect]] = {
    ("redis", "valkey"): "update",
    ("valkey", "redis"): "replace",
}


def conditional_effect(type_: str, path: str, old: Any, new: Any) -> Effect:
    """Return what the change does; None as a value means that the property is not set."""
    old, new = unmarked_value(old), unmarked_value(new)
    match type_, path:
        case "aws:eks/cluster:Cluster", "encryptionConfig" if old is None or new is None:
            return "update" if old is None else "replace"
        # https://docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html
        case "aws:eks/cluster:Cluster", "deletionProtection":
            return "update"
        # Without ForceNew in terraform-provider-aws, internal/service/elasticache/replication_group.go
        case "aws:elasticache/replicationGroup:ReplicationGroup", "multiAzEnabled":
            return "update"
        case "aws:elasticache/replicationGroup:ReplicationGroup", "engine":
            return _ENGINES.get((str(old), str(new)), "unknown")
        case "aws:elasticache/replicationGroup:ReplicationGroup", "engineVersion":
            before, after = _version(old), _version(new)
            if before and after and before != after:
                return "update" if after > before else "replace"
    return "unknown"


def user_data_effect(type_: str, path: str, after: Mapping[str, Any]) -> Effect | None:
    """Return the effect of new user data of an instance; None for another property.

    Source: customdiff.ForceNewIf in terraform-provider-aws, internal/service/ec2/ec2_instance.go.
    """
    if type_ != "aws:ec2/instance:Instance" or path not in ("userData", "userDataBase64"):
        return None
    replaces = unmarked_value(after.get("userDataReplaceOnChange"))
    if replaces is UNKNOWN:
        return "unknown"
    return "replace" if replaces in (True, "true") else "update"


def _version(value: Any) -> tuple[int, ...]:
    """The numbers of a version; none if the value is not one."""
    parts = value.split(".") if isinstance(value, str) else []
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()
