"""Regions: nothing is built where the organisation has not agreed to keep data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from platform_components.policy import Example, Facts, ResourceView, Rule, Undetermined

_PROVIDER = "pulumi:providers:aws"
_REGION = re.compile(r"[a-z]+(-[a-z]+)+-\d+")
_ZONES = ("availabilityZones", "preferredCacheClusterAzs")


def _reads(type_: str) -> bool:
    return type_ == _PROVIDER or type_.startswith("aws:")


def _regions(view: ResourceView, facts: Facts) -> Iterator[str | Undetermined]:
    if not facts.regions:
        return  # nobody has laid down any
    if view.type == _PROVIDER and not view.has("region"):
        yield Undetermined("region", "is not set here, and will be that of whoever deploys: set aws:region")
    for path, region in _stated(view):
        if isinstance(region, Undetermined):
            yield region
        elif region not in facts.regions:
            yield f"{path} is in {region}, not in {' or '.join(facts.regions)}"


def _stated(view: ResourceView) -> Iterator[tuple[str, str | Undetermined]]:
    """The regions that the resource names, itself or by a zone, each with where it does."""
    if view.has("region"):
        yield "region", view.peek("region")
    if view.has("availabilityZone"):
        yield "availabilityZone", _of_zone(view.peek("availabilityZone"))
    for name in _ZONES:
        zones = view.peek(name)
        if isinstance(zones, Undetermined):
            yield name, zones
        else:
            yield from ((name, _of_zone(zone)) for zone in zones or ())


def _of_zone(zone: str | Undetermined) -> str | Undetermined:
    """`eu-west-1` of `eu-west-1a`, and of a local zone such as `eu-west-1-lon-1a`."""
    found = None if isinstance(zone, Undetermined) else _REGION.match(zone)
    return found.group() if found else zone


REGIONS: Final = (
    Rule(
        id="allowed-regions",
        title="Everything is built in a region that platform.yaml allows",
        why="Data leaves the jurisdiction that customers were promised, and nobody watches the region.",
        remedy="use one of the regions, or have platform.yaml allow this one",
        severity="high",
        controls=("NIST 800-53 SA-9(5)",),
        types=_reads,
        check=_regions,
        passing=(
            Example(_PROVIDER, {"region": "eu-west-1"}),
            Example("aws:sqs/queue:Queue", {}),
            Example("aws:ec2/subnet:Subnet", {"availabilityZone": "eu-west-1a"}),
        ),
        failing=(
            Example(_PROVIDER, {"region": "us-east-1"}, says="region is in us-east-1, not in eu-west-1"),
            Example("aws:sqs/queue:Queue", {"region": "ap-south-1"}, says="ap-south-1"),
            Example("aws:ec2/subnet:Subnet", {"availabilityZone": "us-west-2b"}, says="us-west-2"),
            Example("aws:rds/cluster:Cluster", {"availabilityZones": ["eu-west-1a", "eu-west-2a"]}),
        ),
    ),
)
