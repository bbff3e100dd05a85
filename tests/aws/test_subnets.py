"""Subnets: the plan that divides the range of a VPC."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

from hypothesis import given

from platform_components.aws.subnets import TIERS, ZONES, subnet_plan
from tests.samples import vpc_cidrs


@given(vpc_cidrs)
def test_all_possible_subnets_lie_inside_the_vpc_and_apart(cidr: str) -> None:
    """Whatever the VPC's range, each tier has room in each of six zones, and AWS accepts the sizes."""
    ranges = {name: IPv4Network(planned) for name, planned in subnet_plan(cidr).items()}
    assert ranges.keys() == {f"{tier}-{zone}" for tier in TIERS for zone in ZONES}
    assert all(planned.subnet_of(IPv4Network(cidr)) for planned in ranges.values())
    assert not any(one.overlaps(other) for one, other in combinations(ranges.values(), 2))
    assert all(planned.prefixlen <= 27 for planned in ranges.values())  # the least for a load balancer


def test_the_plan_stays_as_it_was_published() -> None:
    """A subnet with another range would be replaced, and everything in it: the plan never changes."""
    plan = subnet_plan("10.20.0.0/16")
    assert [plan[name] for name in ("private-a", "private-b", "private-f")] == [
        "10.20.0.0/19",
        "10.20.32.0/19",
        "10.20.160.0/19",
    ]
    assert [plan[name] for name in ("public-a", "public-f", "data-a", "data-f")] == [
        "10.20.192.0/23",
        "10.20.202.0/23",
        "10.20.204.0/23",
        "10.20.214.0/23",
    ]
    assert subnet_plan("10.20.0.0/22")["private-b"] == "10.20.0.64/26"
    assert subnet_plan("10.20.0.0/22")["public-a"] == "10.20.1.128/27"
