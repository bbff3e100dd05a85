"""Cluster: EKS in Auto Mode, with a private endpoint, encrypted secrets and all control plane logs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Annotated, Final, Literal

import pulumi
from pulumi_aws import cloudwatch, ec2, eks, iam, kms, vpc
from pydantic import AfterValidator, Field

from platform_components.aws.access_entries import PrincipalArn, grant_access, principal_problems
from platform_components.aws.cluster_endpoint import (
    MOST_PRIVATE_SOURCES,
    PrivateSource,
    PublicSource,
    private_access,
)
from platform_components.aws.iam import trust_policy
from platform_components.aws.keys import add_key_policy
from platform_components.aws.log_retention import LogRetentionDays
from platform_components.aws.network import NetworkOutputs
from platform_components.aws.partitions import partition_of
from platform_components.base import (
    Cidr,
    Component,
    ComponentArgs,
    Context,
    Flag,
    InvalidInput,
    Outputs,
    Problem,
    matching,
    sized,
)

KubernetesVersion = Literal["1.34", "1.35", "1.36"]
"""Kubernetes versions in standard support of EKS: until 2026-12-02, 2027-03-27 and 2027-08-02."""
KUBERNETES_VERSION: Final[KubernetesVersion] = "1.36"
"""Default version of a cluster. Workloads are validated against it."""

_LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_CLUSTER_POLICIES: Final = {
    "cluster": "AmazonEKSClusterPolicy",
    "compute": "AmazonEKSComputePolicy",
    "block-storage": "AmazonEKSBlockStoragePolicyV2",  # V1 allows snapshots of other clusters' volumes
    "load-balancing": "AmazonEKSLoadBalancingPolicy",
    "networking": "AmazonEKSNetworkingPolicy",
}
_NODE_POLICIES: Final = {
    "worker": "AmazonEKSWorkerNodeMinimalPolicy",
    "registry": "AmazonEC2ContainerRegistryPullOnly",
}

_SERVICE_RANGES: Final = tuple(
    IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)


def _service_range(cidr: str) -> str:
    network = IPv4Network(cidr)
    if not 12 <= network.prefixlen <= 24:
        raise ValueError("must have a prefix length of /12 to /24")
    if not any(network.subnet_of(private) for private in _SERVICE_RANGES):
        raise ValueError("must be private: within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    return cidr


AddonVersion = Annotated[
    str, matching(r"v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+", "a version such as v0.8.0-eksbuild.3")
]
"""Version of an EKS add-on, as `aws eks describe-addon-versions` lists it."""


class ClusterArgs(ComponentArgs):
    """Arguments of `Cluster`. All fields are optional."""

    version: KubernetesVersion = KUBERNETES_VERSION
    """Kubernetes version. Upgrade one minor version at a time, before standard support ends. At its end,
    EKS upgrades the cluster automatically (extended support, at an additional 0.50 USD per hour, is off),
    and a deployment with the old version then requests a downgrade."""

    administrators: tuple[PrincipalArn, ...] = ()
    """IAM roles and users with full access to the cluster: administrators, and the roles that deploy the
    stacks of services. Required in the production tier. Default: none, not even the cluster's creator."""

    viewers: tuple[PrincipalArn, ...] = ()
    """IAM roles and users with read access to objects in namespaces except Secrets, and without access to
    nodes and other cluster-scoped objects. Default: none."""

    public_endpoint_cidrs: tuple[PublicSource, ...] = Field(default=(), max_length=40)
    """Public CIDR blocks with access to the Kubernetes API. Default: none; the endpoint is private, and
    services must be deployed from the VPC or from a network in `private_endpoint_cidrs`."""

    private_endpoint_cidrs: tuple[PrivateSource, ...] = Field(default=(), max_length=MOST_PRIVATE_SOURCES)
    """CIDR blocks of networks connected to the VPC, such as a VPN or a peered VPC, with access to the
    private endpoint. Default: none; only the VPC has access."""

    service_ipv4_cidr: Annotated[Cidr, AfterValidator(_service_range)] | None = None
    """CIDR block of Kubernetes Services. It must not overlap the VPC's. Default: EKS selects
    10.100.0.0/16 or 172.20.0.0/16. Changing it replaces the cluster."""

    log_retention_days: LogRetentionDays = sized("cluster.log_retention_days")
    """Retention of the control plane logs, including the audit log, in CloudWatch Logs, in days."""

    deletion_protection: Flag = sized("cluster.deletion_protection")
    """Deletion protection: while it is on, EKS rejects requests to delete the cluster."""

    metrics_server_version: AddonVersion | None = None
    """Version of the Metrics Server add-on. EKS never updates an add-on on its own. Default: the version
    that is the default for the cluster's Kubernetes version when the add-on is created."""

    def problems(self, context: Context) -> Iterable[Problem]:
        if context.production and not self.administrators:
            what = "must have at least one entry in the production tier"
            yield Problem("administrators", what, "add a role; without one, no principal has access", [])
        yield from principal_problems("administrators", self.administrators, context.region)
        yield from principal_problems("viewers", self.viewers, context.region)
        yield from _duplicates("administrators", self.administrators)
        yield from _duplicates("viewers", self.viewers)
        yield from _duplicates("public_endpoint_cidrs", self.public_endpoint_cidrs)
        yield from _duplicates("private_endpoint_cidrs", self.private_endpoint_cidrs)
        for index, arn in enumerate(self.viewers):
            if arn in self.administrators:
                what = "must not be in administrators as well"
                yield Problem(f"viewers[{index}]", what, "remove one of them", arn)


