"""Network: a VPC over two or three availability zones, with public, private and data subnets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from itertools import combinations
from types import MappingProxyType
from typing import Final, Literal

import pulumi
from pulumi_aws import cloudwatch, ec2, iam, vpc
from pydantic import Field

from platform_components.aws.endpoints import BESIDE_NAT, WITHOUT_NAT, EndpointService
from platform_components.aws.log_retention import LogRetentionDays
from platform_components.aws.subnets import TIERS, ZONES, SubnetTier, VpcCidr, subnet_plan
from platform_components.aws.zones import Zone
from platform_components.base import (
    Cidr,
    Component,
    ComponentArgs,
    Context,
    Outputs,
    Problem,
    did_you_mean,
    sized,
)


class NetworkArgs(ComponentArgs):
    """What a network is told. The zones are required; the rest may be left out."""

    availability_zones: tuple[Zone, ...] = Field(min_length=2, max_length=3)
    """Two or three zones of the region, such as `("eu-west-1a", "eu-west-1b")`. The first one holds the
    NAT gateway while there is a single one; a zone may be added later without moving anything."""

    cidr: VpcCidr = "10.20.0.0/16"
    """IPv4 range of the VPC, /16 to /22, private. Can't be changed later: it would replace everything."""

    subnet_cidrs: Mapping[str, Cidr] = Field(default_factory=dict)
    """Ranges that replace the planned ones, by tier and zone: `{"private-a": "10.20.64.0/18"}`. Left out:
    `subnet_plan()`. A change of a subnet's range replaces the subnet."""

    nat: Literal["none", "single", "per-zone"] = sized("network.nat")
    """How private subnets reach the internet. A gateway costs about 35 USD a month plus traffic; a
    single one fails with its zone."""

    interface_endpoints: tuple[EndpointService, ...] | None = None
    """AWS services that are reached within the VPC. Each costs about 8 USD a month and zone, plus
    traffic. Left out: with `nat` single none, as the gateway reaches them; with per-zone what carries
    images, logs, secrets and tokens; with none what EKS nodes can't do without."""

    flow_log_retention_days: LogRetentionDays = sized("network.flow_log_retention_days")
    """Days that CloudWatch keeps the record of accepted and rejected connections."""

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from self._zone_problems(context)
        yield from self._subnet_problems()
        for index, service in enumerate(self.interface_endpoints or ()):
            if service in (self.interface_endpoints or ())[:index]:
                yield Problem(f"interface_endpoints[{index}]", "is listed twice", "remove one", service)

    def _zone_problems(self, context: Context) -> Iterable[Problem]:
        for index, zone in enumerate(self.availability_zones):
            where = f"availability_zones[{index}]"
            if zone[:-1] != context.region:
                yield Problem(where, f"must be in {context.region}", f"such as {context.region}a", zone)
            elif zone[-1] not in ZONES:
                letters = f"{context.region}{ZONES[0]} to {context.region}{ZONES[-1]}"
                yield Problem(where, f"must be one of {letters}", "the subnet plan has no slot for it", zone)
            if zone in self.availability_zones[:index]:
                yield Problem(where, "is listed twice", "name another zone", zone)

    def _subnet_problems(self) -> Iterable[Problem]:
        names, network = self._subnet_names(), IPv4Network(self.cidr)
        for key, cidr in self.subnet_cidrs.items():
            where = f"subnet_cidrs.{key}"
            if key not in names:
                yield Problem(where, "no such subnet", did_you_mean(key, names))
            elif not IPv4Network(cidr).subnet_of(network):
                yield Problem(where, f"must be inside the VPC, {self.cidr}", "choose a part of it", cidr)
            elif IPv4Network(cidr).prefixlen > 28:
                yield Problem(where, "must be /28 or larger", "AWS makes no smaller subnet", cidr)
        subnets = self.subnets()
        for one, other in combinations(subnets, 2):
            given, second = (other, one) if other in self.subnet_cidrs else (one, other)
            if IPv4Network(subnets[one]).overlaps(IPv4Network(subnets[other])):
                what = f"must not overlap {second}, {subnets[second]}"
                yield Problem(f"subnet_cidrs.{given}", what, "choose a free range", subnets[given])

    def subnets(self) -> dict[str, str]:
        """The range of every subnet, by tier and zone: as `subnet_cidrs` says, else as planned."""
        ranges = {**subnet_plan(self.cidr), **self.subnet_cidrs}
        return {name: ranges[name] for name in self._subnet_names() if name in ranges}

    def endpoints(self) -> tuple[str, ...]:
        """The services that get an interface endpoint, once the args are resolved."""
        if self.interface_endpoints is not None:
            return self.interface_endpoints
        return {"none": WITHOUT_NAT, "single": (), "per-zone": BESIDE_NAT}[self.nat]

    def _subnet_names(self) -> list[str]:
        return [f"{tier}-{zone[-1]}" for tier in TIERS for zone in self.availability_zones]


