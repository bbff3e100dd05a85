"""Cluster: allowed principals and networks, retention and protection, and input validation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from platform_components.aws.access_entries import slug
from platform_components.aws.cluster import (
    KUBERNETES_VERSION,
    Cluster,
    ClusterArgs,
)
from platform_components.base import Context, InvalidInput, Tier
from platform_components.engine.monitor import ResourceMonitor
from platform_components.testing import UNKNOWN, Graph, ProgramError, Resource, render
from tests.deployed import answering, render_deployed
from tests.samples import Build, given_network

ADDON = "aws:eks/addon:Addon"
CLUSTER = "aws:eks/cluster:Cluster"
ENTRY = "aws:eks/accessEntry:AccessEntry"
GRANT = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ROLE = "aws:iam/role:Role"

ACCOUNT = "arn:aws:iam::111122223333"
OPERATOR, DEPLOYER = f"{ACCOUNT}:role/operator", f"{ACCOUNT}:role/ci/deployer"

VARIANTS: Mapping[str, Build] = {
    "minimal": lambda context: Cluster(
        "main", ClusterArgs(administrators=(OPERATOR,)), context=context, network=given_network()
    ),
    "full": lambda context: Cluster(
        "main",
        ClusterArgs(
            administrators=(OPERATOR,),
            viewers=(f"{ACCOUNT}:role/viewer",),
            public_endpoint_cidrs=("8.8.8.0/24",),
            private_endpoint_cidrs=("172.31.0.0/16",),
            service_ipv4_cidr="172.20.0.0/16",
        ),
        context=context,
        network=given_network(),
    ),
}


def context(tier: Tier = "development", region: str = "eu-west-1") -> Context:
    return Context(environment="dev", tier=tier, region=region, service="foundation", owner="platform-team")


def cluster(tier: Tier = "development", region: str = "eu-west-1", **fields: Any) -> Graph:
    def program() -> None:
        args = ClusterArgs(**({"administrators": (OPERATOR,)} if tier == "production" else {}) | fields)
        made = Cluster("main", args, context=context(tier, region), network=given_network())
        made.outputs.export()
        pulumi.export("summary", made.summary)

    return render(program)


def inputs(**fields: Any) -> Any:
    return cluster(**fields).one(CLUSTER).inputs


def problems(tier: Tier = "development", region: str = "eu-west-1", **fields: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        ClusterArgs(**fields).resolve(context(tier, region), "Cluster")
    return str(caught.value)


def test_the_kubernetes_api_is_private_unless_addresses_are_named() -> None:
    """By default only the VPC has access to the API; the cluster is in the private subnets."""
    config = inputs()["vpcConfig"]
    assert config == {
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
        "securityGroupIds": [UNKNOWN],
        "subnetIds": ["subnet-private-a", "subnet-private-b"],
    }


def test_the_private_endpoint_answers_the_vpc_and_the_named_networks() -> None:
    """A separate security group admits them: the cluster security group admits only nodes."""
    rules = cluster(private_endpoint_cidrs=("172.31.0.0/16",)).of_type(INGRESS)
    assert {rule.name: rule.inputs["cidrIpv4"] for rule in rules} == {
        "main-endpoint-ingress-vpc": "10.20.0.0/16",
        "main-endpoint-ingress-172-31-0-0-16": "172.31.0.0/16",
    }
    assert {(rule.inputs["fromPort"], rule.inputs["toPort"]) for rule in rules} == {(443, 443)}


def test_the_public_endpoint_answers_the_named_addresses_alone() -> None:
    """The private endpoint stays enabled, so that nodes do not use the internet."""
    config = inputs(public_endpoint_cidrs=("52.1.2.0/24",))["vpcConfig"]
    assert config["endpointPublicAccess"] is True
    assert config["endpointPrivateAccess"] is True
    assert config["publicAccessCidrs"] == ["52.1.2.0/24"]


def test_eks_manages_nodes_disks_and_load_balancers() -> None:
    """Auto Mode requires all three settings together, and no self-managed default add-ons."""
    sent = inputs()
    assert sent["computeConfig"]["enabled"] is True
    assert sent["computeConfig"]["nodePools"] == ["general-purpose", "system"]
    assert sent["storageConfig"] == {"blockStorage": {"enabled": True}}
    assert sent["kubernetesNetworkConfig"]["elasticLoadBalancing"] == {"enabled": True}
    assert sent["bootstrapSelfManagedAddons"] is False


def test_autoscaling_has_metrics_to_go_by() -> None:
    """Auto Mode does not include the Metrics Server."""
    assert cluster().one(ADDON, "main-metrics-server").inputs["addonName"] == "metrics-server"


def test_network_policies_stay_enforced() -> None:
    """Earlier clusters have this add-on. Its removal keeps what Auto Mode needs in the cluster."""
    addon = cluster().one(ADDON, "main-network-policy").inputs
    assert addon["addonName"] == "vpc-cni"
    assert json.loads(addon["configurationValues"]) == {"enableNetworkPolicy": "true"}
    assert addon["preserve"] is True


def test_an_add_on_has_the_version_that_is_set() -> None:
    """Without one, EKS selects a version at creation and never updates it."""
    assert "addonVersion" not in cluster().one(ADDON, "main-metrics-server").inputs
    pinned = cluster(metrics_server_version="v0.8.0-eksbuild.3")
    assert pinned.one(ADDON, "main-metrics-server").inputs["addonVersion"] == "v0.8.0-eksbuild.3"


def test_logs_are_encrypted_with_the_clusters_key() -> None:
    """Its policy allows CloudWatch Logs to use it, and is set before the log group is created."""
    graph = render_deployed(lambda: VARIANTS["minimal"](context("staging")))
    policy, group = graph.one("aws:kms/keyPolicy:KeyPolicy"), graph.one("aws:cloudwatch/logGroup:LogGroup")
    principals = [statement["Principal"] for statement in json.loads(policy.inputs["policy"])["Statement"]]
    assert {"Service": "logs.eu-west-1.amazonaws.com"} in principals
    assert policy.urn in group.dependencies


def test_a_new_key_policy_does_not_make_the_encryption_of_a_cluster_unknown() -> None:
    """A preview of a deployed cluster would show its replacement: its key can't be changed."""
    graph = cluster()
    policy, made = graph.one("aws:kms/keyPolicy:KeyPolicy"), graph.one(CLUSTER)
    assert policy.urn not in made.property_dependencies["encryptionConfig"]


