"""Functions of other services than EC2 that can be recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from platform_components.functions.recording.row import Row, parameters, tags

Items = Sequence[Mapping[str, Any]]


def _where(**by_argument: str) -> Callable[[Mapping[str, Any], Items], Items]:
    """Select the items whose fields equal the arguments that are set."""

    def chosen(arguments: Mapping[str, Any], items: Items) -> Items:
        return [
            item
            for item in items
            if all(
                arguments.get(argument) in (None, item.get(name)) for argument, name in by_argument.items()
            )
        ]

    return chosen


def _certificates(arguments: Mapping[str, Any], items: Items) -> Items:
    types = arguments.get("types")
    matching = [
        item
        for item in items
        if item["DomainName"] == arguments.get("domain") and (not types or item.get("Type") in types)
    ]
    newest = sorted(matching, key=lambda item: str(item.get("NotBefore")), reverse=True)
    return newest[:1] if arguments.get("mostRecent") else newest


def _topics(arguments: Mapping[str, Any], items: Items) -> Items:
    return [item for item in items if item["TopicArn"].rpartition(":")[2] == arguments.get("name")]


def _zones(arguments: Mapping[str, Any], items: Items) -> Items:
    name, private = arguments.get("name"), bool(arguments.get("privateZone"))
    return [
        item
        for item in items
        if item["Id"].rpartition("/")[2] == arguments.get("zoneId")
        or (name and item["Name"] == f"{name.rstrip('.')}." and item["Config"]["PrivateZone"] == private)
    ]


def _zone_id(item: Mapping[str, Any]) -> str:
    return str(item["Id"]).rpartition("/")[2]


SERVICES: Mapping[str, Row] = {
    "aws:acm/getCertificate:getCertificate": Row(
        "acm",
        "list_certificates",
        "CertificateSummaryList",
        {"arn": "CertificateArn", "domain": "DomainName", "id": "CertificateArn", "status": "Status"},
        lambda arguments: {
            "CertificateStatuses": arguments.get("statuses") or ["ISSUED"],
            **({"Includes": {"keyTypes": arguments["keyTypes"]}} if arguments.get("keyTypes") else {}),
        },
        chosen=_certificates,
    ),
    "aws:cloudwatch/getLogGroup:getLogGroup": Row(
        "logs",
        "describe_log_groups",
        "logGroups",
        {
            "arn": lambda item: str(item["arn"]).removesuffix(":*"),
            "id": "logGroupName",
            "kmsKeyId": "kmsKeyId",
            "logGroupClass": "logGroupClass",
            "name": "logGroupName",
            "retentionInDays": "retentionInDays",
        },
        parameters(name="logGroupNamePrefix"),
        chosen=_where(name="logGroupName"),
    ),
    "aws:dynamodb/getTable:getTable": Row(
        "dynamodb",
        "describe_table",
        "Table",
        {
            "arn": "TableArn",
            "attributes": "AttributeDefinitions[].{name: AttributeName, type: AttributeType}",
            "billingMode": "BillingModeSummary.BillingMode || 'PROVISIONED'",
            "deletionProtectionEnabled": "DeletionProtectionEnabled",
            "hashKey": "KeySchema[?KeyType=='HASH'] | [0].AttributeName",
            "id": "TableName",
            "name": "TableName",
            "rangeKey": "KeySchema[?KeyType=='RANGE'] | [0].AttributeName",
            "streamArn": "LatestStreamArn",
        },
        parameters(name="TableName"),
    ),
    "aws:ecr/getRepository:getRepository": Row(
        "ecr",
        "describe_repositories",
        "repositories",
        {
            "arn": "repositoryArn",
            "id": "repositoryName",
            "imageTagMutability": "imageTagMutability",
            "name": "repositoryName",
            "registryId": "registryId",
            "repositoryUrl": "repositoryUri",
        },
        parameters(name="repositoryNames[]", registryId="registryId"),
    ),
    "aws:ecs/getCluster:getCluster": Row(
        "ecs",
        "describe_clusters",
        "clusters",
        {"arn": "clusterArn", "clusterName": "clusterName", "id": "clusterArn", "status": "status"},
        parameters(clusterName="clusters[]"),
    ),
    "aws:eks/getCluster:getCluster": Row(
        "eks",
        "describe_cluster",
        "cluster",
        {
            "arn": "arn",
            "certificateAuthorities": "[{data: certificateAuthority.data}]",
            "createdAt": lambda item: item["createdAt"].isoformat(),
            "endpoint": "endpoint",
            "id": "name",
            "identities": "[{oidcs: [{issuer: identity.oidc.issuer}]}]",
            "name": "name",
            "platformVersion": "platformVersion",
            "roleArn": "roleArn",
            "status": "status",
            "tags": tags,
            "version": "version",
            "vpcConfig": "resourcesVpcConfig.{clusterSecurityGroupId: clusterSecurityGroupId, "
            "endpointPrivateAccess: endpointPrivateAccess, endpointPublicAccess: endpointPublicAccess, "
            "publicAccessCidrs: publicAccessCidrs, securityGroupIds: securityGroupIds, subnetIds: subnetIds, "
            "vpcId: vpcId}",
        },
        parameters(name="name"),
    ),
    "aws:eks/getClusters:getClusters": Row(
        "eks", "list_clusters", "clusters", {"names": "items", "id": "_region"}, several=True
    ),
    "aws:iam/getAccountAlias:getAccountAlias": Row(
        "iam",
        "list_account_aliases",
        "AccountAliases[].{alias: @}",
        {"accountAlias": "alias", "id": "alias"},
    ),
    "aws:iam/getInstanceProfile:getInstanceProfile": Row(
        "iam",
        "get_instance_profile",
        "InstanceProfile",
        {
            "arn": "Arn",
            "id": "InstanceProfileId",
            "name": "InstanceProfileName",
            "path": "Path",
            "roleArn": "Roles[0].Arn",
            "roleId": "Roles[0].RoleId",
            "roleName": "Roles[0].RoleName",
        },
        parameters(name="InstanceProfileName"),
    ),
    "aws:iam/getPolicy:getPolicy": Row(
        "iam",
        "list_policies",
        "Policies",
        {"arn": "Arn", "id": "Arn", "name": "PolicyName", "path": "Path", "policyId": "PolicyId"},
        parameters(pathPrefix="PathPrefix"),
        chosen=_where(arn="Arn", name="PolicyName"),
    ),
    "aws:iam/getRole:getRole": Row(
        "iam",
        "get_role",
        "Role",
        {
            "arn": "Arn",
            "description": "Description || ''",
            "id": "RoleName",
            "maxSessionDuration": "MaxSessionDuration",
            "name": "RoleName",
            "path": "Path",
            "permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn || ''",
            "tags": tags,
            "uniqueId": "RoleId",
        },
        parameters(name="RoleName"),
    ),
    "aws:iam/getUser:getUser": Row(
        "iam",
        "get_user",
        "User",
        {
            "arn": "Arn",
            "id": "UserId",
            "path": "Path",
            "tags": tags,
            "userId": "UserId",
            "userName": "UserName",
        },
        parameters(userName="UserName"),
    ),
    "aws:index/getCallerIdentity:getCallerIdentity": Row(
        "sts",
        "get_caller_identity",
        "@",
        {"accountId": "Account", "arn": "Arn", "id": "Account", "userId": "UserId"},
    ),
    "aws:kms/getAlias:getAlias": Row(
        "kms",
        "list_aliases",
        "Aliases",
        {"arn": "AliasArn", "id": "AliasArn", "name": "AliasName", "targetKeyId": "TargetKeyId"},
        chosen=_where(name="AliasName"),
    ),
    "aws:kms/getKey:getKey": Row(
        "kms",
        "describe_key",
        "KeyMetadata",
        {
            "arn": "Arn",
            "awsAccountId": "AWSAccountId",
            "description": "Description",
            "enabled": "Enabled",
            "id": "KeyId",
            "keyManager": "KeyManager",
            "keySpec": "KeySpec",
            "keyState": "KeyState",
            "keyUsage": "KeyUsage",
            "multiRegion": "MultiRegion",
            "origin": "Origin",
        },
        parameters(keyId="KeyId"),
    ),
    "aws:lb/getLoadBalancer:getLoadBalancer": Row(
        "elbv2",
        "describe_load_balancers",
        "LoadBalancers",
        {
            "arn": "LoadBalancerArn",
            "arnSuffix": lambda item: str(item["LoadBalancerArn"]).partition(":loadbalancer/")[2],
            "dnsName": "DNSName",
            "id": "LoadBalancerArn",
            "internal": lambda item: item.get("Scheme") == "internal",
            "ipAddressType": "IpAddressType",
            "loadBalancerType": "Type",
            "name": "LoadBalancerName",
            "securityGroups": "SecurityGroups || `[]`",
            "subnets": "AvailabilityZones[].SubnetId",
            "vpcId": "VpcId",
            "zoneId": "CanonicalHostedZoneId",
        },
        parameters(arn="LoadBalancerArns[]", name="Names[]"),
    ),
    "aws:lb/getTargetGroup:getTargetGroup": Row(
        "elbv2",
        "describe_target_groups",
        "TargetGroups",
        {
            "arn": "TargetGroupArn",
            "arnSuffix": lambda item: str(item["TargetGroupArn"]).rpartition(":")[2],
            "id": "TargetGroupArn",
            "name": "TargetGroupName",
            "port": "Port",
            "protocol": "Protocol",
            "targetType": "TargetType",
            "vpcId": "VpcId",
        },
        parameters(arn="TargetGroupArns[]", name="Names[]"),
    ),
    "aws:organizations/getOrganization:getOrganization": Row(
        "organizations",
        "describe_organization",
        "Organization",
        {
            "arn": "Arn",
            "featureSet": "FeatureSet",
            "id": "Id",
            "masterAccountArn": "MasterAccountArn",
            "masterAccountId": "MasterAccountId",
        },
    ),
    "aws:rds/getInstance:getInstance": Row(
        "rds",
        "describe_db_instances",
        "DBInstances",
        {
            "address": "Endpoint.Address",
            "allocatedStorage": "AllocatedStorage",
            "availabilityZone": "AvailabilityZone",
            "dbInstanceArn": "DBInstanceArn",
            "dbInstanceClass": "DBInstanceClass",
            "dbInstanceIdentifier": "DBInstanceIdentifier",
            "dbName": "DBName",
            "endpoint": lambda item: f"{item['Endpoint']['Address']}:{item['Endpoint']['Port']}",
            "engine": "Engine",
            "engineVersion": "EngineVersion",
            "hostedZoneId": "Endpoint.HostedZoneId",
            "id": "DBInstanceIdentifier",
            "multiAz": "MultiAZ",
            "port": "Endpoint.Port",
            "resourceId": "DbiResourceId",
            "storageEncrypted": "StorageEncrypted",
            "tags": tags,
        },
        parameters(dbInstanceIdentifier="DBInstanceIdentifier"),
    ),
    "aws:route53/getZone:getZone": Row(
        "route53",
        "list_hosted_zones",
        "HostedZones",
        {
            "arn": lambda item: f"arn:{item['_partition']}:route53:::hostedzone/{_zone_id(item)}",
            "callerReference": "CallerReference",
            "comment": "Config.Comment || ''",
            "id": _zone_id,
            "name": lambda item: str(item["Name"]).rstrip("."),
            "privateZone": "Config.PrivateZone",
            "resourceRecordSetCount": "ResourceRecordSetCount",
            "zoneId": _zone_id,
        },
        chosen=_zones,
    ),
    "aws:s3/getBucket:getBucket": Row(
        "s3",
        "list_buckets",
        "Buckets",
        {
            "arn": lambda item: f"arn:{item['_partition']}:s3:::{item['Name']}",
            "bucket": "Name",
            "bucketDomainName": lambda item: f"{item['Name']}.s3.amazonaws.com",
            "id": "Name",
        },
        chosen=_where(bucket="Name"),
    ),
    "aws:secretsmanager/getSecret:getSecret": Row(
        "secretsmanager",
        "describe_secret",
        "@",
        {"arn": "ARN", "description": "Description || ''", "id": "ARN", "name": "Name", "tags": tags},
        lambda arguments: {"SecretId": arguments.get("arn") or arguments.get("name")},
    ),
    "aws:sns/getTopic:getTopic": Row(
        "sns",
        "list_topics",
        "Topics",
        {"arn": "TopicArn", "id": "TopicArn", "name": lambda item: item["TopicArn"].rpartition(":")[2]},
        chosen=_topics,
    ),
    "aws:ssm/getParameter:getParameter": Row(
        "ssm",
        "get_parameter",
        # A SecureString contains a secret: nothing of it is recorded.
        "[Parameter][?Type!='SecureString']",
        {
            "arn": "ARN",
            "id": "Name",
            "insecureValue": "Value",
            "name": "Name",
            "type": "Type",
            "value": "Value",
            "version": "Version",
        },
        lambda arguments: {"Name": arguments.get("name"), "WithDecryption": False},
    ),
    "aws:sqs/getQueue:getQueue": Row(
        "sqs",
        "get_queue_url",
        "@",
        {"id": "QueueUrl", "url": "QueueUrl"},
        parameters(name="QueueName"),
    ),
}
"""By token. Fields that a row omits are unknown in previews."""
