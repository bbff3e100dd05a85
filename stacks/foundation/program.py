"""The foundation of an environment: the network and the cluster that every service stands on."""

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
    """What differs between the environments, from `Pulumi.foundation.<environment>.yaml`."""

    cidr: Cidr
    """Address range of the VPC; no two environments share one, so that they can be peered."""

    availability_zones: tuple[Zone, ...]
    """The zones to build in: two, or three where an outage of one must not be felt."""

    administrators: tuple[str, ...]
    """ARNs of the IAM roles that administer the cluster: people, and who deploys the services."""

    private_endpoint_cidrs: tuple[Cidr, ...] = ()
    """Networks connected to the VPC, such as an office's or the deployer's, that reach the Kubernetes API."""


def program(stack: Stack) -> None:
    config = stack.config(FoundationConfig)
    network = Network(
        "main",
        NetworkArgs(cidr=config.cidr, availability_zones=config.availability_zones),
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
