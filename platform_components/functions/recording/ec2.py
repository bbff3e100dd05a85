"""Functions of EC2 that can be recorded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from platform_components.functions.recording.row import Row, Shape, arn, filters, parameters, tags

Items = Sequence[Mapping[str, Any]]


def _images(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    own = parameters(
        owners="Owners", executableUsers="ExecutableUsers", includeDeprecated="IncludeDeprecated"
    )
    return {**filters()(arguments), **own(arguments)}


def _newest_first(arguments: Mapping[str, Any], images: Items) -> Items:
    pattern = arguments.get("nameRegex")
    named = [image for image in images if not pattern or re.search(pattern, image.get("Name") or "")]
    return sorted(
        named, key=lambda image: str(image.get("CreationDate")), reverse=not arguments.get("sortAscending")
    )


def _image(arguments: Mapping[str, Any], images: Items) -> Items:
    ordered = _newest_first(arguments, images)
    return ordered[:1] if arguments.get("mostRecent") else ordered


def _zones(arguments: Mapping[str, Any], zones: Items) -> Items:
    names, ids = arguments.get("excludeNames") or (), arguments.get("excludeZoneIds") or ()
    kept = [zone for zone in zones if zone["ZoneName"] not in names and zone["ZoneId"] not in ids]
    return sorted(kept, key=lambda zone: str(zone["ZoneName"]))


_VPC_FILTERS = {
    "cidrBlock": "cidr",
    "default": "isDefault",
    "dhcpOptionsId": "dhcp-options-id",
    "state": "state",
}
_SUBNET_FILTERS = {
    "availabilityZone": "availabilityZone",
    "availabilityZoneId": "availabilityZoneId",
    "cidrBlock": "cidrBlock",
    "defaultForAz": "defaultForAz",
    "state": "state",
    "vpcId": "vpc-id",
}
_IMAGE: Shape = {
    "architecture": "Architecture",
    "arn": arn("ec2:{_region}::image/{ImageId}"),
    "bootMode": "BootMode",
    "creationDate": "CreationDate",
    "deprecationTime": "DeprecationTime",
    "description": "Description",
    "enaSupport": "EnaSupport",
    "hypervisor": "Hypervisor",
    "id": "ImageId",
    "imageId": "ImageId",
    "imageLocation": "ImageLocation",
    "imageOwnerAlias": "ImageOwnerAlias",
    "imageType": "ImageType",
    "imdsSupport": "ImdsSupport",
    "kernelId": "KernelId",
    "name": "Name",
    "ownerId": "OwnerId",
    "platform": "Platform",
    "platformDetails": "PlatformDetails",
    "public": "Public",
    "ramdiskId": "RamdiskId",
    "rootDeviceName": "RootDeviceName",
    "rootDeviceType": "RootDeviceType",
    "sriovNetSupport": "SriovNetSupport",
    "state": "State",
    "tags": tags,
    "tpmSupport": "TpmSupport",
    "usageOperation": "UsageOperation",
    "virtualizationType": "VirtualizationType",
}

EC2: Mapping[str, Row] = {
    "aws:ec2/getAmi:getAmi": Row("ec2", "describe_images", "Images", _IMAGE, _images, chosen=_image),
    "aws:ec2/getAmiIds:getAmiIds": Row(
        "ec2",
        "describe_images",
        "Images",
        {"ids": "items[].ImageId"},
        _images,
        several=True,
        chosen=_newest_first,
    ),
    "aws:ec2/getEips:getEips": Row(
        "ec2",
        "describe_addresses",
        "Addresses",
        {"allocationIds": "items[].AllocationId", "publicIps": "items[].PublicIp", "id": "_region"},
        filters(),
        several=True,
    ),
    "aws:ec2/getElasticIp:getElasticIp": Row(
        "ec2",
        "describe_addresses",
        "Addresses",
        {
            "arn": lambda item: (
                f"arn:{item['_partition']}:ec2:{item['_region']}:"
                f"{item.get('NetworkInterfaceOwnerId', '')}:elastic-ip/{item['AllocationId']}"
            ),
            "associationId": "AssociationId",
            "domain": "Domain",
            "id": "AllocationId",
            "instanceId": "InstanceId",
            "networkInterfaceId": "NetworkInterfaceId",
            "privateIp": "PrivateIpAddress",
            "publicIp": "PublicIp",
            "tags": tags,
        },
        lambda arguments: {
            **filters("AllocationIds")(arguments),
            **parameters(publicIp="PublicIps[]")(arguments),
        },
    ),
    "aws:ec2/getInstances:getInstances": Row(
        "ec2",
        "describe_instances",
        "Reservations[].Instances[]",
        {
            "ids": "items[].InstanceId",
            "privateIps": "items[].PrivateIpAddress",
            "publicIps": "items[].PublicIpAddress",
            "id": "_region",
        },
        lambda arguments: filters(instanceStateNames="instance-state-name")(
            {"instanceStateNames": ["running"], **arguments, "tags": arguments.get("instanceTags")}
        ),
        several=True,
    ),
    "aws:ec2/getInternetGateway:getInternetGateway": Row(
        "ec2",
        "describe_internet_gateways",
        "InternetGateways",
        {
            "arn": arn("ec2:{_region}:{OwnerId}:internet-gateway/{InternetGatewayId}"),
            "attachments": "Attachments[].{state: State, vpcId: VpcId}",
            "id": "InternetGatewayId",
            "internetGatewayId": "InternetGatewayId",
            "ownerId": "OwnerId",
            "tags": tags,
        },
        filters(internetGatewayId="internet-gateway-id"),
    ),
    "aws:ec2/getKeyPair:getKeyPair": Row(
        "ec2",
        "describe_key_pairs",
        "KeyPairs",
        {
            "fingerprint": "KeyFingerprint",
            "id": "KeyPairId",
            "keyName": "KeyName",
            "keyPairId": "KeyPairId",
            "keyType": "KeyType",
            "tags": tags,
        },
        lambda arguments: {
            **filters()(arguments),
            **parameters(keyName="KeyNames[]", keyPairId="KeyPairIds[]")(arguments),
        },
    ),
    "aws:ec2/getNatGateway:getNatGateway": Row(
        "ec2",
        "describe_nat_gateways",
        "NatGateways",
        {
            "connectivityType": "ConnectivityType",
            "id": "NatGatewayId",
            "publicIp": "NatGatewayAddresses[0].PublicIp",
            "privateIp": "NatGatewayAddresses[0].PrivateIp",
            "allocationId": "NatGatewayAddresses[0].AllocationId",
            "state": "State",
            "subnetId": "SubnetId",
            "tags": tags,
            "vpcId": "VpcId",
        },
        filters("NatGatewayIds", state="state", subnetId="subnet-id", vpcId="vpc-id"),
    ),
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": Row(
        "ec2",
        "describe_managed_prefix_lists",
        "PrefixLists",
        {
            "addressFamily": "AddressFamily",
            "arn": "PrefixListArn",
            "id": "PrefixListId",
            "maxEntries": "MaxEntries",
            "name": "PrefixListName",
            "ownerId": "OwnerId",
            "tags": tags,
            "version": "Version",
        },
        filters("PrefixListIds", name="prefix-list-name"),
    ),
    "aws:ec2/getPrefixList:getPrefixList": Row(
        "ec2",
        "describe_prefix_lists",
        "PrefixLists",
        {"cidrBlocks": "Cidrs", "id": "PrefixListId", "name": "PrefixListName"},
        filters(name="prefix-list-name", prefixListId="prefix-list-id"),
    ),
    "aws:ec2/getRouteTable:getRouteTable": Row(
        "ec2",
        "describe_route_tables",
        "RouteTables",
        {
            "arn": arn("ec2:{_region}:{OwnerId}:route-table/{RouteTableId}"),
            "id": "RouteTableId",
            "ownerId": "OwnerId",
            "routeTableId": "RouteTableId",
            "tags": tags,
            "vpcId": "VpcId",
        },
        filters(
            routeTableId="route-table-id",
            subnetId="association.subnet-id",
            gatewayId="association.gateway-id",
            vpcId="vpc-id",
        ),
    ),
    "aws:ec2/getRouteTables:getRouteTables": Row(
        "ec2",
        "describe_route_tables",
        "RouteTables",
        {"ids": "items[].RouteTableId", "id": "_region"},
        filters(vpcId="vpc-id"),
        several=True,
    ),
    "aws:ec2/getSecurityGroup:getSecurityGroup": Row(
        "ec2",
        "describe_security_groups",
        "SecurityGroups",
        {
            "arn": arn("ec2:{_region}:{OwnerId}:security-group/{GroupId}"),
            "description": "Description",
            "id": "GroupId",
            "name": "GroupName",
            "tags": tags,
            "vpcId": "VpcId",
        },
        filters("GroupIds", name="group-name", vpcId="vpc-id"),
    ),
    "aws:ec2/getSecurityGroups:getSecurityGroups": Row(
        "ec2",
        "describe_security_groups",
        "SecurityGroups",
        {
            "ids": "items[].GroupId",
            "vpcIds": "items[].VpcId",
            "arns": lambda found: [
                f"arn:{found['_partition']}:ec2:{found['_region']}:{item['OwnerId']}:"
                f"security-group/{item['GroupId']}"
                for item in found["items"]
            ],
            "id": "_region",
        },
        filters(),
        several=True,
    ),
    "aws:ec2/getSubnet:getSubnet": Row(
        "ec2",
        "describe_subnets",
        "Subnets",
        {
            "arn": "SubnetArn",
            "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
            "availabilityZone": "AvailabilityZone",
            "availabilityZoneId": "AvailabilityZoneId",
            "availableIpAddressCount": "AvailableIpAddressCount",
            "cidrBlock": "CidrBlock",
            "defaultForAz": "DefaultForAz",
            "id": "SubnetId",
            "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
            "ownerId": "OwnerId",
            "state": "State",
            "tags": tags,
            "vpcId": "VpcId",
        },
        filters("SubnetIds", **_SUBNET_FILTERS),
    ),
    "aws:ec2/getSubnets:getSubnets": Row(
        "ec2",
        "describe_subnets",
        "Subnets",
        {"ids": "items[].SubnetId", "id": "_region"},
        filters(),
        several=True,
    ),
    "aws:ec2/getVpc:getVpc": Row(
        "ec2",
        "describe_vpcs",
        "Vpcs",
        {
            "arn": arn("ec2:{_region}:{OwnerId}:vpc/{VpcId}"),
            "cidrBlock": "CidrBlock",
            "cidrBlockAssociations": "CidrBlockAssociationSet[].{associationId: AssociationId, "
            "cidrBlock: CidrBlock, state: CidrBlockState.State}",
            "default": "IsDefault",
            "dhcpOptionsId": "DhcpOptionsId",
            "id": "VpcId",
            "instanceTenancy": "InstanceTenancy",
            "ownerId": "OwnerId",
            "state": "State",
            "tags": tags,
        },
        filters("VpcIds", **_VPC_FILTERS),
    ),
    "aws:ec2/getVpcs:getVpcs": Row(
        "ec2", "describe_vpcs", "Vpcs", {"ids": "items[].VpcId", "id": "_region"}, filters(), several=True
    ),
    "aws:index/getAvailabilityZone:getAvailabilityZone": Row(
        "ec2",
        "describe_availability_zones",
        "AvailabilityZones",
        {
            "groupName": "GroupName",
            "id": "ZoneName",
            "name": "ZoneName",
            "nameSuffix": lambda zone: str(zone["ZoneName"]).removeprefix(zone["RegionName"]),
            "networkBorderGroup": "NetworkBorderGroup",
            "optInStatus": "OptInStatus",
            "state": "State",
            "zoneId": "ZoneId",
            "zoneType": "ZoneType",
        },
        lambda arguments: {
            **filters(state="state")(arguments),
            **parameters(name="ZoneNames[]", zoneId="ZoneIds[]")(arguments),
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
        lambda arguments: {**filters()(arguments), **parameters(allRegions="AllRegions")(arguments)},
        several=True,
    ),
}
"""By token. Fields that a row omits are unknown in previews."""
