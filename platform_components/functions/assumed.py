"""Safe assumptions about functions that have no answer. Every output marks them as assumed.

An assumption is a value that no policy can mistake for a decision of the program: a placeholder, or zone
names, which every region has. Everything else about the result stays unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from platform_components.engine.functions import FunctionCall
from platform_components.engine.values import UNKNOWN, Unknown
from platform_components.functions.accounts import CALLER_IDENTITY, has_credentials, is_allowed
from platform_components.functions.computed.aws import region_of

PLACEHOLDER_AMI: Final = "ami-00000000000000000"
PLACEHOLDER_ACCOUNT: Final = "000000000000"
"""An ID that AWS never assigns, so that it can't be mistaken for an account."""

_ZONES: Final[Mapping[str, str]] = {
    "ap-northeast-1": "acd",
    "ca-central-1": "abd",
    "cn-north-1": "ab",
    "us-west-1": "ac",
}
"""Zones of regions in which new accounts don't have the zones a, b and c; us-west-1 has two per account."""


def _zones(call: FunctionCall) -> Mapping[str, Any] | Unknown:
    """The names of zones a to c of the region; unknown if the arguments select zones by something else than
    their names, or than what all zones but local zones have in common.

    Group names are not assumed: they are not the region's name, but such as `us-west-2-zg-1`.
    """
    region = region_of(call)
    selecting = any(map(call.arguments.get, ("excludeZoneIds", "allAvailabilityZones")))
    if not region or selecting or call.arguments.get("state") not in (None, "available"):
        return UNKNOWN
    # Availability zones always have this status, also in regions that an account opts in to:
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AvailabilityZone.html
    common = {
        "opt-in-status": "opt-in-not-required",
        "region-name": region,
        "state": "available",
        "zone-type": "availability-zone",
    }
    for each in call.arguments.get("filters") or ():
        name, values = each.get("name"), each.get("values")
        if name not in common or values != [common[name]]:
            return UNKNOWN
    excluded = call.arguments.get("excludeNames") or ()
    names = [f"{region}{letter}" for letter in _ZONES.get(region, "abc")]
    return {
        "names": [name for name in names if name not in excluded],
        "id": region,
    }


def _ami(call: FunctionCall) -> Mapping[str, Any] | Unknown:
    return {"id": PLACEHOLDER_AMI, "imageId": PLACEHOLDER_AMI}


def _caller(call: FunctionCall) -> Mapping[str, Any] | Unknown:
    """A placeholder for the account of the stack. An explicit provider with credentials can have another."""
    if not call.default_provider and (has_credentials(call) or not is_allowed(call, PLACEHOLDER_ACCOUNT)):
        return UNKNOWN
    return {"accountId": PLACEHOLDER_ACCOUNT, "id": PLACEHOLDER_ACCOUNT}


ASSUMED: Mapping[str, Callable[[FunctionCall], Mapping[str, Any] | Unknown]] = {
    "aws:ec2/getAmi:getAmi": _ami,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    CALLER_IDENTITY: _caller,
}
"""By token."""
