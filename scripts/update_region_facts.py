"""Generate the tables of AWS regions, and of the instance classes that RDS and ElastiCache offer in each.

Run it to add new regions and classes. It needs packages that are too large for the dev group:

    uv run --no-project --with cfn-lint==1.58.0 --with moto==5.2.5 --with boto3==1.44.5 \
        python scripts/update_region_facts.py

Sources: partitions of botocore (regions), cfn-lint (availability zones; classes by region, from the AWS price
lists) and moto (prefixes of zone IDs).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from string import ascii_lowercase
from typing import Any, Final

PACKAGE: Final = Path(__file__).parent.parent / "platform_components"
REGIONS: Final = PACKAGE / "base" / "data" / "regions.json"
CLASSES: Final = PACKAGE / "aws" / "data" / "instance_classes.json"

# Their price lists contain them, but current engine versions don't run on them (RDS user guide, "Supported DB
# engines for DB instance classes") or AWS calls them previous generation (ElastiCache user guide, "Supported
# node types").
_PREVIOUS: Final = {"database": {"m1", "m2", "m3", "m4", "r3", "r4", "t1", "t2"}, "cache": {"m4", "r4", "t2"}}
_SIZES: Final = ("micro", "small", "medium", "large", "xlarge")


def _data(package: str, path: str) -> Any:
    return json.loads(files(package).joinpath(path).read_text(encoding="utf-8"))


def regions() -> dict[str, dict[str, str]]:
    """Return the regions with their description, the letters of their zones, and the prefix of zone IDs."""
    from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

    availability_zones = import_module("cfnlint.helpers").AVAILABILITY_ZONES
    rows = {}
    for partition in _data("botocore", "data/partitions.json")["partitions"]:
        for name, region in partition["regions"].items():
            if name.endswith("-global"):
                continue
            zones = availability_zones.get(name, [])
            ids = RegionsAndZonesBackend.zones.get(name, [])
            rows[name] = {
                "description": region["description"],
                "zones": _letters([zone[-1] for zone in zones]),
                "zone_ids": ids[0].zone_id.partition("-")[0] if ids else "",
            }
    return rows


def _letters(letters: Sequence[str]) -> str:
    """The letters up to the last one; accounts differ in which of them they have, as in us-west-1."""
    return ascii_lowercase[: ascii_lowercase.index(max(letters)) + 1] if letters else ""


def database_classes() -> Iterator[tuple[str, set[str]]]:
    """Yield each region with the instance classes of RDS for PostgreSQL in it."""
    for region, schema in _enumerations("aws_rds_dbinstance/dbinstanceclass_enum.json"):
        offered = [row for row in schema["allOf"] if row["if"]["properties"]["Engine"]["const"] == "postgres"]
        yield (
            region,
            {name for row in offered for name in row["then"]["properties"]["DBInstanceClass"]["enum"]},
        )


def node_types() -> Iterator[tuple[str, set[str]]]:
    """Yield each region with the node types of ElastiCache in it."""
    for region, schema in _enumerations("aws_elasticache_cachecluster/cachenodetype_enum.json"):
        yield region, set(schema["enum"])


def _enumerations(path: str) -> Iterator[tuple[str, Any]]:
    table = _data("cfnlint", f"data/schemas/extensions/{path}")
    return ((region, schema) for region, schema in table.items() if isinstance(schema, dict))


def table(kind: str, offered: Mapping[str, set[str]]) -> dict[str, dict[str, str]]:
    """Return the sizes of each family, and the families in each region.

    A family of which a region lacks sizes is written size by size: `m5.large m5.xlarge`.
    """
    names = {name.partition(".")[2] for names in offered.values() for name in names}
    names = {name for name in names if name.partition(".")[0] not in _PREVIOUS[kind]}
    families = {
        family: sorted((name.partition(".")[2] for name in members), key=_rank)
        for family, members in groupby(sorted(names, key=_in_order), key=lambda name: name.partition(".")[0])
    }
    rows = {
        region: " ".join(_in_region(families, {name.partition(".")[2] for name in offered[region]}))
        for region in sorted(offered)
    }
    return {"families": {family: " ".join(sizes) for family, sizes in families.items()}, "regions": rows}


def _in_region(families: Mapping[str, list[str]], names: set[str]) -> Iterator[str]:
    for family, sizes in families.items():
        present = [f"{family}.{size}" for size in sizes if f"{family}.{size}" in names]
        yield from [family] if len(present) == len(sizes) else present


def _in_order(name: str) -> tuple[bool, str]:
    """By family, those with burstable performance first."""
    family = name.partition(".")[0]
    return not family.startswith("t"), family


def _rank(size: str) -> int:
    return _SIZES.index(size) if size in _SIZES else len(_SIZES) + int(size.removesuffix("xlarge"))


def write(target: Path, source: str, content: Mapping[str, Any]) -> None:
    """Write a table with its origin. The output is reproducible."""
    head = {"generated_by": f"scripts/{Path(__file__).name}", "source": source, "date": _date()}
    target.write_text(json.dumps({**head, **content}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{target.name}: {target.stat().st_size} bytes")


def _date() -> str:
    return str(_data("cfnlint", "data/schemas/version.json")["schema_date"])[:10]


def main() -> None:
    used = {name: f"{name} {version(name)}" for name in ("botocore", "cfn-lint", "moto")}
    write(REGIONS, ", ".join(used.values()), {"regions": regions()})
    classes = {
        "database": table("database", dict(database_classes())),
        "cache": table("cache", dict(node_types())),
    }
    write(CLASSES, used["cfn-lint"], classes)


if __name__ == "__main__":
    main()