class NetworkOutputs(Outputs):
    """What a network gives. Lists are in the order of `availability_zones`."""

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
    """Subnets for databases and caches, one a zone; no route leads to the internet."""


class Network(Component[NetworkArgs, NetworkOutputs], NetworkOutputs, kind="Network"):
    """A VPC with its subnets, routes, NAT gateways, endpoints and flow logs.

    Nothing in it gets a public address by itself, and its default security group lets nothing through.
    In the production tier the flow logs and the public addresses of NAT, which others may have put on
    their allow-lists, are protected.
    """

    child_types = MappingProxyType(
        {
            "vpc": ec2.Vpc,
            "default-security-group": ec2.DefaultSecurityGroup,
            "internet-gateway": ec2.InternetGateway,
            "subnet": ec2.Subnet,
            "route-table": ec2.RouteTable,
            "route-table-association": ec2.RouteTableAssociation,
            "route": ec2.Route,
            "nat-address": ec2.Eip,
            "nat": ec2.NatGateway,
            "endpoint": ec2.VpcEndpoint,
            "endpoint-security-group": ec2.SecurityGroup,
            "endpoint-ingress": vpc.SecurityGroupIngressRule,
            "flow-log-group": cloudwatch.LogGroup,
            "flow-log-role": iam.Role,
            "flow-log-policy": iam.RolePolicy,
            "flow-log": ec2.FlowLog,
        }
    )

    def __init__(
        self,
        name: str,
        args: NetworkArgs,
        *,
        context: Context,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args, context, opts)
        args = self.args

        network = ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            opts=self.child(),
        )
        ec2.DefaultSecurityGroup(
            f"{name}-default-security-group",
            vpc_id=network.id,
            ingress=[],  # left out, rules that someone adds by hand would not show as a difference
            egress=[],
            opts=self.child(),
        )
        self._flow_log(network)

        public, private, data = (self._subnets(tier, network) for tier in TIERS)
        gateway = ec2.InternetGateway(f"{name}-internet-gateway", vpc_id=network.id, opts=self.child())
        public_table = self._route_table("public", network, public)
        self._default_route("public", public_table, gateway_id=gateway.id)
        nat = self._nat_gateways(public, gateway)
        private_tables = []
        for zone, subnet in private.items():
            table = self._route_table(f"private-{zone}", network, {zone: subnet})
            private_tables.append(table)
            if nat:
                via = nat.get(zone) or next(iter(nat.values()))
                self._default_route(f"private-{zone}", table, nat_gateway_id=via.id)
        data_table = self._route_table("data", network, data)

        ec2.VpcEndpoint(
            f"{name}-endpoint-s3",
            vpc_id=network.id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{context.region}.s3",
            route_table_ids=[table.id for table in (public_table, *private_tables, data_table)],
            opts=self.child(),
        )
        self._interface_endpoints(network, private)

        self.finish(
            NetworkOutputs(
                vpc_id=network.id,
                cidr=network.cidr_block,
                availability_zones=pulumi.Output.from_input(list(args.availability_zones)),
                public_subnet_ids=_ids(public),
                private_subnet_ids=_ids(private),
                data_subnet_ids=_ids(data),
            )
        )

    @property
    def summary(self) -> str:
        gateways = len(self._nat_zones())
        nat = f"{gateways or 'no'} NAT gateway{'s' if gateways > 1 else ''}"
        return f"{self.args.cidr} · {len(self.args.availability_zones)} AZs · {nat}"

    def _subnets(self, tier: SubnetTier, network: ec2.Vpc) -> dict[str, ec2.Subnet]:
        """The subnets of a tier, by the letter of their zone."""
        ranges = self.args.subnets()
        return {
            zone[-1]: ec2.Subnet(
                f"{self.name}-subnet-{tier}-{zone[-1]}",
                vpc_id=network.id,
                availability_zone=zone,
                cidr_block=ranges[f"{tier}-{zone[-1]}"],
                map_public_ip_on_launch=False,
                tags=_LOAD_BALANCER_TAGS[tier],
                opts=self.child(),
            )
            for zone in self.args.availability_zones
        }

    def _route_table(self, role: str, network: ec2.Vpc, subnets: Mapping[str, ec2.Subnet]) -> ec2.RouteTable:
        table = ec2.RouteTable(f"{self.name}-route-table-{role}", vpc_id=network.id, opts=self.child())
        tier = role.partition("-")[0]
        for zone, subnet in subnets.items():
            ec2.RouteTableAssociation(
                f"{self.name}-route-table-association-{tier}-{zone}",
                route_table_id=table.id,
                subnet_id=subnet.id,
                opts=self.child(),
            )
        return table

    def _default_route(
        self,
        role: str,
        table: ec2.RouteTable,
        *,
        gateway_id: pulumi.Output[str] | None = None,
        nat_gateway_id: pulumi.Output[str] | None = None,
    ) -> None:
        ec2.Route(
            f"{self.name}-route-{role}",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            opts=self.child(),
        )

    def _nat_zones(self) -> list[str]:
        """The letters of the zones with a NAT gateway: going from single to per-zone only adds some."""
        zones = [zone[-1] for zone in self.args.availability_zones]
        return {"none": [], "single": zones[:1], "per-zone": zones}[self.args.nat]

    def _nat_gateways(
        self, public: Mapping[str, ec2.Subnet], gateway: ec2.InternetGateway
    ) -> dict[str, ec2.NatGateway]:
        gateways = {}
        for zone in self._nat_zones():
            address = ec2.Eip(
                f"{self.name}-nat-address-{zone}",
                domain="vpc",
                opts=self.stateful_child(depends_on=[gateway]),  # an address needs a way out of the VPC
            )
            gateways[zone] = ec2.NatGateway(
                f"{self.name}-nat-{zone}",
                allocation_id=address.allocation_id,
                connectivity_type="public",
                subnet_id=public[zone].id,
                opts=self.child(depends_on=[gateway]),
            )
        return gateways

    def _interface_endpoints(self, network: ec2.Vpc, subnets: Mapping[str, ec2.Subnet]) -> None:
        services = self.args.endpoints()
        if not services:
            return
        group = ec2.SecurityGroup(
            f"{self.name}-endpoint-security-group",
            description=f"Interface endpoints of {self.name}",
            vpc_id=network.id,
            opts=self.child(),
        )
        vpc.SecurityGroupIngressRule(
            f"{self.name}-endpoint-ingress",
            security_group_id=group.id,
            description="HTTPS from within the VPC",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=network.cidr_block,
            opts=self.child(),
        )
        for service in services:
            ec2.VpcEndpoint(
                f"{self.name}-endpoint-{service.replace('.', '-')}",
                vpc_id=network.id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{self.context.region}.{service}",
                private_dns_enabled=True,
                subnet_ids=[subnet.id for subnet in subnets.values()],
                security_group_ids=[group.id],
                opts=self.child(),
            )

    def _flow_log(self, network: ec2.Vpc) -> None:
        group = cloudwatch.LogGroup(
            f"{self.name}-flow-log-group",
            retention_in_days=self.args.flow_log_retention_days,
            opts=self.stateful_child(),
        )
        role = iam.Role(
            f"{self.name}-flow-log-role",
            assume_role_policy=network.arn.apply(_flow_log_trust),
            opts=self.child(),
        )
        policy = iam.RolePolicy(
            f"{self.name}-flow-log-policy",
            role=role.name,
            policy=group.arn.apply(_flow_log_policy),
            opts=self.child(),
        )
        ec2.FlowLog(
            f"{self.name}-flow-log",
            vpc_id=network.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            opts=self.child(depends_on=[policy]),
        )


