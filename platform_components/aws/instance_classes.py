"""Instance classes: the instance families and sizes of RDS for PostgreSQL and ElastiCache for Valkey.

Neither the SDK nor an emulator validates them; AWS does, minutes into a deployment. Sources: the AWS
price lists of 2025-04 for RDS for PostgreSQL and of 2025-03 for ElastiCache (us-east-1, eu-west-1 and
eu-central-1), and for later families the data that cfn-lint 1.51 contains from the RDS API. Not every
region offers every class.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator

from platform_components.base.errors import did_you_mean
from platform_components.base.values import InSchema, in_schema

_SMALL = "micro small medium"
_TO_16 = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"


def _table(rows: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({family: tuple(sizes.split()) for family, sizes in rows.items()})


DATABASE_FAMILIES: Final = _table({
    "t3":    f"{_SMALL} large xlarge 2xlarge",
    "t4g":   f"{_SMALL} large xlarge 2xlarge",
    "m5":    f"{_TO_16} 24xlarge",
    "m5d":   f"{_TO_16} 24xlarge",
    "m6g":   _TO_16,
    "m6gd":  _TO_16,
    "m6i":   f"{_TO_16} 24xlarge 32xlarge",
    "m6id":  f"{_TO_16} 24xlarge 32xlarge",
    "m6idn": f"{_TO_16} 24xlarge 32xlarge",
    "m6in":  f"{_TO_16} 24xlarge 32xlarge",
    "m7g":   _TO_16,
    "m7i":   f"{_TO_16} 24xlarge 48xlarge",
    "m8g":   f"{_TO_16} 24xlarge 48xlarge",
    "m8gd":  f"{_TO_16} 24xlarge 48xlarge",
    "r5":    f"{_TO_16} 24xlarge",
    "r5b":   f"{_TO_16} 24xlarge",
    "r5d":   f"{_TO_16} 24xlarge",
    "r6g":   _TO_16,
    "r6gd":  _TO_16,
    "r6i":   f"{_TO_16} 24xlarge 32xlarge",
    "r6id":  f"{_TO_16} 24xlarge 32xlarge",
    "r6idn": f"{_TO_16} 24xlarge 32xlarge",
    "r6in":  f"{_TO_16} 24xlarge 32xlarge",
    "r7g":   _TO_16,
    "r7i":   f"{_TO_16} 24xlarge 48xlarge",
    "r8g":   f"{_TO_16} 24xlarge 48xlarge",
    "r8gd":  f"{_TO_16} 24xlarge 48xlarge",
    "x2g":   _TO_16,
})  # fmt: skip
"""Instance families of RDS for PostgreSQL, each with its sizes in ascending order."""

CACHE_FAMILIES: Final = _table({
    "t3":    _SMALL,
    "t4g":   _SMALL,
    "m5":    "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
    "m6g":   _TO_16,
    "m7g":   _TO_16,
    "r5":    "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
    "r6g":   _TO_16,
    "r7g":   _TO_16,
    "c7gn":  _TO_16,
})  # fmt: skip
"""Node families of ElastiCache, each with its sizes in ascending order. Excluded are r6gd, which
requires data tiering, and the previous generations."""


def _known(name: str, prefix: str, families: Mapping[str, tuple[str, ...]]) -> str:
    first, family, size = (*name.split(".", maxsplit=2), "", "")[:3]
    if first == prefix and size in families.get(family, ()):
        return name
    if first == prefix and family in families:
        raise ValueError(f"unknown size of {prefix}.{family}; one of: {', '.join(families[family])}")
    known = [f"{prefix}.{family}.{size}" for family, sizes in families.items() for size in sizes]
    near = did_you_mean(name, known)
    if near.startswith("did you mean"):
        raise ValueError(f"unknown; {near}")
    raise ValueError(f"must be {prefix}.<family>.<size>; families: {', '.join(families)}")


def _instance_class(name: str) -> str:
    return _known(name, "db", DATABASE_FAMILIES)


def _node_type(name: str) -> str:
    return _known(name, "cache", CACHE_FAMILIES)


def _in_schema(prefix: str, families: Mapping[str, tuple[str, ...]]) -> InSchema:
    """A pattern, because a list of all classes would be too long for an editor's message."""
    known = (rf"{family}\.(?:{'|'.join(sizes)})" for family, sizes in families.items())
    return in_schema(rf"{prefix}\.(?:{'|'.join(known)})")


InstanceClass = Annotated[str, AfterValidator(_instance_class), _in_schema("db", DATABASE_FAMILIES)]
"""An instance class of RDS for PostgreSQL such as `db.t3.small`."""
NodeType = Annotated[str, AfterValidator(_node_type), _in_schema("cache", CACHE_FAMILIES)]
"""A node type of ElastiCache such as `cache.t3.micro`."""
