"""What pulumi-aws and pulumi-kubernetes answer, for the resources of the recorded stacks and plans.

Every resource has an id, an ARN and the outputs that other resources use; names that the program does not
set are generated. All values are derived from the URN, so a recording is repeatable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from platform_components.engine.urn import name_of, type_of
from platform_components.engine.values import Unknown

MARK: Final = "__defaults"
"""Where pulumi-terraform-bridge lists the properties that it filled in."""

REGION: Final = "eu-west-1"
ACCOUNT: Final = "111122223333"

_NAMED: Final = {
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:ec2/securityGroup:SecurityGroup": "name",
    "aws:eks/cluster:Cluster": "name",
    "aws:elasticache/parameterGroup:ParameterGroup": "name",
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:elasticache/subnetGroup:SubnetGroup": "name",
    "aws:iam/role:Role": "name",
    "aws:iam/rolePolicy:RolePolicy": "name",
    "aws:kms/alias:Alias": "name",
    "aws:rds/instance:Instance": "identifier",
    "aws:rds/parameterGroup:ParameterGroup": "name",
    "aws:rds/subnetGroup:SubnetGroup": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:s3/bucketV2:BucketV2": "bucket",
    "aws:sns/topic:Topic": "name",
    "aws:sqs/queue:Queue": "name",
    "aws:ssm/parameter:Parameter": "name",
}
"""The property with a name that pulumi-aws generates: the logical name and seven random digits."""

_ID_PREFIXES: Final = {
    "aws:ec2/eip:Eip": "eipalloc",
    "aws:ec2/flowLog:FlowLog": "fl",
    "aws:ec2/internetGateway:InternetGateway": "igw",
    "aws:ec2/natGateway:NatGateway": "nat",
    "aws:ec2/routeTable:RouteTable": "rtb",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc",
    "aws:ec2/securityGroup:SecurityGroup": "sg",
    "aws:ec2/subnet:Subnet": "subnet",
    "aws:ec2/vpc:Vpc": "vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr",
}

_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "aws:ec2/securityGroup:SecurityGroup": {"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
    "aws:ec2/vpc:Vpc": {"enableDnsSupport": True, "instanceTenancy": "default"},
    "aws:iam/role:Role": {"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
    "aws:s3/bucket:Bucket": {"forceDestroy": False},
    "aws:s3/bucketV2:BucketV2": {"forceDestroy": False},
    "aws:sqs/queue:Queue": {"messageRetentionSeconds": 345600, "visibilityTimeoutSeconds": 30},
}
"""Defaults of pulumi-aws in addition to names, of the types that plans are recorded for."""

_CLUSTER_SCOPED: Final = frozenset(
    {"ClusterRole", "ClusterRoleBinding", "Namespace", "PersistentVolume", "PriorityClass", "StorageClass"}
)

AUTONAMED: Final = "pulumi.com/autonamed"
"""Annotation of a name that pulumi-kubernetes generated (provider/pkg/metadata/naming.go)."""


def digits(text: str, length: int = 17) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def checked(
    type_: str, name: str | Unknown, given: Mapping[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the inputs as the provider stores them: with a name, defaults and computed values.

    `name` is what it would generate. It keeps the name that it generated before.
    """
    if type_.startswith("kubernetes:"):
        return _checked_object(type_, name, given, old)
    if not type_.startswith("aws:"):
        return dict(given)
    filled = dict(_DEFAULTS.get(type_, {}))
    named = _NAMED.get(type_)
    if named:
        filled[named] = old[named] if named in old.get(MARK, ()) else name
    filled = {key: value for key, value in filled.items() if key not in given}
    tags = {"tagsAll": given["tags"]} if "tags" in given else {}
    return {**given, **filled, **tags, MARK: sorted(filled)}