def test_secrets_are_encrypted_with_a_key_of_the_clusters_own() -> None:
    """The KMS key is rotated, and has a deletion window of 30 days."""
    graph = cluster()
    assert graph.one(CLUSTER).inputs["encryptionConfig"]["resources"] == ["secrets"]
    key = graph.one("aws:kms/key:Key").inputs
    assert (key["enableKeyRotation"], key["deletionWindowInDays"]) == (True, 30)


@pytest.mark.parametrize(("tier", "days"), [("production", 365), ("staging", 90), ("development", 30)])
def test_all_logs_go_to_a_group_that_forgets(tier: Tier, days: int) -> None:
    """The log group is created before the cluster; EKS would create it with unlimited retention."""
    graph = cluster(tier)
    group, made = graph.one("aws:cloudwatch/logGroup:LogGroup"), graph.one(CLUSTER)
    assert group.inputs["name"] == f"/aws/eks/{made.inputs['name']}/cluster"
    assert group.inputs["retentionInDays"] == days
    assert group.urn in made.dependencies
    assert len(made.inputs["enabledClusterLogTypes"]) == 5


def test_a_production_cluster_cannot_be_deleted_by_accident() -> None:
    """EKS has deletion protection, and Pulumi protects cluster, key and logs; both are off in other tiers."""
    stateful = (CLUSTER, "aws:kms/key:Key", "aws:cloudwatch/logGroup:LogGroup")
    production, staging = cluster("production"), cluster("staging")
    assert [production.one(type_).protect for type_ in stateful] == [True, True, True]
    assert [staging.one(type_).protect for type_ in stateful] == [False, False, False]
    assert production.one(CLUSTER).inputs["deletionProtection"] is True
    assert staging.one(CLUSTER).inputs["deletionProtection"] is False


def test_a_cluster_that_was_made_with_other_creation_flags_is_not_replaced() -> None:
    """EKS uses them only at creation, but the provider would replace the cluster if they differ."""
    assert cluster().one(CLUSTER).ignore_changes == (
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "bootstrapSelfManagedAddons",
    )


