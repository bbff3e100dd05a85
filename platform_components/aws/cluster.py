"""Cluster: EKS in Auto Mode, with a private endpoint, encrypted secrets and all control-plane logs."""

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

from platform_components.aws.log_retention import LogRetentionDays
from platform_components.aws.network import NetworkOutputs
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
"""Kubernetes minors with standard support in EKS: to 2026-12-02, 2027-03-27 and 2027-08-02."""
KUBERNETES_VERSION: Final[KubernetesVersion] = "1.36"
"""The minor of a cluster that states none; the one that the workloads are checked against."""

_LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_CLUSTER_POLICIES: Final = {
    "cluster": "AmazonEKSClusterPolicy",
    "compute": "AmazonEKSComputePolicy",
    "block-storage": "AmazonEKSBlockStoragePolicyV2",  # the first lets a cluster snapshot another's disks
    "load-balancing": "AmazonEKSLoadBalancingPolicy",
    "networking": "AmazonEKSNetworkingPolicy",
}
_NODE_POLICIES: Final = {
    "worker": "AmazonEKSWorkerNodeMinimalPolicy",
    "registry": "AmazonEC2ContainerRegistryPullOnly",
}

_PRINCIPAL = re.compile(r"arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]+", re.ASCII)
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
            f"must be /{_WIDEST_PUBLIC_PREFIX} or narrower, or most of the internet reaches the endpoint; "
            "name your offices' or runners' addresses, or leave the endpoint private"
        )
    if not network.is_global:
        raise ValueError("must be public; private_endpoint_cidrs is for networks connected to the VPC")
    return cidr


def _private_source(cidr: str) -> str:
    if not any(IPv4Network(cidr).subnet_of(private) for private in _PRIVATE_RANGES):
        ranges = ", ".join(map(str, _PRIVATE_RANGES))
        raise ValueError(f"must be private, in one of {ranges}; public_endpoint_cidrs is for the internet")
    return cidr


