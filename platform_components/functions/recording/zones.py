"""The rows of functions about regions and availability zones."""

from __future__ import annotations

from collections.abc import Mapping

from platform_components.functions.recording.row import Account, Arguments, Items, Row, filters, parameters


def _zones(account: Account, arguments: Arguments, zones: Items) -> Items:
    names, ids = arguments.get("excludeNames") or (), arguments.get("excludeZoneIds") or ()
    kept = [zone for zone in zones if zone["ZoneName"] not in names and zone["ZoneId"] not in ids]
    return sorted(kept, key=lambda zone: str(zone["ZoneName"]))


ZONES: Mapping[str, Row] = {
    "aws:index/getAvailabilityZone:getAvailabilityZone": Row(
        "ec2",
        "describe_availability_zones",
        "AvailabilityZones",
        {
            "groupName": "GroupName",
            "id": "ZoneName",
            "name": "ZoneName",
            "nameSuffix": lambda zone: str(zone["ZoneName"]).removeprefix(zone["RegionName"]).lstrip("-"),
            "networkBorderGroup": "NetworkBorderGroup",
            "optInStatus": "OptInStatus",
            "state": "State",
            "zoneId": "ZoneId",
            "zoneType": "ZoneType",
        },
        ("allAvailabilityZones", "filters", "name", "state", "zoneId"),
        lambda arguments: {
            **filters(state="state")(arguments),
            **parameters(allAvailabilityZones="AllAvailabilityZones", name="ZoneNames[]", zoneId="ZoneIds[]")(
                arguments
            ),
        },
    ),
    "aws:index/getAvailabilityZones:getAvailabilityZones": Row(
        "ec2",
        "describe_availability_zones",
        "AvailabilityZones",
        {
            "groupNames": lambda found: sorted(
                {zone["GroupName"] for zone in found["items"] if "GroupName" in zone}
            ),
            "id": "_region",
            "names": "items[].ZoneName",
            "zoneIds": "items[].ZoneId",
        },
        ("allAvailabilityZones", "excludeNames", "excludeZoneIds", "filters", "state"),
        lambda arguments: {
            **filters(state="state")(arguments),
            **parameters(allAvailabilityZones="AllAvailabilityZones")(arguments),
        },
        several=True,
        chosen=_zones,
    ),
    "aws:index/getRegions:getRegions": Row(
        "ec2",
        "describe_regions",
        "Regions",
        {"names": lambda found: sorted(item["RegionName"] for item in found["items"]), "id": "_partition"},
        ("allRegions", "filters"),
        lambda arguments: {**filters()(arguments), **parameters(allRegions="AllRegions")(arguments)},
        several=True,
    ),
}
"""By token. Fields that a row omits are unknown in previews."""
