"""Foundation: services import its outputs."""

from __future__ import annotations

import pulumi

from platform_components.aws.cluster import Cluster, ClusterArgs
from platform_components.aws.network import Network, NetworkArgs
from platform_components.base import Context
from platform_components.foundation import FoundationOutputs
from platform_components.testing import UNKNOWN, render

STACK = "organization/test/foundation.dev"


def _foundation() -> None:
    context = Context(
        environment="dev", tier="development", region="eu-west-1", service="foundation", owner="platform-team"
    )
    zones = ("eu-west-1a", "eu-west-1b")
    network = Network("main", NetworkArgs(availability_zones=zones), context=context)
    cluster = Cluster("main", ClusterArgs(), context=context, network=network.outputs)
    FoundationOutputs(network=network.outputs, cluster=cluster.outputs).export()


def _service() -> None:
    foundation = FoundationOutputs.imported(pulumi.StackReference(STACK))
    pulumi.export("zones", foundation.network.availability_zones)
    pulumi.export("cluster", foundation.cluster.cluster_name)
    pulumi.export("group", foundation.cluster.security_group_id)


def test_a_service_imports_the_outputs_of_the_foundation() -> None:
    """Known and unknown values are imported as such, in the same fields."""
    exported = render(_foundation).outputs
    assert all(name.startswith(("network_", "cluster_")) for name in exported)
    read = render(_service, references={STACK: exported}).outputs
    assert read == {"zones": ["eu-west-1a", "eu-west-1b"], "cluster": "main-dev", "group": UNKNOWN}
