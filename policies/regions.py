"""Regions: resources are created only in the regions that the organisation allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from platform_components.base.regions import aws_regions, region_of_zone, regions_date
from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

_PROVIDER = "pulumi:providers:aws"
_CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
_REGION = re.compile(r"[a-z]+(-[a-z]+)+-\d+")
_ZONES = ("availabilityZones", "preferredCacheClusterAzs")
_REPLICAS = {
    "aws:dynamodb/table:Table": "regionName",
    "aws:dynamodb/globalTable:GlobalTable": "regionName",
    "aws:secretsmanager/secret:Secret": "region",
}
"""The types with `replicas` in other regions, with the property of a replica that names its region."""


def _reads(type_: str) -> bool:
    return type_ == _PROVIDER or type_.startswith("aws:")


def _regions(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
    if not context.regions:
        return  # not restricted
    if view.type == _PROVIDER and not view.has("region"):
        yield Undetermined("region", "is not set, so that the deployer's default applies: set aws:region")
    for path, region in _stated(view):
        if isinstance(region, Undetermined):
            yield region
        elif region not in context.regions:
            yield f"{path} is in {region}, not in {' or '.join(context.regions)}"
    yield from _zone_id(view, context)


def _stated(view: ResourceView) -> Iterator[tuple[str, str | Undetermined]]:
    """The regions of the resource, directly, by zone or by endpoint, each with its property."""
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
    if view.type in _REPLICAS:
        for replica in view.each("replicas"):
            yield f"{replica.path}.{_REPLICAS[view.type]}", replica.peek(_REPLICAS[view.type])
    if view.type == _PROVIDER:
        yield from _endpoints(view)


def _endpoints(provider: ResourceView) -> Iterator[tuple[str, str | Undetermined]]:
    """The regions in the provider's endpoints. Pulumi encodes nested inputs of providers as JSON."""
    endpoints = provider.peek("endpoints")
    if isinstance(endpoints, Undetermined):
        yield "endpoints", endpoints
        return
    if isinstance(endpoints, str):
        endpoints = json.loads(endpoints)
    for service, url in ((service, url) for each in endpoints or () for service, url in each.items()):
        found = _REGION.search(str(url))
        if found:
            yield f"endpoints.{service}", found.group()


def _zone_id(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
    zone = view.peek("availabilityZoneId")
    if isinstance(zone, Undetermined):
        yield zone
    elif zone and (region := region_of_zone(zone)) not in context.regions:
        if region is None and not all(map(_has_zone_ids, context.regions)):
            yield Undetermined("availabilityZoneId", f"{zone} is not in the table of {regions_date()}")
        else:
            yield f"availabilityZoneId {zone} is not in {' or '.join(context.regions)}"


def _has_zone_ids(region: str) -> bool:
    row = aws_regions().get(region)
    return row is not None and bool(row.zone_ids)


def _of_zone(zone: str | Undetermined) -> str | Undetermined:
    """`eu-west-1` of `eu-west-1a`, and of a local zone such as `eu-west-1-lon-1a`."""
    found = None if isinstance(zone, Undetermined) else _REGION.match(zone)
    return found.group() if found else zone


REGIONS: Final = (
    Rule(
        id="allowed-regions",
        title="Every resource is in a region that platform.yaml allows",
        why="Data leaves the agreed jurisdiction, in a region that nobody monitors.",
        remedy="use an allowed region, or add this one to regions in platform.yaml",
        severity="high",
        controls=("NIST 800-53 SA-9(5)",),
        types=_reads,
        general=True,
        check=_regions,
        passing=(
            Example(_PROVIDER, {"region": "eu-west-1"}),
            Example("aws:sqs/queue:Queue", {}),
            Example("aws:ec2/subnet:Subnet", {"availabilityZone": "eu-west-1a"}),
            Example(_CACHE, {"preferredCacheClusterAzs": ["eu-west-1a"]}),
            Example("aws:ec2/subnet:Subnet", {"availabilityZoneId": "euw1-az1"}),
            Example("aws:dynamodb/table:Table", {"replicas": [{"regionName": "eu-west-1"}]}),
            Example(
                _PROVIDER,
                {
                    "region": "eu-west-1",
                    "endpoints": [
                        {"s3": "http://localhost:4566", "sts": "https://sts.eu-west-1.amazonaws.com"}
                    ],
                },
            ),
        ),
        failing=(
            Example(_PROVIDER, {"region": "us-east-1"}, says="region is in us-east-1, not in eu-west-1"),
            Example("aws:sqs/queue:Queue", {"region": "ap-south-1"}, says="ap-south-1"),
            Example("aws:ec2/subnet:Subnet", {"availabilityZone": "us-west-2b"}, says="us-west-2"),
            Example("aws:rds/cluster:Cluster", {"availabilityZones": ["eu-west-1a", "eu-west-2a"]}),
            Example(
                _CACHE,
                {"preferredCacheClusterAzs": ["eu-west-1a", "us-east-1a"]},
                says="preferredCacheClusterAzs",
            ),
            Example("aws:ec2/subnet:Subnet", {"availabilityZone": "us-west-2-lax-1a"}, says="in us-west-2,"),
            Example(
                "aws:ec2/subnet:Subnet",
                {"availabilityZoneId": "use1-az1"},
                says="availabilityZoneId use1-az1 is not in eu-west-1",
            ),
            Example(
                "aws:dynamodb/table:Table",
                {"replicas": [{"regionName": "eu-west-1"}, {"regionName": "us-east-1"}]},
                says="replicas[1].regionName is in us-east-1",
            ),
            Example("aws:dynamodb/globalTable:GlobalTable", {"replicas": [{"regionName": "us-east-1"}]}),
            Example(
                "aws:secretsmanager/secret:Secret",
                {"replicas": [{"region": "us-east-1"}]},
                says="replicas[0].region is in us-east-1",
            ),
            Example(
                _PROVIDER,
                {"region": "eu-west-1", "endpoints": [{"s3": "https://s3.us-east-1.amazonaws.com"}]},
                says="endpoints.s3 is in us-east-1",
            ),
        ),
    ),
)
