"""The AWS provider: computed tags and Regions, policy documents, sets, and measured replacements.

Sources in pulumi-aws, directory provider: tags.go, region.go, resource_overrides.go, autonaming.go.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, ClassVar, Final

from platform_components.engine.plan.providers import Effect
from platform_components.engine.state.deployment import ResourceState
from platform_components.engine.values import UNKNOWN
from platform_components.providers.aws_conditions import conditional_effect, user_data_effect
from platform_components.providers.aws_tags import ProviderTags, all_tags
from platform_components.providers.bridged import BridgedProvider
from platform_components.providers.checked_inputs import unmarked_value
from platform_components.providers.effects import aws_documented_effects, aws_effects, terraform_effects

_DOCUMENTS: Final[Mapping[str, frozenset[str]]] = {
    type_: frozenset({path})
    for path, types in {
        "accessPolicies": (
            "aws:elasticsearch/domain:Domain",
            "aws:elasticsearch/domainPolicy:DomainPolicy",
        ),
        "assumeRolePolicy": ("aws:iam/role:Role",),
        "policy": (
            "aws:ecr/lifecyclePolicy:LifecyclePolicy",
            "aws:ecr/registryPolicy:RegistryPolicy",
            "aws:ecr/repositoryPolicy:RepositoryPolicy",
            "aws:iam/groupPolicy:GroupPolicy",
            "aws:iam/policy:Policy",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:iam/userPolicy:UserPolicy",
            "aws:kms/keyPolicy:KeyPolicy",
            "aws:s3/bucket:Bucket",
            "aws:s3/bucketPolicy:BucketPolicy",
            "aws:sns/topicPolicy:TopicPolicy",
            "aws:sqs/queuePolicy:QueuePolicy",
        ),
        "policyDocument": ("aws:cloudwatch/logResourcePolicy:LogResourcePolicy",),
    }.items()
    for type_ in types
}
"""Properties whose text is compared as a document. All but that of a key policy, whose schema states it
(terraform-provider-aws, internal/service/kms/key_policy.go), also accept data (TransformJSONDocument)."""

_SETS: Final[Mapping[str, frozenset[str]]] = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": frozenset({"routeTableIds", "securityGroupIds", "subnetIds"}),
    "aws:eks/cluster:Cluster": frozenset(
        {
            "computeConfig.nodePools",
            "enabledClusterLogTypes",
            "encryptionConfig.resources",
            "vpcConfig.publicAccessCidrs",
            "vpcConfig.securityGroupIds",
            "vpcConfig.subnetIds",
        }
    ),
    "aws:elasticache/parameterGroup:ParameterGroup": frozenset({"parameters"}),
    "aws:elasticache/replicationGroup:ReplicationGroup": frozenset(
        {"logDeliveryConfigurations", "securityGroupIds"}
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": frozenset({"subnetIds"}),
    "aws:rds/instance:Instance": frozenset({"enabledCloudwatchLogsExports", "vpcSecurityGroupIds"}),
    "aws:rds/parameterGroup:ParameterGroup": frozenset({"parameters"}),
    "aws:rds/subnetGroup:SubnetGroup": frozenset({"subnetIds"}),
}
"""Properties that terraform-provider-aws declares as schema.TypeSet, in
internal/service/{ec2/vpc_endpoint,eks/cluster,elasticache/*_group,rds/instance,rds/*_group}.go.
If other lists are only reordered, it is undecided whether they differ."""

_DELETED_FIRST: Final = frozenset(
    {
        "aws:apigateway/integration:Integration",
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:efs/mountTarget:MountTarget",
        "aws:iam/accountAlias:AccountAlias",
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    }
)
"""Types with DeleteBeforeReplace: two of them at the same time are impossible or the same."""

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:cloudwatch/eventTarget:EventTarget": ("targetId",),
    "aws:ec2/keyPair:KeyPair": ("keyName",),
    "aws:efs/fileSystem:FileSystem": ("creationToken",),
    "aws:eks/fargateProfile:FargateProfile": ("fargateProfileName",),
    "aws:eks/nodeGroup:NodeGroup": ("nodeGroupName",),
    "aws:elasticache/cluster:Cluster": ("clusterId",),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("replicationGroupId",),
    "aws:elasticsearch/domain:Domain": ("domainName",),
    "aws:lambda/permission:Permission": ("statementId",),
    "aws:mq/broker:Broker": ("brokerName",),
    "aws:msk/cluster:Cluster": ("clusterName",),
    "aws:msk/serverlessCluster:ServerlessCluster": ("clusterName",),
    "aws:opensearch/domain:Domain": ("domainName",),
    "aws:rds/instance:Instance": ("identifier",),
    "aws:s3/bucket:Bucket": ("bucket",),
    # names without AutoNamed, or that are not generated
    "aws:appsync/dataSource:DataSource": (),
    "aws:appsync/function:Function": (),
    "aws:athena/database:Database": (),
    "aws:directoryservice/directory:Directory": (),
    "aws:glue/catalogDatabase:CatalogDatabase": (),
    "aws:glue/catalogTable:CatalogTable": (),
    "aws:lex/bot:Bot": (),
    "aws:lex/botAlias:BotAlias": (),
    "aws:lex/intent:Intent": (),
    "aws:lex/slotType:SlotType": (),
    "aws:route53/record:Record": (),
}
"""Properties with generated names (AutoNamed) of the types for which it is not only `name`."""


class AwsProvider(BridgedProvider):
    """The AWS provider, of which the replacements of the most common types were measured."""

    packages: ClassVar[frozenset[str]] = frozenset({"aws"})

    def __init__(self, configuration: Mapping[str, Any] | None = None) -> None:
        """`configuration`: its inputs. Without them, Region and default tags are those of the state."""
        self._region = None if configuration is None else unmarked_value(configuration.get("region"))
        self._tags = None if configuration is None else ProviderTags.read(configuration)

    def configured(self, inputs: Mapping[str, Any]) -> AwsProvider:
        """Return the provider with these inputs."""
        return AwsProvider(inputs)

    def computed(self, given: Mapping[str, Any], old: ResourceState) -> Mapping[str, Any]:
        """Return the inputs of the program with the Region and all tags, which `__defaults` doesn't list."""
        computed = dict(given)
        if computed.get("region") is None and "region" in old.inputs:
            computed["region"] = self._region if isinstance(self._region, str) else old.inputs["region"]
        if "tagsAll" in old.inputs or "tagsAll" in old.outputs:
            tags = all_tags(given.get("tags"), old.inputs, self._tags)
            if tags is UNKNOWN or tags or "tagsAll" in old.inputs:
                computed["tagsAll"] = tags
        return computed

    def sets(self, type_: str) -> Container[str]:
        return _SETS.get(type_, ())

    def documents(self, type_: str) -> Container[str]:
        return _DOCUMENTS.get(type_, ())

    def resource_effect(self, type_: str, path: str, old: Any, new: Any) -> Effect:
        if path == "region":
            # terraform-provider-aws, internal/provider/sdkv2/region.go, forceNewIfRegionChanges
            return "replace"
        if path.partition(".")[0] == "tagsAll":
            path = "tags"  # the table lists arguments; both have the same effect
        measured = aws_effects() if type_ in aws_effects() else terraform_effects()
        effect = measured.of(type_, path)
        # A statement about an object can concern adding and removing it only.
        if effect == "unknown" and "." not in path:
            effect = aws_documented_effects().of(type_, path)
        return conditional_effect(type_, path, old, new) if effect == "unknown" else effect

    def effect_within(
        self,
        type_: str,
        path: str,
        old: Any,
        new: Any,
        *,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> Effect:
        """Return what the change of a property does, given all inputs before and after."""
        return user_data_effect(type_, path, after) or self.effect(type_, path, old, new)

    def deletes_first(self, type_: str, old: ResourceState, new: Mapping[str, Any]) -> bool:
        return type_ in _DELETED_FIRST or super().deletes_first(type_, old, new)

    def generated_names(self, type_: str) -> tuple[str, ...]:
        return _NAMES.get(type_, super().generated_names(type_))
