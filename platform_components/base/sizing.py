"""SIZING: every difference between tiers, in one table; and how a field takes its value from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from pydantic import Field

from platform_components.base.errors import InvalidInput, Problem, as_written, did_you_mean, one_of

Tier = Literal["production", "staging", "development"]
"""What an environment is for. Only the tier decides sizes; any number of environments share one."""

TIERS: Final[tuple[Tier, ...]] = get_args(Tier)

# key                               (production,      staging,         development)
SIZING: Final[Mapping[str, tuple[Any, Any, Any]]] = MappingProxyType({
    "network.nat":                     ("per-zone",     "single",        "single"),
    "network.flow_log_retention_days": (365,            30,              7),
    "cluster.log_retention_days":      (365,            90,              30),
    "cluster.deletion_protection":     (True,           False,           False),
    "database.instance_class":         ("db.t3.medium", "db.t3.small",   "db.t3.small"),
    "database.storage_gb":             (100,            20,              20),
    "database.backup_retention_days":  (30,             7,               7),
    "database.multi_az":               (True,           False,           False),
    "database.deletion_protection":    (True,           False,           False),
    "database.final_snapshot":         (True,           False,           False),
    "cache.node_type":                 ("cache.t3.micro", "cache.t3.micro", "cache.t3.micro"),
    "cache.nodes":                     (2,              1,               1),
    "cache.snapshot_retention_days":   (7,              1,               0),
    "cache.final_snapshot":            (True,           False,           False),
    "bucket.noncurrent_version_days":  (90,             30,              7),
    "bucket.force_destroy":            (False,          False,           True),
    "workload.min_replicas":           (3,              3,               3),
    "workload.max_replicas":           (9,              6,               6),
})  # fmt: skip
"""The one table of what differs between tiers. `platform.yaml` may override single cells."""


@dataclass(frozen=True)
class Sized:
    """Stands in a field of args until the tier is known; names the row that fills it."""

    key: str

    def __repr__(self) -> str:
        return f"<{self.key} of the tier>"


def sized(key: str) -> Any:
    """The default of a field whose value comes from the row `key` of the sizing table.

    Typed `Any` so that the field keeps its own type, which it has once the args are resolved.

    Raises:
        KeyError: the table has no such row.
    """
    if key not in SIZING:
        raise KeyError(f"SIZING has no row {key}: add it in platform_components/base/sizing.py")
    return Field(default=Sized(key), json_schema_extra={"sizing": key})


@dataclass(frozen=True)
class Cell:
    """One value of the table, and who set it."""

    value: Any
    origin: str


@dataclass(frozen=True)
class Sizing:
    """The sizing table as it holds for one organisation: SIZING, with cells overridden."""

    overrides: Mapping[tuple[Tier, str], Any] = field(default_factory=dict)
    source: str = "platform.yaml"

    def cell(self, key: str, tier: Tier) -> Cell:
        """The value of a row for a tier. A KeyError for a row that the table does not have."""
        if (tier, key) in self.overrides:
            return Cell(self.overrides[tier, key], f"{self.source} sizing.{tier}.{key}")
        return Cell(SIZING[key][TIERS.index(tier)], f"sizing table ({tier} tier)")

    @classmethod
    def parse(cls, table: Mapping[str, Any], source: str = "platform.yaml") -> Sizing:
        """Overrides written as tier, row, value: `{"production": {"database.storage_gb": 200}}`.

        Raises:
            InvalidInput: unknown tiers and rows, and values of another type than the row's; all at once.
        """
        problems: list[Problem] = []
        overrides: dict[tuple[Tier, str], Any] = {}
        for tier, row in table.items():
            if tier not in TIERS:
                problems.append(Problem(f"sizing.{tier}", "unknown tier", one_of(TIERS)))
            elif not isinstance(row, Mapping):
                problems.append(
                    Problem(f"sizing.{tier}", "must be a mapping", "such as database.storage_gb: 50", row)
                )
            else:
                for key, value in row.items():
                    if problem := _unfit(tier, str(key), value):
                        problems.append(problem)
                    else:
                        overrides[tier, key] = value
        if problems:
            raise InvalidInput(source, problems)
        return cls(overrides, source)


def _unfit(tier: str, key: str, value: Any) -> Problem | None:
    where = f"sizing.{tier}.{key}"
    if key not in SIZING:
        return Problem(where, "unknown row", did_you_mean(key, SIZING))
    kind = type(SIZING[key][0])
    if type(value) is not kind:
        names = {int: "a whole number", bool: "true or false", str: "text"}
        return Problem(where, f"must be {names[kind]}", f"such as {as_written(SIZING[key][0])}", value)
    return None
