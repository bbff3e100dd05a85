"""Functions of AWS that describe regions, partitions, ARNs and the provider's configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from platform_components.aws.partitions import partition_of
from platform_components.base.errors import did_you_mean
from platform_components.base.regions import aws_regions, regions_date
from platform_components.engine.errors import DeclarationError
from platform_components.engine.functions import FunctionCall
from platform_components.engine.values import UNKNOWN, Secret, Unknown
from platform_components.functions.accounts import CALLER_IDENTITY, account_in_configuration, configured

Result = Mapping[str, Any] | Unknown

# The same in all regions: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/billing-getting-started.html
# and https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html.
_BILLING_ACCOUNT: Final = "386209384616"
_LOG_DELIVERY_USER: Final = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"


def region_of(call: FunctionCall) -> str:
    """Return the region of a call: its argument, otherwise that of its provider; empty if neither has one."""
    region = call.arguments.get("region") or call.provider.get("region")
    return region if isinstance(region, str) else ""


def _region(call: FunctionCall) -> Result:
    region = call.arguments.get("name") or region_of(call)
    if not region or call.arguments.get("endpoint"):
        return UNKNOWN
    if region not in aws_regions():
        near = did_you_mean(region, aws_regions())
        raise DeclarationError(
            f'function {call.token} failed: "{region}" is not an AWS region as of {regions_date()}',
            remedy=f"{near}; for a newer region, add an answer to platform.yaml",
        )
    endpoint = f"ec2.{region}.{partition_of(region).dns_suffix}"
    description = aws_regions()[region].description
    return {"region": region, "name": region, "id": region, "endpoint": endpoint, "description": description}


def _partition(call: FunctionCall) -> Result:
    region = region_of(call)
    if not region:
        return UNKNOWN
    partition = partition_of(region)
    return {
        "partition": partition.name,
        "id": partition.name,
        "dnsSuffix": partition.dns_suffix,
        "reverseDnsPrefix": _reversed(partition.dns_suffix),
    }


def _arn(call: FunctionCall) -> Result:
    arn = str(call.arguments.get("arn", ""))
    sections = arn.split(":", 5)
    if len(sections) < 6 or sections[0] != "arn":
        raise DeclarationError(
            f'function {call.token} failed: "{arn}" is not an ARN',
            remedy="an ARN has the format arn:partition:service:region:account:resource",
        )
    names = ("partition", "service", "region", "account", "resource")
    return {"arn": arn, "id": arn, **dict(zip(names, sections[1:], strict=True))}


def _default_tags(call: FunctionCall) -> Result:
    region = region_of(call)
    value = call.provider.get("defaultTags")
    if isinstance(value, Secret):
        return UNKNOWN
    default_tags = configured(value) or {}
    if not isinstance(default_tags, Mapping):
        raise DeclarationError(
            f"function {call.token} failed: the provider's `defaultTags` is not an object",
            remedy="write it as `aws:defaultTags: {tags: {Owner: team}}`",
        )
    identifier = partition_of(region).name if region else UNKNOWN
    return {"tags": default_tags.get("tags") or {}, "id": identifier}


def _service(call: FunctionCall) -> Result:
    reverse_name = call.arguments.get("reverseDnsName") or _reversed(call.arguments.get("dnsName") or "")
    if reverse_name:
        prefix, region, service = reverse_name.rsplit(".", 2) if reverse_name.count(".") >= 2 else ("",) * 3
    else:
        region, service = region_of(call), call.arguments.get("serviceId") or ""
        prefix = call.arguments.get("reverseDnsPrefix") or _reversed(partition_of(region).dns_suffix)
    if not (prefix and region and service):
        return UNKNOWN
    name = f"{prefix}.{region}.{service}"
    return {
        "dnsName": _reversed(name),
        "reverseDnsName": name,
        "reverseDnsPrefix": prefix,
        "serviceId": service,
        "region": region,
        "partition": partition_of(region).name,
        "id": name,
        "supported": UNKNOWN,
    }


def _service_principal(call: FunctionCall) -> Result:
    """The principal of a service. In other partitions than `aws`, some services have another suffix."""
    region, service = region_of(call), call.arguments.get("serviceName")
    if not region or not service or partition_of(region).name != "aws":
        return UNKNOWN
    suffix = partition_of(region).dns_suffix
    return {
        "region": region,
        "serviceName": service,
        "suffix": suffix,
        "name": f"{service}.{suffix}",
        "id": f"{service}.{region}.{suffix}",
    }


def _billing_account(call: FunctionCall) -> Result:
    region = region_of(call)
    arn = f"arn:{partition_of(region).name}:iam::{_BILLING_ACCOUNT}:root" if region else UNKNOWN
    return {"id": _BILLING_ACCOUNT, "arn": arn}


def _log_delivery_user(call: FunctionCall) -> Result:
    region = region_of(call)
    known = region and partition_of(region).name == "aws"
    return {"id": _LOG_DELIVERY_USER, "region": region} if known else UNKNOWN


def _caller_identity(call: FunctionCall) -> Result:
    """The account that the provider's configuration determines: that of a role, or the only allowed one."""
    account = account_in_configuration(call)
    return {"accountId": account, "id": account} if account else UNKNOWN


def _reversed(name: str) -> str:
    return ".".join(reversed(name.split(".")))


COMPUTED_AWS: Mapping[str, Callable[[FunctionCall], Result]] = {
    "aws:cloudfront/getLogDeliveryCanonicalUserId:getLogDeliveryCanonicalUserId": _log_delivery_user,
    "aws:index/getArn:getArn": _arn,
    "aws:index/getBillingServiceAccount:getBillingServiceAccount": _billing_account,
    CALLER_IDENTITY: _caller_identity,
    "aws:index/getDefaultTags:getDefaultTags": _default_tags,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getService:getService": _service,
    "aws:index/getServicePrincipal:getServicePrincipal": _service_principal,
}
