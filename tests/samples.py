"""What components are made from in tests: contexts of each tier, and what other stacks deployed before."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import pulumi
from hypothesis import strategies as st

from platform_components.aws.cluster import ClusterOutputs
from platform_components.aws.network import NetworkOutputs
from platform_components.base import Component, Context, Tier
from platform_components.foundation import FoundationOutputs
from platform_components.platform_services import PlatformServicesOutputs

ACCOUNT = "111122223333"
KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET_ARN = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:stripe-AbCdEf"
IMAGE = "registry.example/shop@sha256:" + "0" * 64
ZONES = ("eu-west-1a", "eu-west-1b")

vpc_cidrs = st.builds(
    lambda address, prefix: str(IPv4Network(((10 << 24) + address, prefix), strict=False)),
    st.integers(0, 2**24 - 1),
    st.integers(16, 22),
)
"""Ranges that a VPC can have, for property tests."""

Build = Callable[[Context], Component[Any]]
"""A way to make a component, as the `VARIANTS` of its test module name them."""


def context_of(tier: Tier) -> Context:
    """Return a context of a tier, with sample values."""
    return Context(environment="here", tier=tier, region="eu-west-1", service="shop", owner="orders-team")


def full_context(tier: Tier) -> Context:
    """A context that states every fact, so that each tag and label has a value."""
    return Context(
        environment="live",
        tier=tier,
        region="eu-west-1",
        service="shop",
        owner="shop-team",
        cost_center="4711",
        data_classification="confidential",
    )


def given_network() -> NetworkOutputs:
    """The outputs of a network that was deployed before. To be called where a program runs."""
    return NetworkOutputs(
        vpc_id=_output("vpc-1"),
        cidr=_output("10.20.0.0/16"),
        availability_zones=_output(list(ZONES)),
        public_subnet_ids=_output(["subnet-public-a", "subnet-public-b"]),
        private_subnet_ids=_output(["subnet-private-a", "subnet-private-b"]),
        data_subnet_ids=_output(["subnet-data-a", "subnet-data-b"]),
        data_subnet_cidrs=_output(["10.20.2.0/24", "10.20.3.0/24"]),
    )


def given_foundation() -> FoundationOutputs:
    """The outputs of a foundation stack that was deployed before. To be called where a program runs."""
    cluster = ClusterOutputs(
        cluster_name=_output("main-live"),
        arn=_output(f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/main-live"),
        endpoint=_output("https://main.example"),
        certificate_authority_data=_output("LS0t"),
        version=_output("1.36"),
        security_group_id=_output("sg-1"),
    )
    return FoundationOutputs(network=given_network(), cluster=cluster)


def given_platform_services(*, sync: bool = True) -> PlatformServicesOutputs:
    """The outputs of a platform-services stack that was deployed before. Call it in a program."""
    return PlatformServicesOutputs(
        network_policy=_output("kube-system/amazon-vpc-cni"),
        csi_driver=_output("secrets-store.csi.k8s.io"),
        sync_to_kubernetes=_output(sync),
    )


def _output(value: Any) -> pulumi.Output[Any]:
    return pulumi.Output.from_input(value)
