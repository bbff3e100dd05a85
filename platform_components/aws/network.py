"""Network: a VPC in two or three availability zones, with public, private and data subnets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from itertools import combinations
from types import MappingProxyType
from typing import Annotated, Final, Literal

import pulumi
from pulumi_aws import cloudwatch, ec2, iam, vpc
from pydantic import Field

from platform_components.aws.endpoints import BESIDE_NAT, WITHOUT_NAT, EndpointService
from platform_components.aws.iam import Statement, policy_document, trust_policy
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
from platform_components.base.outputs import IfMissing


class NetworkArgs(ComponentArgs):
    """Arguments of `Network`. Only `availability_zones` is required."""

    availability_zones: tuple[Zone, ...] = Field(min_length=2, max_length=3)
    """Two or three zones of the region, such as `("eu-west-1a", "eu-west-1b")`. A single NAT gateway is
    in the first one. Adding a zone later does not change the subnets of the others."""

    cidr: VpcCidr = "10.20.0.0/16"
    """Private IPv4 CIDR block of the VPC, /16 to /22. Changing it replaces the VPC and everything in it."""

    subnet_cidrs: Mapping[str, Cidr] = Field(default_factory=dict)
    """CIDR blocks of single subnets, by tier and zone: `{"private-a": "10.20.64.0/18"}`. Default: the
    blocks of `subnet_plan()`. Changing the block of a subnet replaces the subnet."""

    nat: Literal["none", "single", "per-zone"] = sized("network.nat")
    """NAT gateways for the private subnets. Each costs about 35 USD per month plus traffic. With
    `single`, an outage of its zone cuts off all private subnets from the internet."""

    interface_endpoints: tuple[EndpointService, ...] | None = None
    """AWS services with an interface endpoint in the VPC. Each costs about 8 USD per month and zone, plus
    traffic. Default: with `nat` single, none, because they are reached through the gateway; with
    per-zone, the services for images, logs, secrets and tokens; with none, those that EKS nodes require."""

    flow_log_retention_days: LogRetentionDays = sized("network.flow_log_retention_days")
    """Retention of the VPC flow logs in CloudWatch Logs, in days. They record accepted and rejected
    traffic."""

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
                yield Problem(where, f"must be one of {letters}", "the subnet plan has no others", zone)
            if zone in self.availability_zones[:index]:
                yield Problem(where, "is listed twice", "choose another zone", zone)

    def _subnet_problems(self) -> Iterable[Problem]:
        names, network = self._subnet_names(), IPv4Network(self.cidr)
        for key, cidr in self.subnet_cidrs.items():
            where = f"subnet_cidrs.{key}"
            if key not in names:
                yield Problem(where, "unknown subnet", did_you_mean(key, names))
            elif not IPv4Network(cidr).subnet_of(network):
                yield Problem(where, f"must be within the VPC, {self.cidr}", "choose a block in it", cidr)
            elif IPv4Network(cidr).prefixlen > 28:
                yield Problem(where, "must be /28 or larger", "AWS does not support smaller subnets", cidr)
        subnets = self.subnets()
        for one, other in combinations(subnets, 2):
            explicit, second = (other, one) if other in self.subnet_cidrs else (one, other)
            if IPv4Network(subnets[one]).overlaps(IPv4Network(subnets[other])):
                what = f"must not overlap {second}, {subnets[second]}"
                yield Problem(f"subnet_cidrs.{explicit}", what, "choose an unused block", subnets[explicit])

    def subnets(self) -> dict[str, str]:
        """Return the CIDR block of every subnet, by tier and zone: from `subnet_cidrs` or the plan."""
        blocks = {**subnet_plan(self.cidr), **self.subnet_cidrs}
        return {name: blocks[name] for name in self._subnet_names() if name in blocks}

    def endpoints(self) -> tuple[str, ...]:
        """Return the services with an interface endpoint. Requires resolved args."""
        if self.interface_endpoints is not None:
            return self.interface_endpoints
        return {"none": WITHOUT_NAT, "single": (), "per-zone": BESIDE_NAT}[self.nat]

    def _subnet_names(self) -> list[str]:
        return [f"{tier}-{zone[-1]}" for tier in TIERS for zone in self.availability_zones]


class NetworkOutputs(Outputs):
    """Outputs of `Network`. Lists are in the order of `availability_zones`."""

    vpc_id: pulumi.Output[str]
    """ID of the VPC."""
    cidr: pulumi.Output[str]
    """IPv4 CIDR block of the VPC."""
    availability_zones: pulumi.Output[list[str]]
    """Availability zones of the subnets."""
    public_subnet_ids: pulumi.Output[list[str]]
    """IDs of the subnets for internet-facing load balancers, one per zone."""
    private_subnet_ids: pulumi.Output[list[str]]
    """IDs of the subnets for workloads, one per zone, with a route to NAT unless `nat` is none."""
    data_subnet_ids: pulumi.Output[list[str]]
    """IDs of the subnets for databases and caches, one per zone, without a route to the internet."""
    data_subnet_cidrs: Annotated[pulumi.Output[list[str]], IfMissing([])]
    """CIDR blocks of the subnets for databases and caches."""

    @property
    def data_cidrs(self) -> pulumi.Output[list[str]]:
        """CIDR blocks of databases and caches: the data subnets; the VPC if the network's stack was last
        deployed before it had this output."""
        known = pulumi.Output.all(self.data_subnet_cidrs, self.cidr)
        return known.apply(lambda blocks: blocks[0] or [blocks[1]])


class Network(Component[NetworkArgs, NetworkOutputs], NetworkOutputs, kind="Network"):
    """A VPC with its subnets, routes, NAT gateways, endpoints and flow logs.

    Subnets do not assign public IP addresses, and the default security group allows no traffic.
    In the production tier the flow logs and the Elastic IP addresses of NAT, which partners may have on
    their allow lists, are protected.
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
            ingress=[],  # without this, manually added rules would not show as a difference
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
                data_subnet_cidrs=pulumi.Output.all(*(subnet.cidr_block for subnet in data.values())),
            )
        )

    @property
    def summary(self) -> str:
        gateways = len(self._nat_zones())
        nat = f"{gateways or 'no'} NAT gateway{'s' if gateways > 1 else ''}"
        return f"{self.args.cidr} · {len(self.args.availability_zones)} AZs · {nat}"

    def _subnets(self, tier: SubnetTier, network: ec2.Vpc) -> dict[str, ec2.Subnet]:
        """The subnets of a tier, by zone letter."""
        blocks = self.args.subnets()
        return {
            zone[-1]: ec2.Subnet(
                f"{self.name}-subnet-{tier}-{zone[-1]}",
                vpc_id=network.id,
                availability_zone=zone,
                cidr_block=blocks[f"{tier}-{zone[-1]}"],
                map_public_ip_on_launch=False,
                tags=_LOAD_BALANCER_TAGS[tier],
                opts=self.child(),
            )
            for zone in self.args.availability_zones
        }

    def _route_table(
        self, suffix: str, network: ec2.Vpc, subnets: Mapping[str, ec2.Subnet]
    ) -> ec2.RouteTable:
        table = ec2.RouteTable(f"{self.name}-route-table-{suffix}", vpc_id=network.id, opts=self.child())
        tier = suffix.partition("-")[0]
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
        suffix: str,
        table: ec2.RouteTable,
        *,
        gateway_id: pulumi.Output[str] | None = None,
        nat_gateway_id: pulumi.Output[str] | None = None,
    ) -> None:
        ec2.Route(
            f"{self.name}-route-{suffix}",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            opts=self.child(),
        )

    def _nat_zones(self) -> list[str]:
        """Letters of the zones with a NAT gateway. A change from single to per-zone only adds gateways."""
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
                opts=self.stateful_child(depends_on=[gateway]),  # requires an internet gateway
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
            assume_role_policy=_flow_log_trust(network.arn),
            opts=self.child(),
        )
        policy = iam.RolePolicy(
            f"{self.name}-flow-log-policy",
            role=role.name,
            policy=_flow_log_policy(group.arn),
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
"""Tags by which EKS discovers the subnets for internet-facing and for internal load balancers."""


def _ids(subnets: Mapping[str, ec2.Subnet]) -> pulumi.Output[list[str]]:
    return pulumi.Output.all(*(subnet.id for subnet in subnets.values()))


def _flow_log_trust(vpc_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """Trust policy that allows only flow logs of the VPC's account and region."""
    account = vpc_arn.apply(lambda arn: arn.split(":")[4])
    flow_logs = vpc_arn.apply(lambda arn: f"{arn.rpartition(':')[0]}:vpc-flow-log/*")
    return trust_policy(
        "vpc-flow-logs.amazonaws.com",
        condition={
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": flow_logs},
        },
    )


def _flow_log_policy(group_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """Permissions policy to write to the log group and to describe it."""
    actions = (
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
    )
    return policy_document([Statement(actions, [pulumi.Output.concat(group_arn, ":*")])])
