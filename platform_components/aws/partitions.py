"""Partitions: the groups of AWS regions that differ in their ARNs and host names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Partition:
    """One partition. Source: `partitions.json` of botocore 1.44.5, 2026-11; a test compares them."""

    name: str
    """First part of its ARNs after `arn:`."""
    dns_suffix: str
    """Last part of the host names of its services."""
    regions: str
    """Pattern of the names of its regions."""


PARTITIONS: Final = (
    Partition("aws", "amazonaws.com", r"(us|eu|ap|sa|ca|me|af|il|mx)\-\w+\-\d+"),
    Partition("aws-cn", "amazonaws.com.cn", r"cn\-\w+\-\d+"),
    Partition("aws-eusc", "amazonaws.eu", r"eusc\-(de)\-\w+\-\d+"),
    Partition("aws-iso", "c2s.ic.gov", r"us\-iso\-\w+\-\d+"),
    Partition("aws-iso-b", "sc2s.sgov.gov", r"us\-isob\-\w+\-\d+"),
    Partition("aws-iso-e", "cloud.adc-e.uk", r"eu\-isoe\-\w+\-\d+"),
    Partition("aws-iso-f", "csp.hci.ic.gov", r"us\-isof\-\w+\-\d+"),
    Partition("aws-us-gov", "amazonaws.com", r"us\-gov\-\w+\-\d+"),
)


def partition_of(region: str) -> Partition:
    """Return the partition of a region, which is `aws` if none has the region's pattern: AWS adds regions."""
    matching = (each for each in PARTITIONS if re.fullmatch(each.regions, region))
    return next(matching, PARTITIONS[0])


def dns_suffix(partition: str) -> str:
    """Return the DNS suffix of the partition of an ARN; of an unknown one that of `aws`."""
    return next((each.dns_suffix for each in PARTITIONS if each.name == partition), PARTITIONS[0].dns_suffix)
