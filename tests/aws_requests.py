"""Validates the arguments of AWS resources against botocore's service models, without AWS.

The AWS provider sends most arguments to an operation of the service's API under the same name. `REQUESTS`
says for each type which operations these are, and where an argument has another name. An argument that no
operation takes is an error, unless it is in `provider_only`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from platform_components.testing import UNKNOWN, Resource, Secret


@dataclass(frozen=True)
class Request:
    """How the provider sends the arguments of a type of resource."""

    service: str
    """Name of the service in botocore."""
    operations: tuple[str, ...]
    """Operations that take the arguments: the first has priority."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Path of the member, with periods, by argument, where the name differs."""
    provider_only: tuple[str, ...] = ()
    """Arguments that control the provider and are not sent."""
    named_by_engine: tuple[str, ...] = ()
    """Required members that the engine, or the provider, sets if they are omitted."""


def _ec2(operation: str, names: Mapping[str, str] | None = None, *more: str, **options: Any) -> Request:
    return Request("ec2", (operation, *more), names or {}, **options)


def _s3(operation: str, names: Mapping[str, str], **options: Any) -> Request:
    return Request("s3", (operation,), names, **options)


REQUESTS: Mapping[str, Request] = {
    "aws:cloudwatch/logGroup:LogGroup": Request(
        "logs",
        ("CreateLogGroup", "PutRetentionPolicy"),
        {"name": "logGroupName"},
        named_by_engine=("logGroupName",),
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2(
        "AuthorizeSecurityGroupIngress",
        {"vpcId": "", "ingress": "IpPermissions", "egress": "IpPermissions", "tags": "TagSpecifications"},
    ),
    "aws:ec2/eip:Eip": _ec2("AllocateAddress"),
    "aws:ec2/flowLog:FlowLog": _ec2(
        "CreateFlowLogs",
        {"iamRoleArn": "DeliverLogsPermissionArn", "vpcId": "ResourceIds"},
        named_by_engine=("ResourceType",),
    ),
    "aws:ec2/internetGateway:InternetGateway": _ec2("CreateInternetGateway", {}, "AttachInternetGateway"),
    "aws:ec2/natGateway:NatGateway": _ec2("CreateNatGateway"),
    "aws:ec2/route:Route": _ec2("CreateRoute"),
    "aws:ec2/routeTable:RouteTable": _ec2("CreateRouteTable"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _ec2("AssociateRouteTable"),
    "aws:ec2/securityGroup:SecurityGroup": _ec2("CreateSecurityGroup", named_by_engine=("GroupName",)),
    "aws:ec2/subnet:Subnet": _ec2(
        "CreateSubnet", {"mapPublicIpOnLaunch": "MapPublicIpOnLaunch.Value"}, "ModifySubnetAttribute"
    ),
    "aws:ec2/vpc:Vpc": _ec2(
        "CreateVpc",
        {"enableDnsHostnames": "EnableDnsHostnames.Value", "enableDnsSupport": "EnableDnsSupport.Value"},
        "ModifyVpcAttribute",
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2("CreateVpcEndpoint", {"policy": "PolicyDocument"}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2(
        "AuthorizeSecurityGroupIngress",
        {
            "securityGroupId": "GroupId",
            "cidrIpv4": "IpPermissions.IpRanges.CidrIp",
            "description": "IpPermissions.IpRanges.Description",
            "referencedSecurityGroupId": "IpPermissions.UserIdGroupPairs.GroupId",
        },
    ),
    "aws:eks/accessEntry:AccessEntry": Request("eks", ("CreateAccessEntry",)),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Request("eks", ("AssociateAccessPolicy",)),
    "aws:eks/addon:Addon": Request(
        "eks",
        ("CreateAddon",),
        {"resolveConflictsOnCreate": "resolveConflicts", "resolveConflictsOnUpdate": "resolveConflicts"},
        provider_only=("preserve",),
    ),
    "aws:eks/cluster:Cluster": Request(
        "eks",
        ("CreateCluster",),
        {
            "enabledClusterLogTypes": "logging.clusterLogging.types",
            "vpcConfig": "resourcesVpcConfig",
        },
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Request(
        "eks", ("CreatePodIdentityAssociation",)
    ),
    "aws:elasticache/parameterGroup:ParameterGroup": Request(
        "elasticache",
        ("CreateCacheParameterGroup", "ModifyCacheParameterGroup"),
        {
            "family": "CacheParameterGroupFamily",
            "parameters": "ParameterNameValues",
            "parameters.name": "ParameterName",
            "parameters.value": "ParameterValue",
        },
        named_by_engine=("CacheParameterGroupName",),
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Request(
        "elasticache",
        ("CreateReplicationGroup", "ModifyReplicationGroup", "DeleteReplicationGroup"),
        {
            "description": "ReplicationGroupDescription",
            "nodeType": "CacheNodeType",
            "subnetGroupName": "CacheSubnetGroupName",
            "parameterGroupName": "CacheParameterGroupName",
            "maintenanceWindow": "PreferredMaintenanceWindow",
            "multiAzEnabled": "MultiAZEnabled",
            "logDeliveryConfigurations.destination": "DestinationDetails.CloudWatchLogsDetails.LogGroup",
        },
        named_by_engine=("ReplicationGroupId",),
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": Request(
        "elasticache",
        ("CreateCacheSubnetGroup",),
        {"description": "CacheSubnetGroupDescription"},
        named_by_engine=("CacheSubnetGroupName",),
    ),
    "aws:elasticache/user:User": Request("elasticache", ("CreateUser",)),
    "aws:elasticache/userGroup:UserGroup": Request("elasticache", ("CreateUserGroup",)),
    "aws:iam/role:Role": Request(
        "iam",
        ("CreateRole",),
        {"assumeRolePolicy": "AssumeRolePolicyDocument", "name": "RoleName"},
        named_by_engine=("RoleName",),
    ),
    "aws:iam/rolePolicy:RolePolicy": Request(
        "iam",
        ("PutRolePolicy",),
        {"role": "RoleName", "policy": "PolicyDocument"},
        named_by_engine=("PolicyName",),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Request(
        "iam", ("AttachRolePolicy",), {"role": "RoleName"}
    ),
    "aws:kms/key:Key": Request(
        "kms",
        ("CreateKey", "ScheduleKeyDeletion"),
        {"deletionWindowInDays": "PendingWindowInDays", "tags": "Tags"},
        # Another operation, EnableKeyRotation, without parameters.
        provider_only=("enableKeyRotation",),
    ),
    "aws:kms/keyPolicy:KeyPolicy": Request("kms", ("PutKeyPolicy",)),
    "aws:rds/instance:Instance": Request(
        "rds",
        ("CreateDBInstance", "ModifyDBInstance", "DeleteDBInstance"),
        {
            "backupWindow": "PreferredBackupWindow",
            "dbName": "DBName",
            "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
            "finalSnapshotIdentifier": "FinalDBSnapshotIdentifier",
            "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
            "identifier": "DBInstanceIdentifier",
            "instanceClass": "DBInstanceClass",
            "maintenanceWindow": "PreferredMaintenanceWindow",
            "parameterGroupName": "DBParameterGroupName",
            "performanceInsightsEnabled": "EnablePerformanceInsights",
            "username": "MasterUsername",
        },
        named_by_engine=("DBInstanceIdentifier",),
    ),
    "aws:rds/parameterGroup:ParameterGroup": Request(
        "rds",
        ("CreateDBParameterGroup", "ModifyDBParameterGroup"),
        {
            "family": "DBParameterGroupFamily",
            "parameters.name": "ParameterName",
            "parameters.value": "ParameterValue",
        },
        named_by_engine=("DBParameterGroupName",),
    ),
    "aws:rds/subnetGroup:SubnetGroup": Request(
        "rds",
        ("CreateDBSubnetGroup",),
        {"description": "DBSubnetGroupDescription"},
        named_by_engine=("DBSubnetGroupName",),
    ),
    "aws:s3/bucket:Bucket": _s3(
        "CreateBucket",
        {"tags": ""},
        provider_only=("forceDestroy",),
        named_by_engine=("Bucket",),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _s3(
        "PutBucketLifecycleConfiguration",
        {"rules": "LifecycleConfiguration.Rules"},
    ),
    "aws:s3/bucketLogging:BucketLogging": _s3(
        "PutBucketLogging",
        {
            "targetBucket": "BucketLoggingStatus.LoggingEnabled.TargetBucket",
            "targetPrefix": "BucketLoggingStatus.LoggingEnabled.TargetPrefix",
        },
    ),
    "aws:s3/bucketNotification:BucketNotification": _s3(
        "PutBucketNotificationConfiguration",
        # `true` is an empty structure in the request.
        {"eventbridge": ""},
        named_by_engine=("NotificationConfiguration",),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _s3(
        "PutBucketOwnershipControls", {"rule": "OwnershipControls.Rules"}
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _s3("PutBucketPolicy", {}),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _s3(
        "PutPublicAccessBlock",
        {
            name: f"PublicAccessBlockConfiguration.{name[0].upper()}{name[1:]}"
            for name in (
                *("blockPublicAcls", "blockPublicPolicy"),
                *("ignorePublicAcls", "restrictPublicBuckets"),
            )
        },
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _s3(
        "PutBucketEncryption",
        {
            "rules": "ServerSideEncryptionConfiguration.Rules",
            "rules.blockedEncryptionTypes": "BlockedEncryptionTypes.EncryptionType",
            "rules.applyServerSideEncryptionByDefault.sseAlgorithm": "SSEAlgorithm",
        },
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _s3("PutBucketVersioning", {}),
}
"""By type of resource: all that components create."""

_EC2_TAGS = "TagSpecifications"
"""The member for tags of operations of EC2."""


def problems_in(resource: Resource) -> list[str]:
    """Return the errors in the arguments of an AWS resource; empty if botocore's model accepts them.

    A value that is unknown until deployment is valid. Pulumi's own `region` is not an argument of the API.
    """
    request = REQUESTS.get(resource.type)
    if request is None:
        return [f"{resource.type}: add it to REQUESTS in tests/aws_requests.py"]
    return [f"{resource.type} {problem}" for problem in _problems(request, resource.inputs)]


def _problems(request: Request, inputs: Mapping[str, Any]) -> Iterator[str]:
    shapes = [_operation(request.service, name).input_shape for name in request.operations]
    sent: set[str] = set()
    for argument, value in inputs.items():
        if argument in request.provider_only:
            continue
        path = request.names.get(argument, argument)
        if argument == "tags" and request.service == "ec2":
            path = _EC2_TAGS
        if path == "":
            continue
        found = next((member for shape in shapes if (member := _member(shape, path))), None)
        if found is None:
            operations = " and ".join(request.operations)
            yield f"{argument}: {operations} of {request.service} has no member {path}"
            continue
        sent.add(_plain(path.split(".", maxsplit=1)[0]))
        if argument == "tags":
            yield from _tag_problems(value)
        else:
            yield from _value_problems(found, value, argument, argument, request.names)
    first = shapes[0]
    assert isinstance(first, StructureShape)
    for required in first.required_members:
        if required not in request.named_by_engine and _plain(required) not in sent:
            yield f"{required} is required by {request.operations[0]} and missing"


@cache
def _operation(service: str, name: str) -> OperationModel:
    session = botocore.session.Session()
    return session.get_service_model(service).operation_model(name)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _member(shape: Shape | None, path: str) -> Shape | None:
    """The shape at a path, through lists; names match without regard to case and a plural `s`."""
    for part in path.split("."):
        while isinstance(shape, ListShape):
            shape = shape.member
        if not isinstance(shape, StructureShape):
            return None
        names = {_plain(name): member for name, member in shape.members.items()}
        wanted = _plain(part)
        singular = wanted.removesuffix("s")
        shape = next((names[each] for each in (wanted, singular, f"{wanted}s") if each in names), None)
    return shape


def _value_problems(
    shape: Shape, value: Any, where: str, path: str, names: Mapping[str, str]
) -> Iterator[str]:
    if value is UNKNOWN or isinstance(value, Secret) or value is None:
        return
    if isinstance(shape, ListShape):
        items = value if isinstance(value, list) else [value]
        yield from _length_problems(shape, items, where)
        for index, item in enumerate(items):
            yield from _value_problems(shape.member, item, f"{where}[{index}]", path, names)
    elif isinstance(shape, MapShape):
        if not isinstance(value, Mapping):
            yield f"{where} must be a map"
        else:
            for key, item in value.items():
                yield from _value_problems(shape.key, key, f"{where}.{key}", path, names)
                yield from _value_problems(shape.value, item, f"{where}.{key}", path, names)
    elif isinstance(shape, StructureShape):
        yield from _structure_problems(shape, value, where, path, names)
    else:
        yield from _scalar_problems(shape, value, where)


def _structure_problems(
    shape: StructureShape, value: Any, where: str, path: str, names: Mapping[str, str]
) -> Iterator[str]:
    if isinstance(value, list) and len(value) == 1:
        (value,) = value  # the provider's blocks with at most one item
    if not isinstance(value, Mapping):
        yield f"{where} must be a structure"
        return
    sent = set()
    for key, item in value.items():
        below = f"{path}.{key}"
        member_path = names.get(below, key)
        member = _member(shape, member_path)
        if member is None:
            yield f"{where}.{key}: {shape.name} has no member {member_path}"
            continue
        sent.add(_plain(member_path.split(".", maxsplit=1)[0]).removesuffix("s"))
        yield from _value_problems(member, item, f"{where}.{key}", below, names)
    for required in shape.required_members:
        if _plain(required).removesuffix("s") not in sent:
            yield f"{where}.{required} is required and missing"


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
}


def _scalar_problems(shape: Shape, value: Any, where: str) -> Iterator[str]:
    expected = _TYPES.get(shape.type_name)
    if expected is None:
        yield f"{where}: no rule for values of type {shape.type_name}"
        return
    if shape.type_name == "string" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # a number of the provider that the API takes as text
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        yield f"{where} = {value!r} must be of type {shape.type_name}"
        return
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield f"{where} = {value!r} must be one of {', '.join(allowed)}"
    pattern = shape.metadata.get("pattern")
    if pattern and isinstance(value, str) and not re.fullmatch(_python(pattern), value, re.DOTALL):
        yield f"{where} = {value!r} must match {pattern}"
    if isinstance(value, str):
        yield from _length_problems(shape, value, where)
    elif not isinstance(value, bool):
        yield from _range_problems(shape, value, value, where)


def _length_problems(shape: Shape, value: Sequence[Any], where: str) -> Iterator[str]:
    yield from _range_problems(shape, len(value), value, f"the length of {where}")


def _range_problems(shape: Shape, number: float, value: Any, where: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and number < float(least):
        yield f"{where} = {value!r} must be at least {least}"
    if most is not None and number > float(most):
        yield f"{where} = {value!r} must be at most {most}"


def _python(pattern: str) -> str:
    """A pattern of AWS, which are Java's, for `re`: Unicode classes become their nearest equivalent."""
    for java, python in {r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d"}.items():
        pattern = pattern.replace(java, python)
    return re.sub(r"\\p\{[A-Za-z]+\}", "", pattern)


# Limits of all services (AWS General Reference, "Tag naming limits and requirements").
_LONGEST_KEY, _LONGEST_VALUE, _MOST_TAGS = 128, 256, 50
_TAG = re.compile(r"[\w\s.:/=+@-]*")


def _tag_problems(tags: Any) -> Iterator[str]:
    if not isinstance(tags, Mapping):
        return
    if len(tags) > _MOST_TAGS:
        yield f"tags: must be at most {_MOST_TAGS}"
    for key, value in tags.items():
        if not isinstance(value, str):
            continue
        if len(key) > _LONGEST_KEY or not _TAG.fullmatch(key) or key.lower().startswith("aws:"):
            yield f"tags.{key} is not a valid key"
        if len(value) > _LONGEST_VALUE or not _TAG.fullmatch(value):
            yield f"tags.{key} = {value!r} is not a valid value"


def policy_documents(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Each policy document among the arguments that is known, parsed, with the argument's name."""
    for argument, value in resource.inputs.items():
        if "olicy" in argument and isinstance(value, str) and value.startswith("{"):
            yield argument, json.loads(value)
