"""The recorded result of Checkov: within the limits, and each failed check is explained."""

from __future__ import annotations

import re

import pytest

from tests.checkov.recorded import read_result
from tests.inventory import COMPONENTS
from tests.tree import ROOT

LIMITS = {"Bucket": 2, "Cache": 0, "Cluster": 1, "Database": 0, "Network": 0}
"""Failed checks of the smallest use in production, at most."""

PAGE = ROOT / "docs" / "checkov.md"


def test_every_aws_component_is_recorded() -> None:
    """A new component appears once `python -m tests.checkov --write` has run."""
    aws = {each.__name__ for each in COMPONENTS if each.__module__.startswith("platform_components.aws.")}
    assert set(read_result()["failed"]) == aws == set(LIMITS)


@pytest.mark.parametrize("component", LIMITS)
def test_no_component_fails_more_checks_than_agreed(component: str) -> None:
    """A limit is lowered when checks are fixed, and not raised."""
    assert len(read_result()["failed"][component]) <= LIMITS[component]


def test_each_failed_check_is_explained() -> None:
    """The page has a row for each failed check, and no other rows."""
    rows = re.findall(r"^\| (\w+) \| (CKV\w+) \| .{20,} \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    failed = read_result()["failed"]
    assert sorted(rows) == sorted((name, check) for name, checks in failed.items() for check in checks)


def test_the_version_of_checkov_is_pinned() -> None:
    """Other versions have other checks."""
    requirements = (ROOT / "tests" / "checkov" / "requirements.txt").read_text(encoding="utf-8")
    assert requirements == f"checkov=={read_result()['checkov']}\n"
