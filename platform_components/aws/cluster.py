"""Cluster: EKS in Auto Mode, with a private endpoint, encrypted secrets and all control plane logs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Annotated, Final, Literal

import pulumi
from pulumi_aws import cloudwatch, ec2, eks, iam, kms, vpc
from pydantic import AfterValidator, Field

from platform_components.aws.iam import trust_policy
from platform_components.aws.log_retention import LogRetentionDays
from platform_components.aws.network import NetworkOutputs
from platform_components.aws.partitions import partition_of
from platform_components.base import (
    Cidr,
    Component,
    ComponentArgs,
    Context,
    Flag,
    Input,
    InvalidInput,
    Outputs,
    Problem,
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

_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]+", re.ASCII)
_SERVICE_RANGES: Final = tuple(
    IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_PRIVATE_RANGES: Final = (*_SERVICE_RANGES, IPv4Network("100.64.0.0/10"))
_WIDEST_PUBLIC_PREFIX: Final = 8


def _principal(arn: str) -> str:
    if not _PRINCIPAL.fullmatch(arn):
        raise ValueError("must be the ARN of an IAM role or user, such as arn:aws:iam::111122223333:role/ops")
    return arn


def _public_source(cidr: str) -> str:
    network = IPv4Network(cidr)
    if network.prefixlen < _WIDEST_PUBLIC_PREFIX:
        raise ValueError(
            f"must be /{_WIDEST_PUBLIC_PREFIX} or narrower; "
            "list the addresses of your offices or runners, or keep the endpoint private"
        )
    if not network.is_global:
        raise ValueError("must be public; use private_endpoint_cidrs for networks connected to the VPC")
    return cidr


def _private_source(cidr: str) -> str:
    if not any(IPv4Network(cidr).subnet_of(private) for private in _PRIVATE_RANGES):
        ranges = ", ".join(map(str, _PRIVATE_RANGES))
        raise ValueError(f"must be private: within {ranges}; use public_endpoint_cidrs for public addresses")
    return cidr


def _service_range(cidr: str) -> str:
    network = IPv4Network(cidr)
    if not 12 <= network.prefixlen <= 24:
        raise ValueError("must have a prefix length of /12 to /24")
    if not any(network.subnet_of(private) for private in _SERVICE_RANGES):
        raise ValueError("must be private: within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    return cidr


PrincipalArn = Annotated[str, AfterValidator(_principal)]
"""ARN of an IAM role or user."""


class ClusterArgs(ComponentArgs):
    """Arguments of `Cluster`. All fields are optional."""

    version: KubernetesVersion = KUBERNETES_VERSION
    """Kubernetes version. Upgrade one minor version at a time, before standard support ends. At its end,
    EKS upgrades the cluster automatically (extended support, at an additional 0.50 USD per hour, is off),
    and a deployment with the old version then requests a downgrade."""

    administrators: tuple[PrincipalArn, ...] = ()
    """IAM roles and users with full access to the cluster: administrators, and the roles that deploy the
    stacks of services. Default: none, not even the cluster's creator."""

    viewers: tuple[PrincipalArn, ...] = ()
    """IAM roles and users with read access to objects in namespaces except Secrets, and without access to
    nodes and other cluster-scoped objects. Default: none."""

    public_endpoint_cidrs: tuple[Annotated[Cidr, AfterValidator(_public_source)], ...] = Field(
        default=(), max_length=40
    )
    """Public CIDR blocks with access to the Kubernetes API. Default: none; the endpoint is private, and
    services must be deployed from the VPC or from a network in `private_endpoint_cidrs`."""

    private_endpoint_cidrs: tuple[Annotated[Cidr, AfterValidator(_private_source)], ...] = ()
    """CIDR blocks of networks connected to the VPC, such as a VPN or a peered VPC, with access to the
    private endpoint. Default: none; only the VPC has access."""

    service_ipv4_cidr: Annotated[Cidr, AfterValidator(_service_range)] | None = None
    """CIDR block of Kubernetes Services. It must not overlap the VPC's. Default: EKS selects
    10.100.0.0/16 or 172.20.0.0/16. Changing it replaces the cluster."""

    log_retention_days: LogRetentionDays = sized("cluster.log_retention_days")
    """Retention of the control plane logs, including the audit log, in CloudWatch Logs, in days."""

    deletion_protection: Flag = sized("cluster.deletion_protection")
    """Deletion protection: while it is on, EKS rejects requests to delete the cluster."""

    def problems(self, context: Context) -> Iterable[Problem]:
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
        # If the log group does not exist, EKS creates it, with unlimited retention.
        log_group = cloudwatch.LogGroup(
            f"{name}-log-group",
            name=f"/aws/eks/{cluster_name}/cluster",
            retention_in_days=args.log_retention_days,
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
        self._addon("metrics-server", cluster, "metrics-server")
        # PlatformServices makes Auto Mode enforce NetworkPolicies. The add-on, whose pods do not run on Auto
        # Mode nodes, did so before; deleting it would delete the CRD of policyendpoints too (ADR 23).
        self._addon(
            "network-policy", cluster, "vpc-cni", {"enableNetworkPolicy": "true"}, keep_on_delete=True
        )
        for arn in args.administrators:
            self._grant(cluster, arn, "AmazonEKSClusterAdminPolicy")
        for arn in args.viewers:
            self._grant(cluster, arn, "AmazonEKSViewPolicy")

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
        return f"EKS {self.args.version} Auto Mode · {endpoint}"

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
            "security_group_ids": [self._private_access(network).id],
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
        keep_on_delete: bool = False,
    ) -> None:
        eks.Addon(
            f"{self.name}-{suffix}",
            cluster_name=cluster.name,
            addon_name=addon,
            configuration_values=json.dumps(configuration) if configuration else None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            preserve=keep_on_delete or None,
            opts=self.child(),
        )

    def _private_access(self, network: NetworkOutputs) -> ec2.SecurityGroup:
        """A security group for the private endpoint. The cluster security group admits only nodes."""
        group = ec2.SecurityGroup(
            f"{self.name}-endpoint-security-group",
            description=f"Private endpoint of the cluster {self.name}",
            vpc_id=network.vpc_id,
            opts=self.child(),
        )
        sources: dict[str, Input[str]] = {"vpc": network.cidr}
        sources |= {re.sub(r"[./]", "-", cidr): cidr for cidr in self.args.private_endpoint_cidrs}
        for slug, source in sources.items():
            vpc.SecurityGroupIngressRule(
                f"{self.name}-endpoint-ingress-{slug}",
                security_group_id=group.id,
                description="Kubernetes API",
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                cidr_ipv4=source,
                opts=self.child(),
            )
        return group

    def _grant(self, cluster: eks.Cluster, arn: str, policy: str) -> None:
        """Grant an IAM principal access. Child names contain the principal, so the order is irrelevant."""
        entry = eks.AccessEntry(
            f"{self.name}-access-entry-{_slug(arn)}",
            cluster_name=cluster.name,
            principal_arn=arn,
            type="STANDARD",
            opts=self.child(),
        )
        eks.AccessPolicyAssociation(
            f"{self.name}-access-policy-{_slug(arn)}",
            cluster_name=cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=f"arn:{partition_of(self.context.region).name}:eks::aws:cluster-access-policy/{policy}",
            access_scope={"type": "cluster"},
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


def _slug(arn: str) -> str:
    """A principal as part of a child name: the last part of its ARN, and a hash to make it unique."""
    own = re.sub(r"[^a-z0-9]+", "-", arn.rpartition("/")[2].lower()).strip("-")
    return f"{own}-{hashlib.sha256(arn.encode()).hexdigest()[:6]}"
