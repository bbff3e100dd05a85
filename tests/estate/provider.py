"""A Pulumi provider that simulates AWS and Kubernetes for the resources in the recorded stacks.

Every resource has an id, an ARN and the outputs that other resources use; names that the program does not
set are generated, as in pulumi-aws. All values are derived from the URN, so a recording is repeatable.
"""

# ruff: noqa: N802 - gRPC's names

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from pulumi.runtime.proto import provider_pb2

from platform_components.engine import wire
from platform_components.engine.urn import name_of, type_of
from tests.engine.echo_provider import EchoProvider
from tests.estate.changes import Change, changes, planned, replaces

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

_HERE = Path()  # no asset is read relative to it


class EstateProvider(EchoProvider):
    """Deploys in memory, and previews updates: by inputs, with the replacements of the real providers."""

    def Check(self, request: Any, context: Any) -> Any:
        inputs, old = _read(request.news), _read(request.olds)
        checked = _checked(request.urn, inputs, old)
        return provider_pb2.CheckResponse(inputs=wire.write(checked))

    def Create(self, request: Any, context: Any) -> Any:
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        inputs = _read(request.properties)
        outputs = _outputs(request.urn, inputs)
        return provider_pb2.CreateResponse(id=str(outputs.pop("id")), properties=wire.write(outputs))

    def Diff(self, request: Any, context: Any) -> Any:
        type_ = type_of(request.urn)
        return _diff_response(changes(type_, _read(request.old_inputs), _read(request.news)), type_)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return self.Diff(request, context)

    def Update(self, request: Any, context: Any) -> Any:
        old, new = _read(request.old_inputs), _read(request.news)
        outputs = planned(type_of(request.urn), _read(request.olds), old, new)
        return provider_pb2.UpdateResponse(properties=wire.write(outputs))


def _read(struct: Any) -> dict[str, Any]:
    return wire.read(struct, _HERE)


def _diff_response(found: list[Change], type_: str) -> Any:
    response = provider_pb2.DiffResponse
    replacing = [change.path.partition(".")[0] for change in found if replaces(type_, change)]
    return response(
        changes=response.DIFF_SOME if found else response.DIFF_NONE,
        diffs=sorted({change.path.partition(".")[0].partition("[")[0] for change in found}),
        replaces=sorted(set(replacing)),
    )


def _digits(urn: str, length: int = 17) -> str:
    return hashlib.sha256(urn.encode()).hexdigest()[:length]


def _checked(urn: str, inputs: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as the provider stores them, with a generated name and computed values."""
    if not type_of(urn).startswith("aws:"):
        return dict(inputs)
    checked = {**inputs, "__defaults": []}
    named = _NAMED.get(type_of(urn))
    if named and named not in inputs:
        checked[named] = old.get(named) or f"{name_of(urn)}-{_digits(urn, 7)}"
        checked["__defaults"] = [named]
    if "tags" in inputs:
        checked["tagsAll"] = inputs["tags"]
    return checked


def _outputs(urn: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a deployed resource, including its `id`."""
    type_ = type_of(urn)
    stored = {key: value for key, value in inputs.items() if key != "__defaults"}
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
        return f"{prefix}-0{_digits(urn, 16)}"
    if type_ == "aws:kms/key:Key":
        return str(uuid5(NAMESPACE_URL, urn))
    return str(inputs.get(_NAMED.get(type_, ""), f"{name_of(urn)}-{_digits(urn, 7)}"))


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
    digits = _digits(urn, 32).upper()
    return {
        "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{id_}",
        "endpoint": f"https://{digits}.gr7.{REGION}.eks.amazonaws.com",
        "certificateAuthority": {"data": "Y2VydGlmaWNhdGU="},
        "identities": [{"oidcs": [{"issuer": f"https://oidc.eks.{REGION}.amazonaws.com/id/{digits}"}]}],
        "platformVersion": "eks.1",
        "status": "ACTIVE",
        "vpcConfig": {
            **inputs["vpcConfig"],
            "clusterSecurityGroupId": f"sg-0{_digits(f'{urn} security group', 16)}",
            "vpcId": f"vpc-0{_digits(f'{urn} vpc', 16)}",
        },
        "kubernetesNetworkConfig": {
            "serviceIpv4Cidr": "172.20.0.0/16",
            **inputs.get("kubernetesNetworkConfig", {}),
        },
    }


def _database(urn: str, inputs: Mapping[str, Any], id_: str) -> dict[str, Any]:
    address = f"{id_}.{_digits(urn, 12)}.{REGION}.rds.amazonaws.com"
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-{uuid5(NAMESPACE_URL, urn)}"
    return {
        "arn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{id_}",
        "address": address,
        "endpoint": f"{address}:{inputs['port']}",
        "engineVersionActual": f"{inputs['engineVersion']}.6",
        "masterUserSecrets": [{"secretArn": secret, "secretStatus": "active"}],
        "resourceId": f"db-{_digits(urn, 26).upper()}",
        "status": "available",
    }


def _cache(urn: str, inputs: Mapping[str, Any], id_: str) -> dict[str, Any]:
    domain = f"{id_}.{_digits(urn, 6)}.euw1.cache.amazonaws.com"
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
    return {"allocationId": id_, "publicIp": f"203.0.113.{int(_digits(urn, 4), 16) % 254 + 1}"}


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
