"""RDS versions: only versions that RDS has are accepted."""

from __future__ import annotations

import pytest

from platform_components.aws.database_args import DatabaseArgs
from platform_components.aws.rds_versions import MAJORS, STANDARD_SUPPORT_ENDED, major_of, minor_versions
from platform_components.base import InvalidInput
from tests.samples import context_of


def test_every_major_version_has_minor_versions() -> None:
    """The major versions in the code are those of the generated table, in the same order."""
    assert tuple(dict.fromkeys(map(major_of, minor_versions()))) == MAJORS


def test_a_major_version_with_extended_support_releases_is_out_of_standard_support() -> None:
    """RDS names releases of Extended Support `<version>-rds.<date>`."""
    assert {major_of(version) for version in minor_versions() if "-rds." in version} <= set(
        STANDARD_SUPPORT_ENDED
    )


@pytest.mark.parametrize("version", [*MAJORS[1:], "17.4", "18.6", "14.24"])
def test_a_version_of_rds_is_accepted(version: str) -> None:
    """A major version, or a minor version in the table."""
    assert DatabaseArgs(engine_version=version).engine_version == version


@pytest.mark.parametrize("version", ["17.99", "18.5", "17.4.1", "17.04"])
def test_a_version_that_rds_does_not_have_is_rejected(version: str) -> None:
    """The message states the known versions, and how to use one that is newer than the table."""
    with pytest.raises(InvalidInput) as caught:
        DatabaseArgs(engine_version=version)
    major = major_of(version)
    assert f"a known minor version of it ({major}.1 to {major}." in str(caught.value)
    assert f"write {major}, with which RDS applies minor upgrades" in str(caught.value)
    assert "customize.instance.engine_version" in str(caught.value)


@pytest.mark.parametrize("version", ["13", "13.23", "13.23-rds.20260224"])
def test_extended_support_must_be_wanted(version: str) -> None:
    """A major version out of standard support is accepted only with `extended_support`, which costs extra."""
    context = context_of("development")
    with pytest.raises(InvalidInput) as caught:
        DatabaseArgs(engine_version=version).resolve(context, "database")
    assert "must be in RDS standard support, which ended for 13 on 2026-02-28" in str(caught.value)
    assert "upgrade to 14 or later, or set extended_support" in str(caught.value)
    DatabaseArgs(engine_version=version, extended_support=True).resolve(context, "database")
