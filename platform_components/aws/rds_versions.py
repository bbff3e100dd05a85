"""RDS versions: the PostgreSQL versions of RDS, and those in Extended Support."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator

from platform_components.base import Problem
from platform_components.base.packaged import packaged_lines
from platform_components.base.values import InvalidValueError, in_schema

MAJORS: Final = ("13", "14", "15", "16", "17", "18")
"""Major versions that RDS supports; a test compares them with the generated table."""

STANDARD_SUPPORT_ENDED: Final = MappingProxyType({"13": "2026-02-28"})
"""Major versions in RDS Extended Support, at additional cost, each with the last day of standard support.

Source: release calendar of Amazon RDS for PostgreSQL. The next one is 14, on 2027-02-28.
"""


@cache
def minor_versions() -> tuple[str, ...]:
    """Return the minor versions of RDS such as `17.4`, in ascending order."""
    return packaged_lines("platform_components.aws", "rds_versions.txt")


def major_of(version: str) -> str:
    """Return the major version: `17` for `17.4`."""
    return version.partition(".")[0]


def support_problems(version: str, extended_support: bool) -> Iterable[Problem]:
    """Yield the problem of a version that needs Extended Support."""
    major = major_of(version)
    if (ended := STANDARD_SUPPORT_ENDED.get(major)) and not extended_support:
        what = f"must be in RDS standard support, which ended for {major} on {ended}"
        supported = next(each for each in MAJORS if each not in STANDARD_SUPPORT_ENDED)
        remedy = f"upgrade to {supported} or later, or set extended_support, at additional cost"
        yield Problem("engine_version", what, remedy, version)


def lifecycle_support(extended_support: bool) -> str:
    """Return the value of `engine_lifecycle_support`. Without one, RDS enables Extended Support."""
    return "open-source-rds-extended-support" + ("" if extended_support else "-disabled")


def _version(value: str) -> str:
    major = major_of(value)
    if major not in MAJORS:
        raise ValueError(f"must be a major version ({', '.join(MAJORS)}) or a minor version such as 17.4")
    known = [version for version in minor_versions() if major_of(version) == major]
    if value not in (major, *known):
        raise InvalidValueError(
            f"must be a major version or a known minor version of it ({known[0]} to {known[-1]})",
            f"write {major}, with which RDS applies minor upgrades; "
            "for a later version, set customize.instance.engine_version",
        )
    return value


PostgresVersion = Annotated[
    str,
    AfterValidator(_version),
    in_schema(rf"(?:{'|'.join(MAJORS)})(?:\.[1-9][0-9]?(?:-rds\.[0-9]{{8}})?)?"),
]
"""A major version such as `17`, or a minor version such as `17.4`."""