def test_only_access_entries_let_anyone_in() -> None:
    """The cluster's creator gets no access; administrators and viewers get access by their ARN."""
    graph = cluster(administrators=(OPERATOR,), viewers=(DEPLOYER,))
    assert graph.one(CLUSTER).inputs["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    assert {entry.inputs["principalArn"] for entry in graph.of_type(ENTRY)} == {OPERATOR, DEPLOYER}
    policies = {
        grant.inputs["principalArn"]: grant.inputs["policyArn"].rpartition("/")[2]
        for grant in graph.of_type(GRANT)
    }
    assert policies == {OPERATOR: "AmazonEKSClusterAdminPolicy", DEPLOYER: "AmazonEKSViewPolicy"}


def test_the_order_of_administrators_does_not_matter() -> None:
    """Child names contain the principal, so that reordering or adding principals replaces nothing."""
    one_way = cluster(administrators=(OPERATOR, DEPLOYER))
    other_way = cluster(administrators=(DEPLOYER, OPERATOR))
    assert _entries(one_way) == _entries(other_way)
    assert _entries(cluster(administrators=(OPERATOR,))).items() <= _entries(one_way).items()


def _entries(graph: Graph) -> dict[str, str]:
    return {entry.name: entry.inputs["principalArn"] for entry in graph.of_type(ENTRY)}


def test_principals_of_one_name_are_told_apart() -> None:
    """The same role name in two accounts, or with two paths, results in two child names."""
    assert slug(OPERATOR).startswith("operator-")
    assert (
        len({slug(f"arn:aws:iam::{account}:role/operator") for account in (111122223333, 444455556666)}) == 2
    )


def test_the_roles_may_do_what_auto_mode_documents() -> None:
    """The cluster role may tag sessions, as Auto Mode requires; nodes may pull images, but not push."""
    graph = cluster()
    trust = json.loads(graph.one(ROLE, "main-cluster-role").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "eks.amazonaws.com"}
    assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert _policies(graph, "node") == {
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
    }
    assert _policies(graph, "cluster") == {
        "AmazonEKSClusterPolicy",
        "AmazonEKSComputePolicy",
        "AmazonEKSBlockStoragePolicyV2",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
    }


def _policies(graph: Graph, role: str) -> set[str]:
    return {_policy(made) for made in _attachments(graph) if made.name.startswith(f"main-{role}-policy-")}


def _policy(attachment: Resource) -> str:
    arn: str = attachment.inputs["policyArn"]
    return arn.rpartition("/")[2]


def _attachments(graph: Graph) -> tuple[Resource, ...]:
    return graph.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")


def test_roles_get_their_policies_before_the_cluster_is_made() -> None:
    """Policies are detached after the cluster is deleted: without them EKS can't delete its resources."""
    graph = cluster()
    assert {made.urn for made in _attachments(graph)} <= set(graph.one(CLUSTER).dependencies)


def test_policies_are_found_in_every_partition() -> None:
    """ARNs of AWS managed policies contain another partition in China and GovCloud."""
    arns = {made.inputs["policyArn"] for made in _attachments(cluster(region="us-gov-west-1"))}
    assert all(arn.startswith("arn:aws-us-gov:iam::aws:policy/") for arn in arns)


def test_the_block_of_the_vpc_is_not_admitted_twice() -> None:
    """EC2 rejects the second of two equal rules; the VPC's block is known when the network is."""
    with pytest.raises(Exception, match=r"must not be the VPC's block, which always has access"):
        cluster(private_endpoint_cidrs=("10.20.0.0/16",))
    assert len(cluster(private_endpoint_cidrs=("10.20.0.0/24", "10.0.0.0/8")).of_type(INGRESS)) == 3


def test_a_production_cluster_has_an_administrator() -> None:
    """Without one, not even its creator has access; it is optional in other tiers."""
    assert "must have at least one entry in the production tier" in problems("production")
    assert ClusterArgs().resolve(context(), "Cluster").administrators == ()


def test_roles_of_identity_center_are_accepted_with_their_path() -> None:
    """Access entries require it, unlike the former ConfigMap aws-auth."""
    arn = f"{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_1234567890abcdef"
    entry = cluster(administrators=(arn,)).one(ENTRY)
    assert entry.inputs["principalArn"] == arn
    assert entry.name.startswith("main-access-entry-awsreservedsso-admin-1234567890abcdef-")


def test_services_get_addresses_beside_the_vpcs() -> None:
    """A block that overlaps the VPC's is rejected as soon as the VPC's is known."""
    assert inputs(service_ipv4_cidr="10.100.0.0/16")["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == (
        "10.100.0.0/16"
    )
    assert "serviceIpv4Cidr" not in inputs()["kubernetesNetworkConfig"]
    with pytest.raises(Exception, match=r"must not overlap the VPC, 10\.20\.0\.0/16"):
        cluster(service_ipv4_cidr="10.20.128.0/20")


def test_the_name_is_what_people_type() -> None:
    """The name consists of name and environment, without a random suffix; it is known before deployment."""
    outputs = cluster().outputs
    assert outputs["cluster_name"] == "main-dev"
    assert outputs["version"] == KUBERNETES_VERSION


def test_the_security_group_is_unknown_until_the_cluster_exists() -> None:
    """It is unknown, not empty: a rule with an empty reference would allow nothing, or everything."""
    assert cluster().outputs["security_group_id"] is UNKNOWN


def deployed(security_group_id: str) -> Graph:
    """The graph of a cluster after EKS has answered."""

    def answer(monitor: ResourceMonitor, request: Any, response: Any) -> None:
        if request.type == CLUSTER:
            response.object.update({"arn": f"{ACCOUNT}:cluster/main-dev"})
            response.object["vpcConfig"]["clusterSecurityGroupId"] = security_group_id

    with answering(answer):
        return cluster()


def test_the_security_group_of_a_deployed_cluster_is_the_one_that_eks_created() -> None:
    """After the deployment the group is an output: services allow it in their databases' groups."""
    assert deployed("sg-eks").outputs["security_group_id"] == "sg-eks"


def test_a_deployed_cluster_without_a_security_group_is_an_error() -> None:
    """Ingress rules for a group named `None` would be deployed otherwise."""
    with pytest.raises(ProgramError, match="clusterSecurityGroupId  is missing in the answer of EKS"):
        deployed("")


def test_the_summary_says_who_reaches_the_endpoint() -> None:
    """The summary shows version, mode and endpoint on one line."""
    assert cluster().outputs["summary"] == f"EKS {KUBERNETES_VERSION} Auto Mode · private endpoint"
    public = cluster(version="1.35", public_endpoint_cidrs=("52.1.2.0/24",)).outputs["summary"]
    assert public == "EKS 1.35 Auto Mode · public endpoint for 52.1.2.0/24"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"version": "1.19"}, 'must be "1.34", "1.35" or "1.36"'),
        ({"version": 1.34}, 'must be "1.34", "1.35" or "1.36"'),
        ({"public_endpoint_cidrs": ("0.0.0.0/0",)}, "keep the endpoint private"),
        ({"public_endpoint_cidrs": ("128.0.0.0/1",)}, "must be /8 or narrower"),
        ({"public_endpoint_cidrs": ("10.0.0.0/16",)}, "must be public"),
        ({"private_endpoint_cidrs": ("52.1.2.0/24",)}, "must be private"),
        ({"private_endpoint_cidrs": ("0.0.0.0/0",)}, "must be private"),
        ({"private_endpoint_cidrs": ("10.9.0.0/24", "10.9.0.0/24")}, "is listed twice"),
        ({"public_endpoint_cidrs": ("52.1.2.0/24", "52.1.2.0/24")}, "is listed twice"),
        ({"administrators": ("operator",)}, "must be the ARN of an IAM role or user"),
        (
            {"administrators": ("arn:aws:sts::111122223333:assumed-role/a/b",)},
            "must be the ARN of an IAM role",
        ),
        ({"administrators": (f"{ACCOUNT}:root",)}, "must be the ARN of an IAM role"),
        (
            {"administrators": (f"{ACCOUNT}:role/aws-service-role/eks.amazonaws.com/EKS",)},
            "must not be a service-linked role: EKS access entries do not support them",
        ),
        (
            {"viewers": (f"{ACCOUNT}:role/AWSReservedSSO_Admin_1234567890abcdef",)},
            "must contain the path of a role of IAM Identity Center  such as role/aws-reserved/",
        ),
        (
            {"administrators": ("arn:aws-cn:iam::111122223333:role/operator",)},
            "must be in the partition of eu-west-1, aws ",
        ),
        ({"viewers": ("arn:aws-us-gov:iam::111122223333:role/operator",)}, "viewers[0]"),
        (
            {"private_endpoint_cidrs": tuple(f"10.9.{i}.0/24" for i in range(65))},
            "must have at most 59 entries",
        ),
        ({"metrics_server_version": "0.8.0"}, "must be a version such as v0.8.0-eksbuild.3"),
        ({"administrators": (OPERATOR, OPERATOR)}, "administrators[1]"),
        ({"administrators": (OPERATOR,), "viewers": (OPERATOR,)}, "must not be in administrators as well"),
        ({"service_ipv4_cidr": "10.96.0.0/8"}, "10.0.0.0/8"),
        ({"service_ipv4_cidr": "10.0.0.0/8"}, "must have a prefix length of /12 to /24"),
        ({"service_ipv4_cidr": "100.64.0.0/16"}, "must be private"),
        ({"log_retention_days": 100}, "the nearest is 90"),
        ({"deletion_protection": "yes"}, "must be true or false"),
    ],
)
def test_a_cluster_that_eks_would_refuse_is_refused_first(fields: dict[str, Any], message: str) -> None:
    """Neither the provider nor the emulators validate these inputs before deployment."""
    assert message in problems(**fields)
