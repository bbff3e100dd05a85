"""Functions of EC2 that can be recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platform_components.functions.recording.images import (
    IMAGE,
    images_request,
    newest_first,
    newest_image,
    one_image_request,
)
from platform_components.functions.recording.row import (
    Account,
    Arguments,
    Items,
    Row,
    arn,
    filters,
    parameters,
    tags,
)


def _of_caller(account: Account, arguments: Arguments, items: Items) -> Items:
    """Add the caller's account, which is part of ARNs that the provider builds."""
    identity = account.call("sts", "get_caller_identity") if items else {}
    return [{**item, "_account": identity["Account"]} for item in items]


def _instances(arguments: Arguments) -> Mapping[str, Any]:
    states = {"Name": "instance-state-name", "Values": arguments.get("instanceStateNames") or ["running"]}
    return {"Filters": [states, *filters(tagged="instanceTags")(arguments).get("Filters", ())]}


def _nat_gateways(arguments: Arguments) -> Mapping[str, Any]:
    request = dict(filters("NatGatewayIds", state="state", subnetId="subnet-id", vpcId="vpc-id")(arguments))
    # Only this operation has the parameter in the singular.
    return {"Filter" if name == "Filters" else name: value for name, value in request.items()}


def _address(field: str) -> str:
    """The field of the primary address, or of the only one."""
    return f"((NatGatewayAddresses[?IsPrimary] | [0]) || NatGatewayAddresses[0]).{field}"


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
    "ipv6CidrBlock": "ipv6-cidr-block-association.ipv6-cidr-block",
    "state": "state",
    "vpcId": "vpc-id",
}

EC2: Mapping[str, Row] = {
    "aws:ec2/getAmi:getAmi": Row(
        "ec2",
        "describe_images",
        "Images",
        IMAGE,
        (
            "allowUnsafeFilter",
            "executableUsers",
            "filters",
            "includeDeprecated",
            "mostRecent",
            "nameRegex",
            "owners",
        ),
        one_image_request,
        chosen=newest_image,
    ),
    "aws:ec2/getAmiIds:getAmiIds": Row(
        "ec2",
        "describe_images",
        "Images",
        {"ids": "items[].ImageId"},
        ("executableUsers", "filters", "includeDeprecated", "nameRegex", "owners", "sortAscending"),
        images_request,
        several=True,
        chosen=newest_first,
    ),
    "aws:ec2/getEips:getEips": Row(
        "ec2",
        "describe_addresses",
        "Addresses",
        {
            "allocationIds": "items[?Domain=='vpc'].AllocationId",
            "publicIps": "items[].PublicIp",
            "id": "_region",
        },
        ("filters", "tags"),
        filters(),
        several=True,
    ),
    "aws:ec2/getElasticIp:getElasticIp": Row(
        "ec2",
        "describe_addresses",
        "Addresses",
        {
            "arn": lambda item: (
                arn("ec2:{_region}:{_account}:elastic-ip/{AllocationId}")(item)
                if "AllocationId" in item
                else None
            ),
            "associationId": "AssociationId",
            "domain": "Domain",
            "id": "AllocationId || PublicIp",
            "instanceId": "InstanceId",
            "networkInterfaceId": "NetworkInterfaceId",
            "privateIp": "PrivateIpAddress",
            "publicIp": "PublicIp",
            "tags": tags,
        },
        ("filters", "id", "publicIp", "tags"),
        lambda arguments: {
            **filters("AllocationIds")(arguments),
            **parameters(publicIp="PublicIps[]")(arguments),
        },
        chosen=_of_caller,
        also=(("sts", "get_caller_identity"),),
    ),
    "aws:ec2/getInstances:getInstances": Row(
        "ec2",
        "describe_instances",
        "Reservations[].Instances[]",
        {
            "ids": "items[].InstanceId",
            "ipv6Addresses": "items[].Ipv6Address",
            "privateIps": "items[].PrivateIpAddress",
            "publicIps": "items[].PublicIpAddress",
            "id": "_region",
        },
        ("filters", "instanceStateNames", "instanceTags"),
        _instances,
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
        ("filters", "internetGatewayId", "tags"),
        filters(internetGatewayId="internet-gateway-id"),
    ),
    "aws:ec2/getKeyPair:getKeyPair": Row(
        "ec2",
        "describe_key_pairs",
        "KeyPairs",
        {
            "arn": arn("ec2:{_region}:{_account}:key-pair/{KeyName}"),
            "createTime": "CreateTime",
            "fingerprint": "KeyFingerprint",
            "id": "KeyPairId",
            "keyName": "KeyName",
            "keyPairId": "KeyPairId",
            "keyType": "KeyType",
            "publicKey": "PublicKey",
            "tags": tags,
        },
        ("filters", "includePublicKey", "keyName", "keyPairId"),
        lambda arguments: {
            **filters()(arguments),
            **parameters(keyName="KeyNames[]", keyPairId="KeyPairIds[]", includePublicKey="IncludePublicKey")(
                arguments
            ),
        },
        chosen=_of_caller,
        also=(("sts", "get_caller_identity"),),
    ),
    "aws:ec2/getNatGateway:getNatGateway": Row(
        "ec2",
        "describe_nat_gateways",
        "NatGateways",
        {
            "connectivityType": "ConnectivityType",
            "id": "NatGatewayId",
            "publicIp": _address("PublicIp"),
            "privateIp": _address("PrivateIp"),
            "allocationId": _address("AllocationId"),
            "state": "State",
            "subnetId": "SubnetId",
            "tags": tags,
            "vpcId": "VpcId",
        },
        ("filters", "id", "state", "subnetId", "tags", "vpcId"),
        _nat_gateways,
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
        ("filters", "id", "name"),
        filters("PrefixListIds", name="prefix-list-name"),
    ),
    "aws:ec2/getPrefixList:getPrefixList": Row(
        "ec2",
        "describe_prefix_lists",
        "PrefixLists",
        {"cidrBlocks": "Cidrs", "id": "PrefixListId", "name": "PrefixListName"},
        ("filters", "name", "prefixListId"),
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
        ("filters", "gatewayId", "routeTableId", "subnetId", "tags", "vpcId"),
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
        ("filters", "tags", "vpcId"),
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
        ("filters", "id", "name", "tags", "vpcId"),
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
        ("filters", "tags"),
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
        (
            "availabilityZone",
            "availabilityZoneId",
            "cidrBlock",
            "defaultForAz",
            "filters",
            "id",
            "ipv6CidrBlock",
            "state",
            "tags",
            "vpcId",
        ),
        filters("SubnetIds", **_SUBNET_FILTERS),
    ),
    "aws:ec2/getSubnets:getSubnets": Row(
        "ec2",
        "describe_subnets",
        "Subnets",
        {"ids": "items[].SubnetId", "id": "_region"},
        ("filters", "tags"),
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
        ("cidrBlock", "default", "dhcpOptionsId", "filters", "id", "state", "tags"),
        filters("VpcIds", **_VPC_FILTERS),
    ),
    "aws:ec2/getVpcs:getVpcs": Row(
        "ec2",
        "describe_vpcs",
        "Vpcs",
        {"ids": "items[].VpcId", "id": "_region"},
        ("filters", "tags"),
        filters(),
        several=True,
    ),
}
"""By token. Fields that a row omits are unknown in previews."""