def _service_range(cidr: str) -> str:
    network = IPv4Network(cidr)
    if not 12 <= network.prefixlen <= 24:
        raise ValueError("must have a prefix of /12 to /24")
    if not any(network.subnet_of(private) for private in _SERVICE_RANGES):
        raise ValueError("must be private: in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    return cidr


PrincipalArn = Annotated[str, AfterValidator(_principal)]
"""ARN of an IAM role or user."""


class ClusterArgs(ComponentArgs):
    """What a cluster is told. Every field may be left out."""

    version: KubernetesVersion = KUBERNETES_VERSION
    """Kubernetes minor. Raise it by one at a time, and before the minor's standard support ends: then EKS
    raises it by itself, rather than charge 0.50 USD an hour more for extended support, and a deployment
    that still states the old one asks EKS to go back."""

    administrators: tuple[PrincipalArn, ...] = ()
    """IAM roles and users that may do everything in the cluster: people, and who deploys the services'
    stacks. Left out: nobody may, not even who made the cluster."""

    viewers: tuple[PrincipalArn, ...] = ()
    """IAM roles and users that may see what is in namespaces, secrets aside, but neither nodes nor other
    objects of the cluster as a whole. Left out: none."""

    public_endpoint_cidrs: tuple[Annotated[Cidr, AfterValidator(_public_source)], ...] = Field(
        default=(), max_length=40
    )
    """Public addresses that reach the Kubernetes API from outside the VPC. Left out: the endpoint is
    private, and who deploys services must run in the VPC or in a network of `private_endpoint_cidrs`."""

    private_endpoint_cidrs: tuple[Annotated[Cidr, AfterValidator(_private_source)], ...] = ()
    """Private networks connected to the VPC, such as a VPN's or a peered VPC's, that reach the private
    endpoint. Left out: only the VPC itself does."""

    service_ipv4_cidr: Annotated[Cidr, AfterValidator(_service_range)] | None = None
    """Addresses of Kubernetes services, outside the VPC's. Left out: EKS takes 10.100.0.0/16 or
    172.20.0.0/16, whichever is free. Can't be changed later: it would replace the cluster."""

    log_retention_days: LogRetentionDays = sized("cluster.log_retention_days")
    """Days that CloudWatch keeps the control plane's logs, the audit log included."""

    deletion_protection: Flag = sized("cluster.deletion_protection")
    """EKS refuses to delete the cluster, whoever asks, until this is off."""

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from _twice("administrators", self.administrators)
        yield from _twice("viewers", self.viewers)
        yield from _twice("public_endpoint_cidrs", self.public_endpoint_cidrs)
        yield from _twice("private_endpoint_cidrs", self.private_endpoint_cidrs)
        for index, arn in enumerate(self.viewers):
            if arn in self.administrators:
                yield Problem(f"viewers[{index}]", "is an administrator too", "remove one of the two", arn)


def _twice(field: str, values: tuple[str, ...]) -> Iterable[Problem]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield Problem(f"{field}[{index}]", "is listed twice", "remove one", value)


class ClusterOutputs(Outputs):
    """What a cluster gives. No credentials: `kubeconfig()` asks IAM for a token at each use."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster, as `aws eks` and Pod Identity take it."""
    arn: pulumi.Output[str]
    """ARN of the cluster."""
    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API."""
    certificate_authority_data: pulumi.Output[str]
    """Certificate authority of the Kubernetes API, base64. Public."""
    version: pulumi.Output[str]
    """Kubernetes minor that the control plane runs."""
    security_group_id: pulumi.Output[str]
    """The cluster's own security group, which Auto Mode nodes and so their pods are in."""


class Cluster(Component[ClusterArgs], kind="Cluster"):
    """An EKS cluster in Auto Mode: EKS itself adds, patches and removes nodes, disks and load balancers.

    It is called `<name>-<environment>`, which people type in `aws eks update-kubeconfig` and EKS puts
    into the name of the log group. Metrics for autoscaling come with it, and it enforces network
    policies. In the production tier the cluster, its key and its logs are protected.
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

    outputs: ClusterOutputs
    cluster_name: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority_data: pulumi.Output[str]
    version: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

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
        # EKS makes this group itself, without an end to the retention, unless it finds it.
        log_group = cloudwatch.LogGroup(
            f"{name}-log-group",
            name=f"/aws/eks/{cluster_name}/cluster",
            retention_in_days=args.log_retention_days,
            opts=self.stateful_child(),
        )
        cluster_role, cluster_policies = self._role("cluster", _CLUSTER_TRUST, _CLUSTER_POLICIES)
        node_role, node_policies = self._role("node", _NODE_TRUST, _NODE_POLICIES)
        cluster = eks.Cluster(
            f"{name}-cluster",
            name=cluster_name,
            version=args.version,
            role_arn=cluster_role.arn,
            access_config={
                "authentication_mode": "API",
                "bootstrap_cluster_creator_admin_permissions": False,
            },
            bootstrap_self_managed_addons=False,  # Auto Mode brings its own
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
                # Without its policies the cluster can neither start nodes nor clean up after itself.
                depends_on=[log_group, *cluster_policies, *node_policies],
                # Read at creation only: a cluster that was made otherwise would be replaced.
                ignore_changes=[
                    "accessConfig.bootstrapClusterCreatorAdminPermissions",
                    "bootstrapSelfManagedAddons",
                ],
            ),
        )
        # Auto Mode leaves it out, and without it no HorizontalPodAutoscaler moves.
        self._addon("metrics-server", cluster, "metrics-server")
        # Auto Mode enforces no NetworkPolicy until a ConfigMap of this add-on says so. That is all it
        # brings: its pods run on no node of Auto Mode, which has the rest of it built in.
        self._addon("network-policy", cluster, "vpc-cni", {"enableNetworkPolicy": "true"})
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
        self, role: str, trust: str, policies: dict[str, str]
    ) -> tuple[iam.Role, list[iam.RolePolicyAttachment]]:
        made = iam.Role(f"{self.name}-{role}-role", assume_role_policy=trust, opts=self.child())
        attachments = [
            iam.RolePolicyAttachment(
                f"{self.name}-{role}-policy-{short}",
                role=made.name,
                policy_arn=f"arn:{self._partition}:iam::aws:policy/{policy}",
                opts=self.child(),
            )
            for short, policy in policies.items()
        ]
        return made, attachments

    def _service_network(self, network: NetworkOutputs) -> eks.ClusterKubernetesNetworkConfigArgsDict:
        config: eks.ClusterKubernetesNetworkConfigArgsDict = {
            "elastic_load_balancing": {"enabled": True},
            "ip_family": "ipv4",
        }
        services = self.args.service_ipv4_cidr
        if services:
            subject = f'Cluster "{self.name}"'
            config["service_ipv4_cidr"] = network.cidr.apply(lambda vpc: _beside(vpc, services, subject))
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
        self, role: str, cluster: eks.Cluster, addon: str, configuration: dict[str, str] | None = None
    ) -> None:
        eks.Addon(
            f"{self.name}-{role}",
            cluster_name=cluster.name,
            addon_name=addon,
            configuration_values=json.dumps(configuration) if configuration else None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            opts=self.child(),
        )

    def _private_access(self, network: NetworkOutputs) -> ec2.SecurityGroup:
        """A group for the private endpoint alone: EKS's own, which nodes share, lets in only nodes."""
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
        """Let an IAM principal into the cluster. Named after the principal: the order doesn't matter."""
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
            policy_arn=f"arn:{self._partition}:eks::aws:cluster-access-policy/{policy}",
            access_scope={"type": "cluster"},
            opts=self.child(),
        )

    @property
    def _partition(self) -> str:
        partitions = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
        region = self.context.region
        return next((name for start, name in partitions.items() if region.startswith(f"{start}-")), "aws")


def _trust(service: str, *actions: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


_CLUSTER_TRUST: Final = _trust("eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")
_NODE_TRUST: Final = _trust("ec2.amazonaws.com", "sts:AssumeRole")


def _beside(vpc: str, services: str, subject: str) -> str:
    """The range of services, checked against the VPC's, which only the deployment's engine knows."""
    if IPv4Network(services).overlaps(IPv4Network(vpc)):
        what = f"must not overlap the VPC, {vpc}"
        raise InvalidInput(subject, [Problem("service_ipv4_cidr", what, "leave it out", services)])
    return services


def _security_group_id(cluster: eks.Cluster) -> pulumi.Output[str]:
    """The group that EKS makes. Like the ARN, and unlike what else is in `vpc_config`, unknown until then."""
    # Output.all turns what it's given into plain dicts, so the property is taken before.
    both = pulumi.Output.all(cluster.arn, cluster.vpc_config.cluster_security_group_id)
    return both.apply(lambda known: str(known[1]))


def _slug(arn: str) -> str:
    """A principal in a resource's name: its own last name, and what tells it from its namesakes."""
    own = re.sub(r"[^a-z0-9]+", "-", arn.rpartition("/")[2].lower()).strip("-")
    return f"{own}-{hashlib.sha256(arn.encode()).hexdigest()[:6]}"
