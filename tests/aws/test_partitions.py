"""Partitions: ARNs and host names by region."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from platform_components.aws.partitions import PARTITIONS, Partition, dns_suffix, partition_of


def test_the_partitions_are_those_of_botocore() -> None:
    """The table is AWS's own, not from memory."""
    known = json.loads(files("botocore").joinpath("data/partitions.json").read_text(encoding="utf-8"))
    expected = [
        Partition(each["id"], each["outputs"]["dnsSuffix"], each["regionRegex"].strip("^$"))
        for each in known["partitions"]
    ]
    assert list(PARTITIONS) == expected


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("eusc-de-east-1", "aws-eusc"),
        ("xx-new-1", "aws"),
    ],
)
def test_a_region_belongs_to_a_partition(region: str, partition: str) -> None:
    """A region of a continent that AWS adds later is in the commercial partition."""
    assert partition_of(region).name == partition


def test_the_suffix_of_an_unknown_partition_is_the_commercial_one() -> None:
    """A partition that AWS adds later."""
    assert dns_suffix("aws-cn") == "amazonaws.com.cn"
    assert dns_suffix("aws-new") == "amazonaws.com"