def _duplicates(field: str, values: tuple[str, ...]) -> Iterable[Problem]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield Problem(f"{field}[{index}]", "is listed twice", "remove one", value)


class ClusterOutputs(Outputs):
    """Outputs of `Cluster`. They contain no credentials: `kubeconfig()` requests a token at each use."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster, for `aws eks` and Pod Identity."""
    arn: pulumi.Output[str]
    """ARN of the cluster."""
    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API."""
    certificate_authority_data: pulumi.Output[str]
    """Certificate of the Kubernetes API's certificate authority, base64-encoded. Not a secret."""
    version: pulumi.Output[str]
    """Kubernetes version of the control plane."""
    security_group_id: pulumi.Output[str]
    """ID of the cluster security group, which EKS creates for Auto Mode nodes and their pods."""


class Cluster(Component[ClusterArgs, ClusterOutputs], ClusterOutputs, kind="Cluster"):
    """An EKS cluster in Auto Mode: EKS manages nodes, block storage and load balancers.

    Its name is `<name>-<environment>`, without a random suffix, for `aws eks update-kubeconfig` and the
    name of its log group. It includes the Metrics Server for autoscaling. `PlatformServices` configures it to
    enforce network policies.
    In the production tier the cluster, its KMS key and its logs are protected.
    """

    child_types = MappingProxyType(
        {
            "key": kms.Key,
            "key-policy": kms.KeyPolicy,
            "log-group": cloudwatch.LogGroup,
            "cluster-role": iam.Role,
            "cluster-policy": iam.RolePolicyAttachment,
            "node-role": iam.Role,
            "node-policy": iam.RolePolicyAttachment,
            "endpoint-security-group": ec2.SecurityGroup,
            "endpoint-ingress": vpc.SecurityGroupIngressRule,
            "cluster": eks.Cluster,
            "metrics-server": eks.Addon,
            "network-policy": eks.Addon,
            "access-entry": eks.AccessEntry,
            "access-policy": eks.AccessPolicyAssociation,
        }
    )
    owned = MappingProxyType(
        {
            child: {"name": "choose another name for the component: log group and cluster share it"}
            for child in ("cluster", "log-group")
        }
    )

    def __init__(
        self,
        name: str,
        args: ClusterArgs | None = None,
        *,
        context: Context,
        network: NetworkOutputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args or ClusterArgs(), context, opts)
        args = self.args
        cluster_name = f"{name}-{context.environment}"

        key = kms.Key(
            f"{name}-key",
            description=f"Kubernetes secrets of the cluster {cluster_name}",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            opts=self.stateful_child(),
        )
        log_key_arn = add_key_policy(self, key)
        # If the log group does not exist, EKS creates it, with unlimited retention.
        log_group = cloudwatch.LogGroup(
            f"{name}-log-group",
            name=f"/aws/eks/{cluster_name}/cluster",
            retention_in_days=args.log_retention_days,
            kms_key_id=log_key_arn,
            opts=self.stateful_child(),
        )
        cluster_role, cluster_policies = self._role("cluster", "eks", _CLUSTER_POLICIES, "sts:TagSession")
        node_role, node_policies = self._role("node", "ec2", _NODE_POLICIES)
        cluster = eks.Cluster(
            f"{name}-cluster",
            name=cluster_name,
            version=args.version,
            role_arn=cluster_role.arn,
            access_config={
                "authentication_mode": "API",
                "bootstrap_cluster_creator_admin_permissions": False,
            },
            bootstrap_self_managed_addons=False,  # Auto Mode includes them
            compute_config={
                "enabled": True,
                "node_pools": ["general-purpose", "system"],
                "node_role_arn": node_role.arn,
            },
            storage_config={"block_storage": {"enabled": True}},
            kubernetes_network_config=self._service_network(network),
            vpc_config=self._endpoint(network),
            encryption_config={"provider": {"key_arn": key.arn}, "resources": ["secrets"]},
            enabled_cluster_log_types=list(_LOG_TYPES),
            upgrade_policy={"support_type": "STANDARD"},
            zonal_shift_config={"enabled": True},
            deletion_protection=args.deletion_protection,
            opts=self.stateful_child(
                # Without these policies the cluster can neither start nodes nor delete its resources.
                depends_on=[log_group, *cluster_policies, *node_policies],
                # Used only at creation; a difference would replace the cluster.
                ignore_changes=[
                    "accessConfig.bootstrapClusterCreatorAdminPermissions",
                    "bootstrapSelfManagedAddons",
                ],
            ),
        )
        # Auto Mode does not include it, and HorizontalPodAutoscalers require it.
        self._addon("metrics-server", cluster, "metrics-server", version=args.metrics_server_version)
        # PlatformServices makes Auto Mode enforce NetworkPolicies. The add-on, whose pods do not run on Auto
        # Mode nodes, did so before; deleting it would delete the CRD of policyendpoints too (ADR 23).
        self._addon(
            "network-policy", cluster, "vpc-cni", {"enableNetworkPolicy": "true"}, keep_on_delete=True
        )
        for arn in args.administrators:
            grant_access(self, cluster, arn, "AmazonEKSClusterAdminPolicy")
        for arn in args.viewers:
            grant_access(self, cluster, arn, "AmazonEKSViewPolicy")

        self.finish(
            ClusterOutputs(
                cluster_name=cluster.name,
                arn=cluster.arn,
                endpoint=cluster.endpoint,
                certificate_authority_data=cluster.certificate_authority.data,
                version=cluster.version,
                security_group_id=_security_group_id(cluster),
            )
        )

    @property
    def summary(self) -> str:
        public = "public endpoint for " + ", ".join(self.args.public_endpoint_cidrs)
        endpoint = public if self.args.public_endpoint_cidrs else "private endpoint"
        modes = ("compute_config", "storage_config", "kubernetes_network_config")
        parts = [
            self.stated(f"EKS {self.args.version}", "cluster.version"),
            self.stated("Auto Mode", *(f"cluster.{mode}" for mode in modes)),
        ]
        version = " ".join(filter(None, parts))
        return " · ".join(filter(None, [version, self.stated(endpoint, "cluster.vpc_config")]))

    def _role(
        self, prefix: str, service: str, policies: dict[str, str], *actions: str
    ) -> tuple[iam.Role, list[iam.RolePolicyAttachment]]:
        """A role for an AWS service, with AWS managed policies."""
        trust = trust_policy(f"{service}.amazonaws.com", "sts:AssumeRole", *actions)
        role = iam.Role(f"{self.name}-{prefix}-role", assume_role_policy=trust, opts=self.child())
        attachments = [
            iam.RolePolicyAttachment(
                f"{self.name}-{prefix}-policy-{short}",
                role=role.name,
                policy_arn=f"arn:{partition_of(self.context.region).name}:iam::aws:policy/{policy}",
                opts=self.child(),
            )
            for short, policy in policies.items()
        ]
        return role, attachments

    def _service_network(self, network: NetworkOutputs) -> eks.ClusterKubernetesNetworkConfigArgsDict:
        config: eks.ClusterKubernetesNetworkConfigArgsDict = {
            "elastic_load_balancing": {"enabled": True},
            "ip_family": "ipv4",
        }
        services = self.args.service_ipv4_cidr
        if services:
            subject = f'Cluster "{self.name}"'
            config["service_ipv4_cidr"] = network.cidr.apply(lambda vpc: _outside_vpc(vpc, services, subject))
        return config

    def _endpoint(self, network: NetworkOutputs) -> eks.ClusterVpcConfigArgsDict:
        config: eks.ClusterVpcConfigArgsDict = {
            "subnet_ids": network.private_subnet_ids,
            "security_group_ids": [private_access(self, network, self.args.private_endpoint_cidrs).id],
            "endpoint_private_access": True,
            "endpoint_public_access": bool(self.args.public_endpoint_cidrs),
        }
        if self.args.public_endpoint_cidrs:
            config["public_access_cidrs"] = list(self.args.public_endpoint_cidrs)
        return config

    def _addon(
        self,
        suffix: str,
        cluster: eks.Cluster,
        addon: str,
        configuration: dict[str, str] | None = None,
        *,
        version: str | None = None,
        keep_on_delete: bool = False,
    ) -> None:
        eks.Addon(
            f"{self.name}-{suffix}",
            cluster_name=cluster.name,
            addon_name=addon,
            addon_version=version,
            configuration_values=json.dumps(configuration) if configuration else None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            preserve=keep_on_delete or None,
            opts=self.child(),
        )


def _outside_vpc(vpc: str, services: str, subject: str) -> str:
    """Return the block of Services. Raises InvalidInput if it overlaps the VPC's, an Output."""
    if IPv4Network(services).overlaps(IPv4Network(vpc)):
        what = f"must not overlap the VPC, {vpc}"
        remedy = "remove it to let EKS select a block"
        raise InvalidInput(subject, [Problem("service_ipv4_cidr", what, remedy, services)])
    return services


def _security_group_id(cluster: eks.Cluster) -> pulumi.Output[str]:
    """The ID of the cluster security group. The ARN makes it unknown in previews, unlike `vpc_config`."""

    def known(answer: list[str | None]) -> str:
        if answer[1]:
            return answer[1]
        what, remedy = "is missing in the answer of EKS", "run `pulumi refresh`"
        raise InvalidInput(str(answer[0]), [Problem("clusterSecurityGroupId", what, remedy)])

    # Output.all turns output types into plain dicts, so the property is read before.
    return pulumi.Output.all(cluster.arn, cluster.vpc_config.cluster_security_group_id).apply(known)
