"""AWS regions: the table, and the fields that accept a region."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from platform_components.base import Context, InvalidInput
from platform_components.base.regions import aws_regions, region_of_zone
from platform_components.base.settings import Environment


def test_the_regions_are_those_of_botocore() -> None:
    """Every partition of the installed version, without its pseudo-region; regenerate the table otherwise."""
    partitions = json.loads(files("botocore").joinpath("data/partitions.json").read_text(encoding="utf-8"))
    known = {region for each in partitions["partitions"] for region in each["regions"]}
    assert set(aws_regions()) == {region for region in known if not region.endswith("-global")}


def test_a_region_that_does_not_exist_is_rejected() -> None:
    """In a context and in platform.yaml; the nearest region is suggested."""
    with pytest.raises(InvalidInput, match=r"region = \"eu-west-9\"  unknown AWS region as of 20.*eu-west-"):
        Context.parse(
            {"environment": "a", "tier": "staging", "region": "eu-west-9", "service": "a", "owner": "a"},
            "Context",
        )
    with pytest.raises(InvalidInput, match="did you mean eu-central-1"):
        Environment.parse({"tier": "staging", "region": "eu-centrl-1"}, "platform.yaml")


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "eusc-de-east-1", "us-isob-east-1"])
def test_regions_of_all_partitions_are_accepted(region: str) -> None:
    """Including the European Sovereign Cloud, whose names start with four letters."""
    assert Environment.parse({"tier": "staging", "region": region}, "platform.yaml").region == region


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("eu-west-1a", "eu-west-1"),
        ("us-west-2-lax-1a", "us-west-2"),
        ("us-gov-east-1c", "us-gov-east-1"),
        ("euw1-az1", "eu-west-1"),
        ("apne1-az4", "ap-northeast-1"),
        ("usw2-lax1-az1", "us-west-2"),
        ("xyz9-az1", None),
        ("eu-west-9a", None),
        ("a", None),
    ],
)
def test_a_zone_is_in_a_region_by_its_name_or_its_id(zone: str, region: str | None) -> None:
    """Zone IDs start with an abbreviation of the region."""
    assert region_of_zone(zone) == region
