"""What the foundation stack gives to the stacks of services: one typed import."""

from __future__ import annotations

from platform_components.aws.cluster import ClusterOutputs
from platform_components.aws.network import NetworkOutputs
from platform_components.base import Outputs


class FoundationOutputs(Outputs):
    """The outputs of the foundation stack.

    A service's stack reads them with `FoundationOutputs.imported(stack.upstream("foundation"))`.
    """

    network: NetworkOutputs
    """The VPC and its subnets."""
    cluster: ClusterOutputs
    """The cluster that the services' workloads run in."""
