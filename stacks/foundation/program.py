"""Foundation: the network and the cluster that all services of an environment use."""

from __future__ import annotations

from platform_components import (
    Args,
    Cidr,
    Cluster,
    ClusterArgs,
    FoundationOutputs,
    Network,
    NetworkArgs,
    Stack,
    Zone,
)


class FoundationConfig(Args):
    """Configuration of the stack, from `Pulumi.foundation.<environment>.yaml`."""

    cidr: Cidr
    """IPv4 CIDR block of the VPC; different in each environment, so that VPCs can be peered."""

    availability_zones: tuple[Zone, ...]
    """Availability zones: two, or three if the outage of one must not affect services."""

    administrators: tuple[str, ...]
    """ARNs of the IAM roles with cluster-admin access: administrators, and the deployer of services."""

    private_endpoint_cidrs: tuple[Cidr, ...] = ()
    """CIDR blocks connected to the VPC, of an office or deployer, with access to the Kubernetes API."""

    organization_id: str | None = None
    """AWS organization whose principals can use the VPC endpoints. Default: only the account's."""


def program(stack: Stack) -> None:
    config = stack.config(FoundationConfig)
    network = Network(
        "main",
        NetworkArgs(
            cidr=config.cidr,
            availability_zones=config.availability_zones,
            organization_id=config.organization_id,
        ),
        context=stack.context,
    )
    cluster = Cluster(
        "main",
        ClusterArgs(
            administrators=config.administrators,
            private_endpoint_cidrs=config.private_endpoint_cidrs,
        ),
        context=stack.context,
        network=network.outputs,
    )
    FoundationOutputs(network=network.outputs, cluster=cluster.outputs).export()
