"""Functions of other services than EC2 that can be recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from platform_components.aws.partitions import partition_of
from platform_components.functions.recording.row import Row, parameters, tags
from platform_components.functions.recording.selection import (
    arn_or_name,
    certificates,
    cluster_as_named,
    domain_name,
    hosted_zones,
    topics,
    where,
    with_balancer_tags,
    with_tags,
    zone_id,
)


def _created_at(item: Mapping[str, Any]) -> str | None:
    """The time of creation in the format of Go, which the provider uses for this field only."""
    created = item.get("createdAt")
    if not isinstance(created, datetime):
        return None
    text = created.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text} +0000 UTC"


def _endpoint(item: Mapping[str, Any]) -> str | None:
    """Address and port; an instance that is being created has none."""
    endpoint = item.get("Endpoint")
    return f"{endpoint['Address']}:{endpoint['Port']}" if endpoint else None


SERVICES: Mapping[str, Row] = {
    "aws:acm/getCertificate:getCertificate": Row(
        "acm",
        "list_certificates",
        "CertificateSummaryList",
        {"arn": "CertificateArn", "domain": "DomainName", "id": "CertificateArn", "status": "Status"},
        ("domain", "keyTypes", "mostRecent", "statuses", "tags", "types"),
        lambda arguments: {
            "CertificateStatuses": arguments.get("statuses") or ["ISSUED"],
            **({"Includes": {"keyTypes": arguments["keyTypes"]}} if arguments.get("keyTypes") else {}),
        },
        chosen=certificates,
        also=(("acm", "list_tags_for_certificate"),),
    ),
    "aws:cloudwatch/getLogGroup:getLogGroup": Row(
        "logs",
        "describe_log_groups",
        "logGroups",
        {
            "arn": lambda item: str(item["arn"]).removesuffix(":*"),
            "id": "logGroupName",
            "kmsKeyId": "kmsKeyId",
            "logGroupClass": "logGroupClass || ''",
            "name": "logGroupName",
            "retentionInDays": "retentionInDays",
        },
        ("name",),
        parameters(name="logGroupNamePrefix"),
        chosen=where(name="logGroupName"),
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
        ("name",),
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
        ("name", "registryId"),
        parameters(name="repositoryNames[]", registryId="registryId"),
    ),
    "aws:ecs/getCluster:getCluster": Row(
        "ecs",
        "describe_clusters",
        "clusters",
        {"arn": "clusterArn", "clusterName": "clusterName", "id": "clusterArn", "status": "status"},
        ("clusterName",),
        parameters(clusterName="clusters[]"),
        chosen=cluster_as_named,
    ),
    "aws:eks/getCluster:getCluster": Row(
        "eks",
        "describe_cluster",
        "cluster",
        {
            "arn": "arn",
            "certificateAuthorities": "certificateAuthority && [{data: certificateAuthority.data}]",
            "createdAt": _created_at,
            "endpoint": "endpoint",
            "id": "name",
            "identities": "identity.oidc && [{oidcs: [{issuer: identity.oidc.issuer}]}]",
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
        ("name",),
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
        ("name",),
        parameters(name="InstanceProfileName"),
    ),
    "aws:iam/getPolicy:getPolicy": Row(
        "iam",
        "list_policies",
        "Policies",
        {"arn": "Arn", "id": "Arn", "name": "PolicyName", "path": "Path", "policyId": "PolicyId"},
        ("arn", "name", "pathPrefix"),
        parameters(pathPrefix="PathPrefix"),
        chosen=where(arn="Arn", name="PolicyName"),
    ),
    "aws:iam/getRole:getRole": Row(
        "iam",
        "get_role",
        "Role",
        {
            "arn": "Arn",
            "description": "Description",
            "id": "RoleName",
            "maxSessionDuration": "MaxSessionDuration",
            "name": "RoleName",
            "path": "Path",
            "permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn || ''",
            "tags": tags,
            "uniqueId": "RoleId",
        },
        ("name",),
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
        ("userName",),
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
        ("name",),
        chosen=where(name="AliasName"),
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
        ("grantTokens", "keyId"),
        parameters(grantTokens="GrantTokens", keyId="KeyId"),
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
        ("arn", "name", "tags"),
        arn_or_name("LoadBalancerArns"),
        chosen=with_balancer_tags("LoadBalancerArn"),
        also=(("elbv2", "describe_tags"),),
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
        ("arn", "name", "tags"),
        arn_or_name("TargetGroupArns"),
        chosen=with_balancer_tags("TargetGroupArn"),
        also=(("elbv2", "describe_tags"),),
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
        ("returnOrganizationOnly",),
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
            "endpoint": _endpoint,
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
        ("dbInstanceIdentifier", "tags"),
        parameters(dbInstanceIdentifier="DBInstanceIdentifier"),
        chosen=with_tags,
    ),
    "aws:route53/getZone:getZone": Row(
        "route53",
        "list_hosted_zones",
        "HostedZones",
        {
            "arn": lambda item: f"arn:{item['_partition']}:route53:::hostedzone/{zone_id(item)}",
            "callerReference": "CallerReference",
            "comment": "Config.Comment",
            "id": zone_id,
            "name": lambda item: domain_name(item["Name"]),
            "privateZone": "Config.PrivateZone",
            "resourceRecordSetCount": "ResourceRecordSetCount",
            "zoneId": zone_id,
        },
        ("name", "privateZone", "tags", "vpcId", "zoneId"),
        chosen=hosted_zones,
        also=(("route53", "get_hosted_zone"), ("route53", "list_tags_for_resource")),
    ),
    "aws:s3/getBucket:getBucket": Row(
        "s3",
        "list_buckets",
        "Buckets",
        {
            "arn": lambda item: f"arn:{item['_partition']}:s3:::{item['Name']}",
            "bucket": "Name",
            "bucketDomainName": lambda item: f"{item['Name']}.s3.{partition_of(item['_region']).dns_suffix}",
            "id": "Name",
        },
        ("bucket",),
        chosen=where(bucket="Name"),
    ),
    "aws:secretsmanager/getSecret:getSecret": Row(
        "secretsmanager",
        "describe_secret",
        "@",
        {"arn": "ARN", "description": "Description", "id": "ARN", "name": "Name", "tags": tags},
        ("arn", "name"),
        lambda arguments: {"SecretId": arguments.get("arn") or arguments.get("name")},
    ),
    "aws:sns/getTopic:getTopic": Row(
        "sns",
        "list_topics",
        "Topics",
        {"arn": "TopicArn", "id": "TopicArn", "name": lambda item: item["TopicArn"].rpartition(":")[2]},
        ("name",),
        chosen=topics,
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
        ("name", "withDecryption"),
        lambda arguments: {"Name": arguments.get("name"), "WithDecryption": False},
    ),
    "aws:sqs/getQueue:getQueue": Row(
        "sqs",
        "get_queue_url",
        "@",
        {"id": "QueueUrl", "url": "QueueUrl"},
        ("name",),
        parameters(name="QueueName"),
    ),
}
"""By token. Fields that a row omits are unknown in previews."""
