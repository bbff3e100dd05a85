"""Network: its subnet plan, its routes, and input validation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, strategies as st

from platform_components.aws.network import Network, NetworkArgs
from platform_components.aws.subnets import TIERS, ZONES, subnet_plan
from platform_components.base import Context, InvalidInput, Tier
from platform_components.testing import Graph, render
from tests.deployed import arn_of, render_deployed
from tests.samples import Build, vpc_cidrs

ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"

ADDRESS = "aws:ec2/eip:Eip"
SUBNET = "aws:ec2/subnet:Subnet"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"

VARIANTS: Mapping[str, Build] = {
    "minimal": lambda context: Network("main", NetworkArgs(availability_zones=zones("ab")), context=context),
    "without-nat": lambda context: Network(
        "main", NetworkArgs(availability_zones=zones("ab"), nat="none"), context=context
    ),
}


def context(tier: Tier = "development") -> Context:
    return Context(
        environment="test", tier=tier, region="eu-west-1", service="foundation", owner="platform-team"
    )


def zones(letters: str) -> tuple[str, ...]:
    return tuple(f"eu-west-1{letter}" for letter in letters)


def network(tier: Tier = "development", letters: str = "ab", **fields: Any) -> Graph:
    args = NetworkArgs(availability_zones=zones(letters), **fields)
    return render(lambda: Network("main", args, context=context(tier)))


def summary(tier: Tier, **fields: Any) -> str:
    made: list[Network] = []
    args = NetworkArgs(availability_zones=zones("abc"), **fields)
    render(lambda: made.append(Network("main", args, context=context(tier))))
    return made[0].summary


def names(graph: Graph, type_: str) -> list[str]:
    return [resource.name for resource in graph.of_type(type_)]


def problems(**fields: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        NetworkArgs(**{"availability_zones": zones("ab")} | fields).resolve(context(), "Network")
    return str(caught.value)


some_zones = st.lists(st.sampled_from(ZONES), min_size=2, max_size=3, unique=True)


@given(vpc_cidrs, some_zones, st.sampled_from(ZONES), st.randoms())
def test_adding_a_zone_moves_no_subnet(cidr: str, letters: list[str], added: str, random: Any) -> None:
    """A subnet's block does not depend on the other zones or their order."""
    before = NetworkArgs(cidr=cidr, availability_zones=zones("".join(letters))).subnets()
    more = [*letters, added] if added not in letters and len(letters) < 3 else letters
    random.shuffle(more)
    after = NetworkArgs(cidr=cidr, availability_zones=zones("".join(more))).subnets()
    assert before.items() <= after.items()


def test_a_subnet_takes_the_range_that_it_is_given() -> None:
    """`subnet_cidrs` overrides single blocks of the plan."""
    graph = network(subnet_cidrs={"private-a": "10.20.64.0/18"})
    given_range = graph.one(SUBNET, "main-subnet-private-a").inputs["cidrBlock"]
    assert given_range == "10.20.64.0/18"
    assert graph.one(SUBNET, "main-subnet-private-b").inputs["cidrBlock"] == "10.20.32.0/19"


def test_kubernetes_finds_the_subnets_for_its_load_balancers() -> None:
    """Public subnets have the tag for internet-facing load balancers, private ones that for internal ones."""
    graph = network()
    tags = {tier: graph.one(SUBNET, f"main-subnet-{tier}-a").inputs["tags"] for tier in TIERS}
    assert tags["public"]["kubernetes.io/role/elb"] == "1"
    assert tags["private"]["kubernetes.io/role/internal-elb"] == "1"
    assert not any(key.startswith("kubernetes.io") for key in tags["data"])


def test_nothing_gets_a_public_address_by_itself() -> None:
    """This includes public subnets, where load balancers and NAT gateways have their own addresses."""
    assert {subnet.inputs["mapPublicIpOnLaunch"] for subnet in network().of_type(SUBNET)} == {False}


