"""Fixtures for tests of components: a context of each tier, and a network."""

from __future__ import annotations

import pulumi

from platform_components.aws.network import NetworkOutputs
from platform_components.base import Context, Tier


def context_of(tier: Tier) -> Context:
    """Return a context of a tier, with sample values."""
    return Context(environment="here", tier=tier, region="eu-west-1", service="shop", owner="orders-team")


def network() -> NetworkOutputs:
    """Return the outputs of a deployed network. Must be called from a running program."""
    return NetworkOutputs(
        vpc_id=pulumi.Output.from_input("vpc-1"),
        cidr=pulumi.Output.from_input("10.20.0.0/16"),
        availability_zones=pulumi.Output.from_input(["eu-west-1a", "eu-west-1b"]),
        public_subnet_ids=pulumi.Output.from_input(["subnet-public-a", "subnet-public-b"]),
        private_subnet_ids=pulumi.Output.from_input(["subnet-private-a", "subnet-private-b"]),
        data_subnet_ids=pulumi.Output.from_input(["subnet-data-a", "subnet-data-b"]),
    )