def _checked_object(
    type_: str, name: str | Unknown, given: Mapping[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    """Objects have no list of defaults: an annotation marks a generated name (Check in provider.go)."""
    metadata = dict(given.get("metadata", {}))
    if "name" not in metadata:
        before = old.get("metadata", {})
        kept = AUTONAMED in before.get("annotations", {})
        metadata["name"] = before["name"] if kept else name
        metadata["annotations"] = {**metadata.get("annotations", {}), AUTONAMED: "true"}
    if type_.rpartition(":")[2] not in _CLUSTER_SCOPED:
        metadata.setdefault("namespace", "default")
    return {**given, "metadata": metadata}


def deletes_first(type_: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a replacement would otherwise collide with the name of the old resource.

    nameRequiresDeleteBeforeReplace of pulumi-terraform-bridge (pkg/tfbridge/schema.go), Diff of
    pulumi-kubernetes (provider/pkg/provider/provider.go).
    """
    if type_.startswith("kubernetes:"):
        before, after = old["metadata"], new["metadata"]
        same = (before["name"], before.get("namespace")) == (after["name"], after.get("namespace"))
        return same and AUTONAMED not in after.get("annotations", {})
    named = _NAMED.get(type_)
    return named in new and named not in new.get(MARK, ())


def outputs_of(urn: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a deployed resource, including its `id`."""
    type_ = type_of(urn)
    stored = {key: value for key, value in inputs.items() if key != MARK}
    if type_.startswith("kubernetes:"):
        return _kubernetes_outputs(urn, stored)
    id_ = _id(urn, stored)
    service = type_.split(":")[1].split("/")[0]
    kind = type_.rpartition(":")[2]
    where = "" if service == "iam" else REGION
    arn = f"arn:aws:{service}:{where}:{ACCOUNT}:{kind[0].lower()}{kind[1:]}/{id_}"
    own = _OWN[type_](urn, stored, id_) if type_ in _OWN else {}
    return {**stored, "arn": arn, "region": REGION, "id": id_, **own}


def _id(urn: str, inputs: Mapping[str, Any]) -> str:
    type_ = type_of(urn)
    if prefix := _ID_PREFIXES.get(type_):
        return f"{prefix}-0{digits(urn, 16)}"
    if type_ == "aws:kms/key:Key":
        return str(uuid5(NAMESPACE_URL, urn))
    return str(inputs.get(_NAMED.get(type_, ""), f"{name_of(urn)}-{digits(urn, 7)}"))


def _kubernetes_outputs(urn: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    metadata = inputs["metadata"]
    id_ = "/".join(part for part in (metadata.get("namespace"), metadata["name"]) if part)
    computed = {"uid": str(uuid5(NAMESPACE_URL, urn)), "resourceVersion": "1", "generation": 1}
    return {**inputs, "metadata": {**metadata, **computed}, "id": id_}


def _bucket(urn: str, inputs: Mapping[str, Any], id_: str) -> dict[str, Any]:
    return {
        "arn": f"arn:aws:s3:::{id_}",
        "bucketDomainName": f"{id_}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{id_}.s3.{REGION}.amazonaws.com",
        "bucketRegion": REGION,
    }


def _cluster(urn: str, inputs: Mapping[str, Any], id_: str) -> dict[str, Any]:
    number = digits(urn, 32).upper()
    return {
        "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{id_}",
        "endpoint": f"https://{number}.gr7.{REGION}.eks.amazonaws.com",
        "certificateAuthority": {"data": "Y2VydGlmaWNhdGU="},
        "identities": [{"oidcs": [{"issuer": f"https://oidc.eks.{REGION}.amazonaws.com/id/{number}"}]}],
        "platformVersion": "eks.1",
        "status": "ACTIVE",
        "vpcConfig": {
            **inputs["vpcConfig"],
            "clusterSecurityGroupId": f"sg-0{digits(f'{urn} security group', 16)}",
            "vpcId": f"vpc-0{digits(f'{urn} vpc', 16)}",
        },
        "kubernetesNetworkConfig": {
            "serviceIpv4Cidr": "172.20.0.0/16",
            **inputs.get("kubernetesNetworkConfig", {}),
        },
    }


def _database(urn: str, inputs: Mapping[str, Any], id_: str) -> dict[str, Any]:
    address = f"{id_}.{digits(urn, 12)}.{REGION}.rds.amazonaws.com"
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-{uuid5(NAMESPACE_URL, urn)}"
    return {
        "arn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{id_}",
        "address": address,
        "endpoint": f"{address}:{inputs['port']}",
        "engineVersionActual": f"{inputs['engineVersion']}.6",
        "masterUserSecrets": [{"secretArn": secret, "secretStatus": "active"}],
        "resourceId": f"db-{digits(urn, 26).upper()}",
        "status": "available",
    }


def _cache(urn: str, inputs: Mapping[str, Any], id_: str) -> dict[str, Any]:
    domain = f"{id_}.{digits(urn, 6)}.euw1.cache.amazonaws.com"
    return {
        "arn": f"arn:aws:elasticache:{REGION}:{ACCOUNT}:replicationgroup:{id_}",
        "primaryEndpointAddress": f"master.{domain}",
        "readerEndpointAddress": f"replica.{domain}",
        "memberClusters": [f"{id_}-00{number}" for number in range(1, inputs["numCacheClusters"] + 1)],
    }


def _log_group(urn: str, inputs: Mapping[str, Any], id_: str) -> dict[str, Any]:
    return {"arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{id_}"}


def _key(urn: str, inputs: Mapping[str, Any], id_: str) -> dict[str, Any]:
    return {"arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{id_}", "keyId": id_}


def _address(urn: str, inputs: Mapping[str, Any], id_: str) -> dict[str, Any]:
    return {"allocationId": id_, "publicIp": f"203.0.113.{int(digits(urn, 4), 16) % 254 + 1}"}


_OWN: Final = {
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:ec2/eip:Eip": _address,
    "aws:eks/cluster:Cluster": _cluster,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:kms/key:Key": _key,
    "aws:rds/instance:Instance": _database,
    "aws:s3/bucket:Bucket": _bucket,
}
"""Outputs of individual types, in addition to those of all types."""
