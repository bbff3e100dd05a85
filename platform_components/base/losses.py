"""Types of resources whose deletion or replacement loses something that a deployment can't create again.

As of November 2026. The sources are the pages about deletion in the documentation of each AWS service, and of
https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming. Others are at their rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_DATA: Final = "its data"
_DNS: Final = "its DNS name, which records may refer to"
_REPLICATION: Final = "the replication between its Regions"
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
"""Types whose deletion loses data that can't be created again, and that production protects: the policy
`stateful-protected` reads them. An Elastic IP holds none, and messages of a queue are short-lived."""

_FURTHER_DATA_LOSSES: Final[Mapping[str, str]] = {
    # https://docs.aws.amazon.com/privateca/latest/userguide/PCADeleteCA.html
    "aws:acmpca/certificateAuthority:CertificateAuthority": "its private key",
    "aws:amp/workspace:Workspace": "its metrics",
    "aws:cloudtrail/eventDataStore:EventDataStore": "its events",
    "aws:cloudwatch/logStream:LogStream": "its log events",
    "aws:docdb/clusterSnapshot:ClusterSnapshot": "the snapshot",
    "aws:ebs/snapshot:Snapshot": "the snapshot",
    "aws:ebs/snapshotCopy:SnapshotCopy": "the snapshot",
    "aws:ebs/snapshotImport:SnapshotImport": "the snapshot",
    "aws:ec2/ami:Ami": "the image",
    "aws:ec2/amiCopy:AmiCopy": "the image",
    "aws:ec2/amiFromInstance:AmiFromInstance": "the image",
    # "the data on the instance store volumes is lost", and root volumes are deleted by default:
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html
    "aws:ec2/instance:Instance": "its instance store, and the volumes that are deleted on termination",
    "aws:elasticache/cluster:Cluster": _DATA,
    "aws:fsx/openZfsSnapshot:OpenZfsSnapshot": "the snapshot",
    "aws:keyspaces/keyspace:Keyspace": _DATA,
    "aws:keyspaces/table:Table": _DATA,
    "aws:kinesis/stream:Stream": "its records",
    "aws:kinesis/videoStream:VideoStream": "its video",
    "aws:kms/externalKey:ExternalKey": "everything that is encrypted with it",
    # A replica can be created again from its primary key:
    # https://docs.aws.amazon.com/kms/latest/developerguide/deleting-mrks.html
    "aws:kms/replicaExternalKey:ReplicaExternalKey": "decryption in its Region, until it is replicated again",
    "aws:kms/replicaKey:ReplicaKey": "decryption in its Region, until it is replicated again",
    "aws:memorydb/snapshot:Snapshot": "the snapshot",
    "aws:mq/broker:Broker": "its messages",
    "aws:neptune/clusterSnapshot:ClusterSnapshot": "the snapshot",
    "aws:neptunegraph/graph:Graph": _DATA,
    "aws:opensearch/serverlessCollection:ServerlessCollection": _DATA,
    "aws:rds/clusterSnapshot:ClusterSnapshot": "the snapshot",
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": "the snapshot",
    "aws:rds/snapshot:Snapshot": "the snapshot",
    "aws:rds/snapshotCopy:SnapshotCopy": "the snapshot",
    "aws:redshift/clusterSnapshot:ClusterSnapshot": "the snapshot",
    "aws:redshiftserverless/snapshot:Snapshot": "the snapshot",
    "aws:s3/directoryBucket:DirectoryBucket": "its objects",
    "aws:sqs/queue:Queue": "its messages",
    "aws:ssm/parameter:Parameter": "its value and history",
    "aws:timestreaminfluxdb/dbCluster:DbCluster": _DATA,
    "aws:timestreaminfluxdb/dbInstance:DbInstance": _DATA,
    "aws:timestreamwrite/database:Database": _DATA,
    "aws:timestreamwrite/table:Table": _DATA,
    # "the server will uninstall the RESTful API endpoint and delete all custom objects stored in it":
    # https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition": "all objects of its kind",
    "kubernetes:core/v1:PersistentVolume": _VOLUME,
    "kubernetes:helm.sh/v3:Release": "the objects of its chart",
    # The values are in the state only: https://registry.terraform.io/providers/hashicorp/random/latest/docs
    "random:index/randomBytes:RandomBytes": "its value",
    "random:index/randomId:RandomId": "its value",
    "random:index/randomInteger:RandomInteger": "its value",
    "random:index/randomPassword:RandomPassword": "its value",
    "random:index/randomPet:RandomPet": "its value",
    "random:index/randomString:RandomString": "its value",
    "random:index/randomUuid:RandomUuid": "its value",
    "tls:index/privateKey:PrivateKey": "its private key",
}

LOSSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_DATA_LOSSES,
        **_FURTHER_DATA_LOSSES,
        "aws:cloudwatch/logGroup:LogGroup": "its log events",
        # loses everything in it
        "aws:ec2/subnet:Subnet": "everything in it",
        "aws:ec2/vpc:Vpc": "everything in it",
        "aws:eks/cluster:Cluster": "everything in it",
        "kubernetes:core/v1:Namespace": "everything in it",
        # loses an identity that other stacks or accounts refer to
        "aws:acm/certificate:Certificate": "its ARN, which listeners and distributions may use",
        "aws:alb/loadBalancer:LoadBalancer": _DNS,
        "aws:cloudfront/distribution:Distribution": "its domain name, which records may refer to",
        "aws:ec2/eip:Eip": "its address, which others may allow",
        "aws:ec2/securityGroup:SecurityGroup": "its ID, which rules of other groups may refer to",
        "aws:elb/loadBalancer:LoadBalancer": _DNS,
        "aws:iam/role:Role": "its ID, which policies of others may refer to",
        "aws:lb/loadBalancer:LoadBalancer": _DNS,
        # "Deletes a topic and all its subscriptions": https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html
        "aws:sns/topic:Topic": "its subscriptions",
        # ends the replication between Regions
        "aws:docdb/globalCluster:GlobalCluster": _REPLICATION,
        "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": _REPLICATION,
        "aws:neptune/globalCluster:GlobalCluster": _REPLICATION,
        "aws:rds/globalCluster:GlobalCluster": _REPLICATION,
        # interrupts the traffic of a VPC
        "aws:ec2/internetGateway:InternetGateway": "the traffic through it, until it is replaced",
        "aws:ec2/natGateway:NatGateway": "the traffic through it, until it is replaced",
        "aws:ec2/vpcEndpoint:VpcEndpoint": "the traffic through it, until it is replaced",
        "aws:route53/record:Record": "the resolution of its name, until it is replaced",
    }
)
"""What the deletion or replacement of a resource loses or interrupts, by type."""

_RECREATED_AWS: Final = """
appautoscaling/policy:Policy appautoscaling/target:Target
autoscaling/policy:Policy autoscaling/schedule:Schedule
cloudwatch/eventRule:EventRule cloudwatch/eventTarget:EventTarget
cloudwatch/logMetricFilter:LogMetricFilter cloudwatch/metricAlarm:MetricAlarm
docdb/clusterInstance:ClusterInstance docdb/clusterParameterGroup:ClusterParameterGroup
docdb/subnetGroup:SubnetGroup
ec2/flowLog:FlowLog ec2/launchTemplate:LaunchTemplate ec2/securityGroupRule:SecurityGroupRule
ecr/lifecyclePolicy:LifecyclePolicy ecr/repositoryPolicy:RepositoryPolicy
eks/accessEntry:AccessEntry eks/accessPolicyAssociation:AccessPolicyAssociation eks/nodeGroup:NodeGroup
eks/podIdentityAssociation:PodIdentityAssociation
elasticache/parameterGroup:ParameterGroup elasticache/subnetGroup:SubnetGroup
iam/groupPolicy:GroupPolicy iam/groupPolicyAttachment:GroupPolicyAttachment
iam/instanceProfile:InstanceProfile iam/policy:Policy iam/rolePolicy:RolePolicy
iam/rolePolicyAttachment:RolePolicyAttachment iam/userPolicy:UserPolicy
iam/userPolicyAttachment:UserPolicyAttachment
kms/alias:Alias
memorydb/parameterGroup:ParameterGroup memorydb/subnetGroup:SubnetGroup
neptune/clusterInstance:ClusterInstance neptune/clusterParameterGroup:ClusterParameterGroup
neptune/subnetGroup:SubnetGroup
rds/clusterInstance:ClusterInstance rds/clusterParameterGroup:ClusterParameterGroup
rds/parameterGroup:ParameterGroup rds/subnetGroup:SubnetGroup
s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration s3/bucketLogging:BucketLogging
s3/bucketOwnershipControls:BucketOwnershipControls s3/bucketPolicy:BucketPolicy
s3/bucketPublicAccessBlock:BucketPublicAccessBlock
s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration
sns/topicPolicy:TopicPolicy sqs/queuePolicy:QueuePolicy sqs/redrivePolicy:RedrivePolicy
vpc/securityGroupEgressRule:SecurityGroupEgressRule vpc/securityGroupIngressRule:SecurityGroupIngressRule
"""

_RECREATED_KUBERNETES: Final = """
apps/v1:DaemonSet apps/v1:Deployment apps/v1:ReplicaSet
autoscaling/v2:HorizontalPodAutoscaler
batch/v1:CronJob batch/v1:Job
core/v1:ConfigMap core/v1:LimitRange core/v1:Pod core/v1:ResourceQuota core/v1:ServiceAccount
networking.k8s.io/v1:IngressClass networking.k8s.io/v1:NetworkPolicy
policy/v1:PodDisruptionBudget
rbac.authorization.k8s.io/v1:ClusterRole rbac.authorization.k8s.io/v1:ClusterRoleBinding
rbac.authorization.k8s.io/v1:Role rbac.authorization.k8s.io/v1:RoleBinding
scheduling.k8s.io/v1:PriorityClass
storage.k8s.io/v1:StorageClass
"""

RECREATED: Final = frozenset(
    {f"aws:{each}" for each in _RECREATED_AWS.split()}
    | {f"kubernetes:{each}" for each in _RECREATED_KUBERNETES.split()}
)
"""Types that hold no data, no traffic and no identity: what a deployment creates again is the same.

Their outages and what they open up are other facts. The data of an Aurora instance is in the volume of its
cluster: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.StorageReliability.html
"""
