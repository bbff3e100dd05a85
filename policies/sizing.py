"""Sizing: the maximum of each tier, and the order of AWS's instance classes.

The minimum for production is the sizing table, including the cells that `platform.yaml` overrides, so that a
component with default sizes passes in every tier.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from platform_components.base.sizing import SIZING as TABLE, Tier
from platform_components.policy import PolicyContext

LARGEST: Final[Mapping[str, Mapping[Tier, Any]]] = MappingProxyType({
    "database.instance_class": {"staging": "xlarge", "development": "large"},
    "database.capacity_units": {"staging": 16,       "development": 8},
    "database.storage_gb":     {"staging": 500,      "development": 100},
    "cache.node_type":         {"staging": "large",  "development": "medium"},
    "cache.nodes":             {"staging": 3,        "development": 2},
    "workload.max_replicas":   {"staging": 30,       "development": 10},
    "compute.instance_type":   {"staging": "4xlarge", "development": "xlarge"},
    "compute.nodes":           {"staging": 20,       "development": 10},
})  # fmt: skip
"""The maximum of a tier; production has none. A larger value in the sizing table takes precedence.

A capacity unit of Aurora Serverless has about 2 GiB of memory, so that 8 of them have that of a db.r6g.large
(Amazon Aurora User Guide, "How Aurora Serverless v2 works").
"""

_SMALL_SIZES = {"nano": 0.25, "micro": 0.5, "small": 1.0, "medium": 2.0, "large": 4.0, "xlarge": 8.0}
_SIZE = re.compile(r"(?:(?:db|cache)\.)?[a-z0-9-]+\.(?P<size>[a-z0-9-]+)")
_MULTIPLE = re.compile(r"(\d+)xlarge|metal(?:-(\d+)xl)?")
_METAL = 192.0  # bare metal without a number is a whole host: at least 24xlarge


def units(instance: str) -> float | None:
    """The size of an instance class in AWS's normalization factors: small 1, large 4, 2xlarge 16.

    Takes a class (`db.t3.small`) or a size alone. None for a size that AWS doesn't have.
    """
    named = _SIZE.fullmatch(instance)
    size = named["size"] if named else instance
    if size in _SMALL_SIZES:
        return _SMALL_SIZES[size]
    multiple = _MULTIPLE.fullmatch(size)
    if multiple is None:
        return None
    count = multiple[1] or multiple[2]
    return 8.0 * int(count) if count else _METAL


def misfit(name: str, context: PolicyContext, row: str) -> str:
    """The violation of an instance class in this tier, as a phrase; empty if there is none."""
    size = units(name)
    if size is None:
        return "has a size that AWS does not offer"
    start = context.size(row) if row in TABLE else ""
    if context.tier == "production":
        return f"is smaller than {start}, the minimum in production" if size < _units(start) else ""
    limit = largest(context, row)
    return f"is larger than {limit}, the maximum in {context.tier}" if size > _units(limit) else ""


def largest(context: PolicyContext, row: str) -> str:
    """The largest instance class of a tier other than production."""
    start = context.size(row) if row in TABLE else ""
    return max(str(LARGEST[row][context.tier]), start, key=_units)


def most(context: PolicyContext, row: str) -> int | None:
    """The maximum of the tier for a row that counts something; None in production."""
    limit: int | None = LARGEST[row].get(context.tier)
    if limit is None or row not in TABLE:
        return limit
    size: int = context.size(row)
    return max(limit, size)


def _units(instance: str) -> float:
    return units(instance) or 0
