"""Foundation: the outputs of the foundation stack, for import in other stacks."""

from __future__ import annotations

from platform_components.aws.cluster import ClusterOutputs
from platform_components.aws.network import NetworkOutputs
from platform_components.base import Outputs


class FoundationOutputs(Outputs):
    """Outputs of the foundation stack.

    The stack of a service imports them with `FoundationOutputs.imported(stack.upstream("foundation"))`.
    """

    network: NetworkOutputs
    """Outputs of `Network`."""
    cluster: ClusterOutputs
    """Outputs of `Cluster`, in which the services run."""
