"""Regions: what the examples of the rule can't show."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.base.markers import UNKNOWN
from platform_components.policy import Example, PolicyContext, Report, evaluate_policies
from policies.regions import REGIONS

PROVIDER = "pulumi:providers:aws"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"


def _report(type_: str, inputs: dict[str, Any], *regions: str) -> Report:
    context = PolicyContext("dev", "development", regions=regions)
    return evaluate_policies([Example(type_, inputs)], REGIONS, context)


def test_without_a_list_of_regions_all_are_allowed() -> None:
    """A project without a platform.yaml has none."""
    assert _report("aws:sqs/queue:Queue", {"region": "ap-south-1"}).findings == ()
    assert _report(PROVIDER, {}).findings == ()


def test_a_provider_without_a_region_is_undetermined() -> None:
    """The environment of the deployer determines it."""
    report = _report(PROVIDER, {}, "eu-west-1")
    assert [finding.outcome for finding in report.findings] == ["undetermined"]
    assert "set aws:region" in report.findings[0].message


def test_every_allowed_region_is_listed() -> None:
    """One of several is enough."""
    assert _report(PROVIDER, {"region": "eu-west-2"}, "eu-west-1", "eu-west-2").findings == ()
    (finding,) = _report(PROVIDER, {"region": "us-east-1"}, "eu-west-1", "eu-west-2").violations
    assert finding.message == "region is in us-east-1, not in eu-west-1 or eu-west-2"


@pytest.mark.parametrize("name", ["availabilityZones", "preferredCacheClusterAzs"])
def test_each_zone_of_a_list_is_checked(name: str) -> None:
    """An unknown one is undetermined, next to the violation of another one."""
    report = _report(CACHE, {name: ["eu-west-1a", "us-east-1a"]}, "eu-west-1")
    assert [finding.message for finding in report.findings] == [f"{name} is in us-east-1, not in eu-west-1"]
    (finding,) = _report(CACHE, {name: [UNKNOWN, "us-east-1a"]}, "eu-west-1").findings
    assert finding.outcome == "undetermined"