def test_the_data_tier_has_no_way_to_the_internet() -> None:
    """The route table of data subnets has no default route, in any tier."""
    for tier in ("production", "development"):
        assert not [name for name in names(network(tier, "abc"), ROUTE) if "data" in name]


def test_production_survives_the_loss_of_a_zone() -> None:
    """Production has one NAT gateway per zone; other tiers have a single one, in the first zone."""
    assert names(network("production", "abc"), NAT) == ["main-nat-a", "main-nat-b", "main-nat-c"]
    assert names(network("staging", "ba"), NAT) == ["main-nat-b"]


def test_going_from_one_nat_gateway_to_one_a_zone_only_adds() -> None:
    """Partners may have the address on their allow lists, so it stays the same."""
    single, per_zone = network(nat="single"), network(nat="per-zone", interface_endpoints=())
    kept = {(resource.type, resource.name) for resource in single.managed}
    added = {(resource.type, resource.name) for resource in per_zone.managed} - kept
    assert kept <= {(resource.type, resource.name) for resource in per_zone.managed}
    assert added == {(ADDRESS, "main-nat-address-b"), (NAT, "main-nat-b")}


def test_without_nat_private_subnets_have_no_way_out_but_endpoints() -> None:
    """There is no gateway, address or route; EKS nodes use interface endpoints in the VPC."""
    graph = network(nat="none")
    assert not names(graph, NAT)
    assert not names(graph, ADDRESS)
    assert names(graph, ROUTE) == ["main-route-public"]
    services = {
        endpoint.inputs["serviceName"].partition("eu-west-1.")[2] for endpoint in graph.of_type(ENDPOINT)
    }
    assert services >= {"s3", "ecr.api", "ecr.dkr", "ec2", "eks", "eks-auth", "sts"}


def test_s3_never_costs_nat_traffic() -> None:
    """The gateway endpoint is free, so every route table has it, in every tier."""
    graph = network(letters="abc")
    endpoint = graph.one(ENDPOINT, "main-endpoint-s3").inputs
    assert endpoint["vpcEndpointType"] == "Gateway"
    assert len(endpoint["routeTableIds"]) == len(names(graph, "aws:ec2/routeTable:RouteTable"))


def test_interface_endpoints_are_paid_for_where_availability_comes_first() -> None:
    """With a single NAT gateway there are none by default; they can be enabled."""
    assert names(network("development"), ENDPOINT) == ["main-endpoint-s3"]
    assert "main-endpoint-secretsmanager" in names(network("production"), ENDPOINT)
    assert "main-endpoint-ecr-api" in names(network(interface_endpoints=("ecr.api",)), ENDPOINT)


def test_endpoints_accept_https_from_the_vpc_alone() -> None:
    """The rule is a separate resource, because inline rules of the group would conflict with it."""
    graph = network("production", cidr="10.30.0.0/16")
    rule = graph.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("10.30.0.0/16", 443, 443)
    assert "ingress" not in graph.one("aws:ec2/securityGroup:SecurityGroup").inputs


def test_the_default_security_group_is_closed() -> None:
    """Rules are explicitly empty, so that manually added ones show as a difference."""
    group = network().one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs
    assert (group["ingress"], group["egress"]) == ([], [])


@pytest.mark.parametrize(("tier", "days"), [("production", 365), ("staging", 30), ("development", 7)])
def test_every_connection_is_logged_for_as_long_as_the_tier_says(tier: Tier, days: int) -> None:
    """Accepted and rejected traffic is recorded; the logs are protected in production."""
    graph = network(tier)
    assert graph.one("aws:ec2/flowLog:FlowLog").inputs["trafficType"] == "ALL"
    group = graph.one("aws:cloudwatch/logGroup:LogGroup")
    assert group.inputs["retentionInDays"] == days
    assert group.protect is (tier == "production")


