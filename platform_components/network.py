"""Network: a VPC over two or three availability zones, with public, private and data subnets."""

from __future__ import annotations

import pulumi

from platform_components.base import Outputs


class NetworkOutputs(Outputs):
    """What a network gives. Lists are in the order of the zones' letters."""

    vpc_id: pulumi.Output[str]
    """ID of the VPC."""
    cidr: pulumi.Output[str]
    """IPv4 range of the VPC."""
    availability_zones: pulumi.Output[list[str]]
    """The zones that have subnets."""
    public_subnet_ids: pulumi.Output[list[str]]
    """Subnets for internet-facing load balancers, one a zone."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Subnets for workloads, one a zone; they reach the internet through NAT, if there is any."""
    data_subnet_ids: pulumi.Output[list[str]]
    """Subnets for databases and caches, one a zone; no route leads out of the VPC."""
