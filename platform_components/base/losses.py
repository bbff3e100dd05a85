"""Types of resources whose deletion or replacement loses something that a deployment can't create again.

As of November 2026. The sources are the pages about deletion in the documentation of each AWS service, and
https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_DATA: Final = "its data"
_VOLUME: Final = "its volume, depending on the reclaim policy"

_DATA_LOSSES: Final[Mapping[str, str]] = {
    "aws:backup/vault:Vault": "its recovery points",
    "aws:cognito/userPool:UserPool": "its users",
    "aws:docdb/cluster:Cluster": _DATA,
    "aws:docdb/elasticCluster:ElasticCluster": _DATA,
    "aws:dsql/cluster:Cluster": _DATA,
    "aws:dynamodb/table:Table": _DATA,
    "aws:ebs/volume:Volume": _DATA,
    "aws:ecr/repository:Repository": "its images",
    "aws:efs/fileSystem:FileSystem": "its files",
    "aws:elasticache/replicationGroup:ReplicationGroup": _DATA,
    "aws:elasticache/serverlessCache:ServerlessCache": _DATA,
    "aws:elasticsearch/domain:Domain": _DATA,
    "aws:fsx/lustreFileSystem:LustreFileSystem": "its files",
    "aws:fsx/ontapFileSystem:OntapFileSystem": "its files",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": "its files",
    "aws:fsx/windowsFileSystem:WindowsFileSystem": "its files",
    "aws:kms/key:Key": "everything that is encrypted with it",
    "aws:memorydb/cluster:Cluster": _DATA,
    "aws:msk/cluster:Cluster": "its messages",
    "aws:msk/serverlessCluster:ServerlessCluster": "its messages",
    "aws:neptune/cluster:Cluster": _DATA,
    "aws:opensearch/domain:Domain": _DATA,
    "aws:rds/cluster:Cluster": _DATA,
    "aws:rds/instance:Instance": _DATA,
    "aws:redshift/cluster:Cluster": _DATA,
    "aws:redshiftserverless/namespace:Namespace": _DATA,
    "aws:route53/zone:Zone": "its records and name servers",
    "aws:s3/bucket:Bucket": "its objects",
    "aws:s3/bucketV2:BucketV2": "its objects",
    "aws:secretsmanager/secret:Secret": "its values",
    "kubernetes:core/v1:PersistentVolumeClaim": _VOLUME,
    "kubernetes:core/v1:PersistentVolumeClaimList": _VOLUME,
    "kubernetes:v1:PersistentVolumeClaim": _VOLUME,
    "kubernetes:v1:PersistentVolumeClaimList": _VOLUME,
}

DATA_TYPES: Final = tuple(_DATA_LOSSES)
"""Types whose deletion loses data that can't be created again. An Elastic IP holds none."""

LOSSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_DATA_LOSSES,
        "aws:cloudwatch/logGroup:LogGroup": "its log events",
        # loses everything in it
        "aws:ec2/subnet:Subnet": "everything in it",
        "aws:ec2/vpc:Vpc": "everything in it",
        "aws:eks/cluster:Cluster": "everything in it",
        "kubernetes:core/v1:Namespace": "everything in it",
        # loses an identity that other stacks or accounts refer to
        "aws:ec2/eip:Eip": "its address, which others may allow",
        "aws:ec2/securityGroup:SecurityGroup": "its ID, which rules of other groups may refer to",
        "aws:iam/role:Role": "its ID, which policies of others may refer to",
        # interrupts the traffic of a VPC
        "aws:ec2/internetGateway:InternetGateway": "the traffic through it, until it is replaced",
        "aws:ec2/natGateway:NatGateway": "the traffic through it, until it is replaced",
        "aws:ec2/vpcEndpoint:VpcEndpoint": "the traffic through it, until it is replaced",
    }
)
"""What the deletion or replacement of a resource loses or interrupts, by type."""