def test_only_this_accounts_flow_logs_may_use_their_role() -> None:
    """Flow logs of other accounts can't assume the role, and the role can write only to one log group."""
    args = NetworkArgs(availability_zones=zones("ab"))
    graph = render_deployed(lambda: Network("main", args, context=context()))
    role = graph.one("aws:iam/role:Role", "main-flow-log-role")
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/*"},
    }
    (policy,) = json.loads(graph.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])["Statement"]
    assert policy["Resource"] == [f"{arn_of('aws:cloudwatch/logGroup:LogGroup', 'main-flow-log-group')}:*"]
    assert "logs:CreateLogGroup" not in policy["Action"]


def test_public_addresses_are_protected_in_production() -> None:
    """AWS can assign a released address to another account."""
    assert all(address.protect for address in network("production").of_type(ADDRESS))
    assert not any(address.protect for address in network("staging").of_type(ADDRESS))


def test_the_outputs_list_the_subnets_in_the_order_of_the_zones() -> None:
    """Subnet IDs are in the order of `availability_zones`."""

    def program() -> None:
        Network("main", NetworkArgs(availability_zones=zones("ca")), context=context()).outputs.export()

    outputs = render(program).outputs
    assert outputs["availability_zones"] == ["eu-west-1c", "eu-west-1a"]
    assert outputs["cidr"] == "10.20.0.0/16"
    assert outputs.keys() >= {"vpc_id", "public_subnet_ids", "private_subnet_ids", "data_subnet_ids"}
    plan = subnet_plan("10.20.0.0/16")
    assert outputs["data_subnet_cidrs"] == [plan["data-c"], plan["data-a"]]


def test_the_summary_names_range_zones_and_gateways() -> None:
    """The summary shows the settings that determine cost and availability on one line."""
    assert summary("development", nat="none") == "10.20.0.0/16 · 3 AZs · no NAT gateway"
    assert summary("development") == "10.20.0.0/16 · 3 AZs · 1 NAT gateway"
    assert summary("production") == "10.20.0.0/16 · 3 AZs · 3 NAT gateways"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cidr": "10.0.0.0/8"}, "must have a prefix length of /16 to /22"),
        ({"cidr": "10.20.0.0/24"}, "must have a prefix length of /16 to /22"),
        ({"cidr": "52.1.0.0/16"}, "must be private"),
        ({"cidr": "10.20.1.0/16"}, "10.20.0.0/16"),
        ({"availability_zones": zones("a")}, "must have at least 2 entries"),
        ({"availability_zones": zones("abcd")}, "must have at most 3 entries"),
        ({"availability_zones": zones("aa")}, 'availability_zones[1] = "eu-west-1a"  is listed twice'),
        ({"availability_zones": ("us-east-1a", "eu-west-1b")}, "must be in eu-west-1"),
        ({"availability_zones": zones("ag")}, "must be one of eu-west-1a to eu-west-1f"),
        ({"nat": "per-az"}, 'must be "none", "single" or "per-zone"'),
        ({"flow_log_retention_days": 17}, "must be a retention period of CloudWatch Logs; the nearest is 14"),
        ({"interface_endpoints": ("ecr.apis",)}, "did you mean ecr.api?"),
        ({"interface_endpoints": ("sts", "sts")}, "is listed twice"),
        ({"subnet_cidrs": {"private-c": "10.20.64.0/19"}}, "unknown subnet"),
        ({"subnet_cidrs": {"privat-a": "10.20.64.0/19"}}, "did you mean private-a?"),
        ({"subnet_cidrs": {"data-a": "10.21.0.0/20"}}, "must be within the VPC, 10.20.0.0/16"),
        ({"subnet_cidrs": {"data-a": "10.20.250.0/29"}}, "must be /28 or larger"),
        ({"subnet_cidrs": {"data-a": "10.20.0.0/24"}}, "must not overlap private-a, 10.20.0.0/19"),
        (
            {"subnet_cidrs": {"data-a": "10.20.224.0/20", "data-b": "10.20.232.0/21"}},
            "must not overlap data-a, 10.20.224.0/20",
        ),
    ],
)
def test_a_network_that_aws_would_refuse_is_refused_first(fields: dict[str, Any], message: str) -> None:
    """Neither the provider nor the emulators validate these inputs before deployment."""
    assert message in problems(**fields)
