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
from tests.samples import KEY_ARN, Build, vpc_cidrs

ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"

ADDRESS = "aws:ec2/eip:Eip"
KEY = "aws:kms/key:Key"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
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


def args(**fields: Any) -> NetworkArgs:
    return NetworkArgs(**{"availability_zones": zones("ab")} | fields)


def network(tier: Tier = "development", letters: str = "ab", **fields: Any) -> Graph:
    given = args(availability_zones=zones(letters), **fields)
    return render(lambda: Network("main", given, context=context(tier)))


def summary(tier: Tier, **fields: Any) -> str:
    made: list[Network] = []
    given = args(availability_zones=zones("abc"), **fields)
    render(lambda: made.append(Network("main", given, context=context(tier))))
    return made[0].summary


def names(graph: Graph, type_: str) -> list[str]:
    return [resource.name for resource in graph.of_type(type_)]


def problems(**fields: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        args(**fields).resolve(context(), "Network")
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


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_s3_and_dynamodb_never_cost_nat_traffic(service: str) -> None:
    """Gateway endpoints are free, so every route table has them, in every tier."""
    graph = network(letters="abc")
    endpoint = graph.one(ENDPOINT, f"main-endpoint-{service}").inputs
    assert endpoint["serviceName"] == f"com.amazonaws.eu-west-1.{service}"
    assert endpoint["vpcEndpointType"] == "Gateway"
    assert len(endpoint["routeTableIds"]) == len(names(graph, "aws:ec2/routeTable:RouteTable"))


def test_interface_endpoints_are_paid_for_where_availability_comes_first() -> None:
    """With a single NAT gateway there are none by default; they can be enabled."""
    assert names(network("development"), ENDPOINT) == ["main-endpoint-s3", "main-endpoint-dynamodb"]
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
    graph = render_deployed(lambda: Network("main", args(), context=context()))
    role = graph.one("aws:iam/role:Role", "main-flow-log-role")
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/*"},
    }
    write, find = json.loads(graph.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])["Statement"]
    assert write["Resource"] == [f"{arn_of(LOG_GROUP, 'main-flow-log-group')}:*"]
    assert "logs:CreateLogGroup" not in write["Action"]
    assert (find["Action"], find["Resource"]) == ("logs:DescribeLogGroups", ["*"])


def test_flow_logs_of_production_are_encrypted_with_a_key_of_the_network() -> None:
    """CloudWatch Logs can use the key before the log group is created; other tiers have no key."""
    graph = render_deployed(lambda: Network("main", args(), context=context("production")))
    key, policy = graph.one(KEY), graph.one("aws:kms/keyPolicy:KeyPolicy")
    group = graph.one(LOG_GROUP)
    assert (key.protect, key.inputs["enableKeyRotation"]) == (True, True)
    assert {key.urn, policy.urn} <= set(group.dependencies)
    assert not names(network("staging"), KEY)
    assert "kmsKeyId" not in network("staging").one(LOG_GROUP).inputs


def test_flow_logs_are_encrypted_with_a_given_key() -> None:
    """Without a key of the network's own, in production too."""
    graph = network("production", kms_key_arn=KEY_ARN)
    assert graph.one(LOG_GROUP).inputs["kmsKeyId"] == KEY_ARN
    assert not names(graph, KEY)
    assert names(network(create_kms_key=True), KEY) == ["main-key"]


def test_the_vpc_and_its_subnets_are_protected_in_production() -> None:
    """Changing a CIDR block would replace them, with everything in them."""
    for type_ in (VPC, SUBNET):
        assert {resource.protect for resource in network("production").of_type(type_)} == {True}
        assert {resource.protect for resource in network("staging").of_type(type_)} == {False}


def endpoint_statements(service: str, **fields: Any) -> dict[str, Any]:
    """Return the statements of an endpoint's policy by ID."""
    graph = render_deployed(lambda: Network("main", args(**fields), context=context()))
    policy = graph.one(ENDPOINT, f"main-endpoint-{service.replace('.', '-')}").inputs["policy"]
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


@pytest.mark.parametrize("service", ["s3", "dynamodb", "ecr.api", "ecr.dkr", "ec2", "eks", "logs", "sts"])
def test_endpoints_admit_principals_of_the_account(service: str) -> None:
    """And AWS services; credentials of another account can't be used to send data there."""
    statements = endpoint_statements(service, nat="none")
    assert statements["OwnPrincipals"]["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": "111122223333"}
    }
    assert statements["AwsServices"]["Condition"] == {"Bool": {"aws:PrincipalIsAWSService": "true"}}


def test_endpoints_can_admit_principals_of_the_organization() -> None:
    """For workloads that assume roles in other accounts."""
    statements = endpoint_statements("sts", nat="none", organization_id="o-a1b2c3d4e5")
    assert statements["OwnPrincipals"]["Condition"] == {
        "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}
    }
    federated = statements["FederatedPrincipals"]
    assert federated["Action"] == ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
    assert federated["Condition"] == {"StringEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}


def test_images_can_be_pulled_through_the_endpoint_of_s3() -> None:
    """Layers of ECR and of registry.k8s.io are in buckets of other accounts, read without own credentials."""
    statements = endpoint_statements("s3")
    assert statements["Downloads"]["Action"] == "s3:GetObject"
    assert [sid for sid, statement in statements.items() if "Condition" not in statement] == ["Downloads"]


def test_endpoints_without_documented_policies_have_full_access() -> None:
    """Some services accept nothing else, such as the OIDC endpoint of EKS."""
    graph = network(nat="none")
    assert "policy" not in graph.one(ENDPOINT, "main-endpoint-eks-auth").inputs


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
        ({"availability_zones": zones("ad")}, "is not a zone of eu-west-1"),
        ({"nat": "per-az"}, 'must be "none", "single" or "per-zone"'),
        ({"flow_log_retention_days": 17}, "must be a retention period of CloudWatch Logs; the nearest is 14"),
        ({"interface_endpoints": ("ecr.apis",)}, "did you mean ecr.api?"),
        ({"interface_endpoints": ("sts", "sts")}, "is listed twice"),
        ({"subnet_cidrs": {"private-c": "10.20.64.0/19"}}, "unknown subnet"),
        ({"subnet_cidrs": {"privat-a": "10.20.64.0/19"}}, "did you mean private-a?"),
        ({"subnet_cidrs": {"data-a": "10.21.0.0/20"}}, "must be within the VPC, 10.20.0.0/16"),
        ({"subnet_cidrs": {"data-a": "10.20.250.0/29"}}, "must be /28 or larger"),
        ({"subnet_cidrs": {"data-a": "10.20.0.0/24"}}, "must not overlap private-a, 10.20.0.0/19  choose"),
        ({"organization_id": "111122223333"}, "must be the ID of an AWS organization such as o-a1b2c3d4e5"),
        ({"kms_key_arn": KEY_ARN.replace("eu-west-1", "us-east-1")}, "must be in eu-west-1"),
        (
            {"subnet_cidrs": {"data-a": "10.20.224.0/20", "data-b": "10.20.232.0/21"}},
            "must not overlap data-a, 10.20.224.0/20",
        ),
    ],
)
def test_a_network_that_aws_would_refuse_is_refused_first(fields: dict[str, Any], message: str) -> None:
    """Neither the provider nor the emulators validate these inputs before deployment."""
    assert message in problems(**fields)


@pytest.mark.parametrize(
    ("block", "what"),
    [
        ("10.20.0.0/16", "must not overlap public-a, 10.20.192.0/23; public-b"),
        ("10.0.0.0/8", "must be within the VPC, 10.20.0.0/16"),
    ],
)
def test_a_block_that_is_too_large_is_one_problem(block: str, what: str) -> None:
    """The message lists all subnets that it overlaps."""
    found = problems(subnet_cidrs={"data-a": block})
    assert found.startswith("Network: 1 problem\n")
    assert what in found
