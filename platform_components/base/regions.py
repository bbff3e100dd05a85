"""AWS regions: which exist, their availability zones, and the region of a zone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from platform_components.base.packaged import packaged_text


@dataclass(frozen=True)
class AwsRegion:
    """One region."""

    description: str
    """Such as `Europe (Ireland)`."""
    zones: str
    """Letters of the zones that accounts can have, such as `abc`; empty if they are not in the table."""
    zone_ids: str
    """First part of the IDs of its zones: `euw1` of `euw1-az1`; empty if it is not in the table."""


@cache
def aws_regions() -> Mapping[str, AwsRegion]:
    """Return the regions of all partitions by name.

    Source: botocore, cfn-lint and moto, read by scripts/update_region_facts.py; the file has their versions.
    """
    return MappingProxyType({name: AwsRegion(**row) for name, row in _table()["regions"].items()})


def regions_date() -> str:
    """Return the date of the table, such as `2026-10-20`. Newer regions are not in it."""
    return str(_table()["date"])


def region_of_zone(zone: str) -> str | None:
    """Return the region of a zone: of its name (`eu-west-1a`) or of its ID (`euw1-az1`), local zones too.

    None if the table has no such region.
    """
    if by_id := re.fullmatch(r"([a-z]+[0-9]+)(?:-[a-z]+[0-9]+)?-az[0-9]+", zone):
        return next((name for name, row in aws_regions().items() if row.zone_ids == by_id[1]), None)
    by_name = re.match(r"[a-z]+(?:-[a-z]+)+-[0-9]+", zone)
    return by_name[0] if by_name and by_name[0] in aws_regions() else None


@cache
def _table() -> Any:
    return json.loads(packaged_text("platform_components.base", "regions.json"))
