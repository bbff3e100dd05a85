"""Regions: what the examples of the rule can't show."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_aws import Provider

from platform_components.base.markers import UNKNOWN
from platform_components.policy import Example, PolicyContext, Report, evaluate_policies
from platform_components.testing import render
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


@pytest.mark.parametrize(
    ("region", "zone"),
    [
        *(("us-east-1", "use1-az1"), ("us-west-2", "usw2-lax1-az1"), ("us-gov-west-1", "usgw1-az2")),
        *(("ca-central-1", "cac1-az4"), ("sa-east-1", "sae1-az3"), ("mx-central-1", "mxc1-az1")),
        *(("eu-west-1", "euw1-az1"), ("eu-central-1", "euc1-az3"), ("eu-north-1", "eun1-az2")),
        *(("ap-southeast-2", "apse2-az1"), ("ap-northeast-1", "apne1-az4"), ("ap-east-1", "ape1-az1")),
        *(("me-central-1", "mec1-az1"), ("af-south-1", "afs1-az1"), ("cn-northwest-1", "cnnw1-az1")),
    ],
)
def test_a_zone_id_is_in_the_region_that_it_abbreviates(region: str, zone: str) -> None:
    """Zone IDs are the same in every account, unlike the names of zones."""
    assert _report("aws:ec2/subnet:Subnet", {"availabilityZoneId": zone}, "eu-south-1", region).findings == ()
    (finding,) = _report("aws:ec2/subnet:Subnet", {"availabilityZoneId": zone}, "eu-south-1").violations
    assert finding.message == f"availabilityZoneId {zone} is not in eu-south-1"


def test_a_zone_id_of_no_known_region_is_undetermined_if_an_allowed_region_has_none() -> None:
    """The newest regions are in the table without their zone IDs."""
    inputs = {"availabilityZoneId": "mew1-az1"}
    (finding,) = _report("aws:ec2/subnet:Subnet", inputs, "me-west-1").findings
    assert finding.outcome == "undetermined"
    (finding,) = _report("aws:ec2/subnet:Subnet", inputs, "eu-west-1").findings
    assert finding.outcome == "violation"


def test_endpoints_of_a_provider_are_read_as_the_sdk_encodes_them() -> None:
    """Nested inputs of a provider are JSON text in the graph."""

    def program() -> None:
        Provider("aws", region="eu-west-1", endpoints=[{"s3": "https://s3.us-east-1.amazonaws.com"}])

    context = PolicyContext("dev", "development", regions=("eu-west-1",))
    report = evaluate_policies(render(program).resources, REGIONS, context)
    assert [finding.message for finding in report.violations] == [
        "endpoints.s3 is in us-east-1, not in eu-west-1"
    ]
