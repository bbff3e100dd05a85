"""Regions: checks that keys, instance classes and zones exist in the region of a component."""

from __future__ import annotations

from collections.abc import Iterator

import pulumi

from platform_components.aws.instance_classes import offer_problem
from platform_components.aws.partitions import partition_of
from platform_components.base import Context, Input, Problem
from platform_components.base.regions import aws_regions, region_of_zone, regions_date


def region_problems(context: Context, **fields: Input[str] | None) -> Iterator[Problem]:
    """Yield the problems of values that the region of a context does not have, each with its field's name.

    `region_problems(context, kms_key_arn=self.kms_key_arn, instance_class=self.instance_class)`: ARNs,
    instance classes and node types. Outputs are not checked.
    """
    for field, value in fields.items():
        if value is None or isinstance(value, pulumi.Output):
            continue
        problem = (arn_problem if value.startswith("arn:") else offer_problem)(field, value, context.region)
        if problem:
            yield problem


def arn_problem(field: str, arn: str, region: str) -> Problem | None:
    """Return the problem with an ARN of another region or partition than the given one."""
    _, partition, _, arn_region, _ = arn.split(":", 4)
    expected = partition_of(region).name
    if arn_region == region and partition == expected:
        return None
    if arn_region != region:
        return Problem(field, f"must be in {region}, the region of the component", _replica(arn), arn)
    return Problem(
        field,
        f"must be an ARN of the partition {expected}",
        f"use an ARN that starts with arn:{expected}:",
        arn,
    )


def _replica(arn: str) -> str:
    if ":secretsmanager:" in arn:
        return "replicate the secret, and pass the ARN of the replica there"
    # Multi-Region keys have one ARN per region (KMS developer guide, "Multi-Region keys in AWS KMS").
    if "key/mrk-" in arn:
        return "use the ARN of its replica there"
    return "use a key of that region"


def zone_problem(field: str, zone: str, region: str) -> Problem | None:
    """Return the problem with the name of an availability zone that is not in a region."""
    letters = aws_regions()[region].zones
    known = [f"{region}{letter}" for letter in letters]
    if region_of_zone(zone) != region:
        return Problem(field, f"must be in {region}", f"such as {region}a", zone)
    if known and zone not in known:
        what = f"is not a zone of {region} as of {regions_date()}"
        return Problem(field, what, f"one of: {', '.join(known)}", zone)
    return None