_LOAD_BALANCER_TAGS: Final[Mapping[SubnetTier, dict[str, str]]] = {
    "public": {"kubernetes.io/role/elb": "1"},
    "private": {"kubernetes.io/role/internal-elb": "1"},
    "data": {},
}
"""By which EKS finds the subnets for load balancers that face the internet, and for those that don't."""


def _ids(subnets: Mapping[str, ec2.Subnet]) -> pulumi.Output[list[str]]:
    return pulumi.Output.all(*(subnet.id for subnet in subnets.values()))


def _flow_log_trust(vpc_arn: str) -> str:
    """Let flow logs of this account and region, and nobody else's, assume the role."""
    _, partition, _, region, account, _ = vpc_arn.split(":", maxsplit=5)
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": account},
                        "ArnLike": {
                            "aws:SourceArn": f"arn:{partition}:ec2:{region}:{account}:vpc-flow-log/*"
                        },
                    },
                }
            ],
        }
    )


def _flow_log_policy(group_arn: str) -> str:
    """Let flow logs write to this one group, which they find by describing it."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": [
                        "logs:CreateLogStream",
                        "logs:DescribeLogGroups",
                        "logs:DescribeLogStreams",
                        "logs:PutLogEvents",
                    ],
                    "Resource": f"{group_arn}:*",
                }
            ],
        }
    )
