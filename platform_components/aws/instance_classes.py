"""Instance classes: the instance families and sizes of RDS for PostgreSQL and ElastiCache, by region.

Neither the SDK nor an emulator validates them; AWS does, minutes into a deployment. Source: the AWS price
lists as cfn-lint contains them, read by scripts/update_region_facts.py; the table has their version and date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from platform_components.base.errors import Problem, did_you_mean
from platform_components.base.packaged import packaged_text
from platform_components.base.values import InSchemaFrom, InvalidValueError

Families = Mapping[str, tuple[str, ...]]


@cache
def _table() -> Any:
    return json.loads(packaged_text("platform_components.aws", "instance_classes.json"))


def _families(kind: str, without: str = "") -> Families:
    rows: Mapping[str, str] = _table()[kind]["families"]
    return MappingProxyType({family: tuple(rows[family].split()) for family in rows if family != without})


# Source: ElastiCache user guide, "Data tiering in ElastiCache": nodes of this family require it.
_WITH_DATA_TIERING: Final = "r6gd"


@cache
def database_families() -> Families:
    """Return the instance families of RDS for PostgreSQL, each with its sizes in ascending order.

    Previous generations are excluded.
    """
    return _families("database")


@cache
def cache_families() -> Families:
    """Return the node families of ElastiCache, each with its sizes in ascending order.

    Excluded are r6gd, which requires data tiering, and previous generations.
    """
    return _families("cache", without=_WITH_DATA_TIERING)


_KINDS: Final = MappingProxyType({"db": ("database", database_families), "cache": ("cache", cache_families)})


def offer_problem(field: str, name: str, region: str) -> Problem | None:
    """Return the problem with an instance class or a node type that a region does not offer.

    None if it does, or if the table does not contain the region.
    """
    prefix, family, size = name.split(".", maxsplit=2)
    offered = _offered(prefix, region)
    if not offered or size in offered.get(family, ()):
        return None
    similar = ", ".join(f"{prefix}.{other}.{size}" for other in _similar(family, size, offered))
    what = f"is not offered in {region} as of {_table()['date']}"
    return Problem(field, what, f"offered there: {similar}" if similar else "choose another family", name)


@cache
def _offered(prefix: str, region: str) -> Families:
    """Families in a region, with their sizes; empty if the table does not contain the region."""
    kind, families = _KINDS[prefix][0], _KINDS[prefix][1]()
    offered: dict[str, tuple[str, ...]] = {}
    for entry in _table()[kind]["regions"].get(region, "").split():
        family, _, size = entry.partition(".")  # an entry is a family, or one size of it
        if family in families:
            offered[family] = (*offered.get(family, ()), size) if size else families[family]
    return offered


def _similar(family: str, size: str, offered: Families) -> Iterator[str]:
    """At most three families for the same purpose (`r`: memory) that have the size, newest first."""
    candidates = [other for other, sizes in offered.items() if other[0] == family[0] and size in sizes]
    yield from sorted(candidates, key=lambda other: (other[1], -len(other)), reverse=True)[:3]


def _known(name: str, prefix: str, families: Families) -> str:
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
    return _known(name, "db", database_families())


def _node_type(name: str) -> str:
    if name.startswith(f"cache.{_WITH_DATA_TIERING}."):
        raise InvalidValueError("requires data tiering, which Cache does not support", "choose r6g or r7g")
    return _known(name, "cache", cache_families())


def _pattern(prefix: str, families: Families) -> dict[str, str]:
    """A pattern for the JSON Schema: a list of all classes would be too long for an editor's message."""
    known = (rf"{family}\.(?:{'|'.join(sizes)})" for family, sizes in families.items())
    return {"pattern": rf"^(?:{prefix}\.(?:{'|'.join(known)}))$"}


InstanceClass = Annotated[
    str, AfterValidator(_instance_class), InSchemaFrom(lambda: _pattern("db", database_families()))
]
"""An instance class of RDS for PostgreSQL such as `db.t3.small`."""
NodeType = Annotated[
    str, AfterValidator(_node_type), InSchemaFrom(lambda: _pattern("cache", cache_families()))
]
"""A node type of ElastiCache such as `cache.t3.micro`."""
