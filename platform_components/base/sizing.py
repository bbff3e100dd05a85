"""SIZING: the defaults that depend on the tier, and the fields that use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from pydantic import Field

from platform_components.base.errors import InvalidInput, Problem, as_written, did_you_mean, one_of

Tier = Literal["production", "staging", "development"]
"""Tier of an environment. Sizes depend only on it; any number of environments can have the same tier."""

TIERS: Final[tuple[Tier, ...]] = get_args(Tier)

# Amazon ECR Public: the AWS CLI of AWS itself, and the mirror of Docker's official images.
_AWS_CLI: Final = "public.ecr.aws/aws-cli/aws-cli:2.37.5"
_POSTGRES: Final = "public.ecr.aws/docker/library/postgres:18-alpine"

# key                               (production,      staging,         development)
SIZING: Final[Mapping[str, tuple[Any, Any, Any]]] = MappingProxyType({
    "encryption.create_kms_key":       (True,           False,           False),
    "network.nat":                     ("per-zone",     "single",        "single"),
    "network.flow_log_retention_days": (365,            30,              7),
    "cluster.log_retention_days":      (365,            90,              30),
    "cluster.deletion_protection":     (True,           False,           False),
    "database.instance_class":         ("db.t3.medium", "db.t3.small",   "db.t3.small"),
    "database.storage_gb":             (100,            20,              20),
    "database.max_storage_factor":     (4,              1,               1),
    "database.backup_retention_days":  (30,             7,               7),
    "database.multi_az":               (True,           False,           False),
    "database.deletion_protection":    (True,           False,           False),
    "database.final_snapshot":         (True,           False,           False),
    "database.log_retention_days":     (365,            30,              7),
    "database.monitoring_interval":    (60,             0,               0),
    "cache.node_type":                 ("cache.t3.micro", "cache.t3.micro", "cache.t3.micro"),
    "cache.nodes":                     (2,              1,               1),
    "cache.snapshot_retention_days":   (7,              1,               0),
    "cache.final_snapshot":            (True,           False,           False),
    "cache.log_retention_days":        (365,            30,              7),
    "bucket.noncurrent_version_days":  (90,             30,              7),
    "bucket.force_destroy":            (False,          False,           True),
    "images.aws_cli":                  (_AWS_CLI,       _AWS_CLI,        _AWS_CLI),
    "images.postgres_client":          (_POSTGRES,      _POSTGRES,       _POSTGRES),
    "bucket.send_events":              (True,           False,           False),
    "workload.min_replicas":           (3,              3,               3),
    "workload.max_replicas":           (9,              6,               6),
    "workload.zone_spread":            ("required",     "preferred",     "preferred"),
})  # fmt: skip
"""Tier-specific defaults, one row per setting. `platform.yaml` can override single cells."""


@dataclass(frozen=True)
class Sized:
    """Placeholder for the value of a field until the tier is known. `key` is a row of the sizing table."""

    key: str

    def __repr__(self) -> str:
        return f"<tier default of {self.key}>"


def sized(key: str) -> Any:
    """Return the default of a field whose value is set by the row `key` of the sizing table.

    The return type is `Any` so that the field keeps its declared type, which it has after `resolve()`.

    Raises:
        KeyError: the sizing table has no row `key`.
    """
    if key not in SIZING:
        raise KeyError(f"SIZING has no row {key}: add it in platform_components/base/sizing.py")
    return Field(default=Sized(key), json_schema_extra={"sizing": key})


@dataclass(frozen=True)
class Cell:
    """One value of the sizing table, and its origin."""

    value: Any
    origin: str


@dataclass(frozen=True)
class Sizing:
    """The sizing table of an organisation: SIZING with some cells overridden."""

    overrides: Mapping[tuple[Tier, str], Any] = field(default_factory=dict)
    source: str = "platform.yaml"

    def cell(self, key: str, tier: Tier) -> Cell:
        """Return the value of a row for a tier.

        Raises:
            KeyError: the sizing table has no row `key`.
        """
        if (tier, key) in self.overrides:
            return Cell(self.overrides[tier, key], f"{self.source} sizing.{tier}.{key}")
        return Cell(SIZING[key][TIERS.index(tier)], f"sizing table ({tier} tier)")

    @classmethod
    def parse(cls, table: Mapping[str, Any], source: str = "platform.yaml") -> Sizing:
        """Create a table from overrides by tier and row: `{"production": {"database.storage_gb": 200}}`.

        Raises:
            InvalidInput: a tier or row is unknown, or a value does not have the row's type; lists all
                problems.
        """
        problems: list[Problem] = []
        overrides: dict[tuple[Tier, str], Any] = {}
        for tier, row in table.items():
            if tier not in TIERS:
                # A stack that was appended to the file lands in `sizing`, its last section.
                is_stack = isinstance(row, Mapping) and not {"owner", "reads"}.isdisjoint(row)
                remedy = f"did you mean stacks.{tier}?" if is_stack else one_of(TIERS)
                problems.append(Problem(f"sizing.{tier}", "unknown tier", remedy))
            elif not isinstance(row, Mapping):
                problems.append(
                    Problem(f"sizing.{tier}", "must be a mapping", "such as database.storage_gb: 50", row)
                )
            else:
                for key, value in row.items():
                    if problem := _cell_problem(tier, str(key), value):
                        problems.append(problem)
                    else:
                        overrides[tier, key] = value
        if problems:
            raise InvalidInput(source, problems)
        return cls(overrides, source)


def _cell_problem(tier: str, key: str, value: Any) -> Problem | None:
    where = f"sizing.{tier}.{key}"
    if key not in SIZING:
        return Problem(where, "unknown row", did_you_mean(key, SIZING))
    kind = type(SIZING[key][0])
    if type(value) is not kind:
        names = {int: "an integer", bool: "true or false", str: "a string"}
        return Problem(where, f"must be {names[kind]}", f"such as {as_written(SIZING[key][0])}", value)
    return None
