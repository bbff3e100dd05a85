"""Network: a VPC in two or three availability zones, with public, private and data subnets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Annotated, Final, Literal

import pulumi
from pulumi_aws import cloudwatch, ec2, iam, kms, vpc
from pydantic import Field

from platform_components.aws.endpoint_policies import OrganizationId
from platform_components.aws.endpoints import (
    BESIDE_NAT,
    WITHOUT_NAT,
    EndpointService,
    create_gateway_endpoints,
    create_interface_endpoints,
)
from platform_components.aws.flow_log import create_flow_log
from platform_components.aws.keys import KmsKeyArn, create_key
from platform_components.aws.log_retention import LogRetentionDays
from platform_components.aws.regions import region_problems, zone_problem
from platform_components.aws.subnets import TIERS, ZONES, SubnetTier, VpcCidr, subnet_plan
from platform_components.aws.zones import Zone
from platform_components.base import (
    Cidr,
    Component,
    ComponentArgs,
    Context,
    Flag,
    Input,
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

    create_kms_key: Flag = sized("encryption.create_kms_key")
    """Create a customer managed KMS key for the flow logs, at about 1 USD per month, unless `kms_key_arn`
    is set."""

    kms_key_arn: Input[KmsKeyArn] | None = None
    """KMS key that encrypts the flow logs. Its key policy must allow CloudWatch Logs to use it. Default:
    the key of `create_kms_key`; without that, encryption that CloudWatch Logs manages, at no cost."""

    organization_id: OrganizationId | None = None
    """ID of the AWS organization whose principals can use the VPC endpoints, such as `o-a1b2c3d4e5`, for
    workloads that assume roles in other accounts. Default: only principals of the VPC's account."""

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from region_problems(context, kms_key_arn=self.kms_key_arn)
        yield from self._zone_problems(context)
        yield from self._subnet_problems()
        for index, service in enumerate(self.interface_endpoints or ()):
            if service in (self.interface_endpoints or ())[:index]:
                yield Problem(f"interface_endpoints[{index}]", "is listed twice", "remove one", service)

    def _zone_problems(self, context: Context) -> Iterable[Problem]:
        for index, zone in enumerate(self.availability_zones):
            where = f"availability_zones[{index}]"
            if problem := zone_problem(where, zone, context.region):
                yield problem
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
        yield from self._overlaps()

    def _overlaps(self) -> Iterable[Problem]:
        """One problem per explicit block, with all that it overlaps; for the second of two explicit ones."""
        network = IPv4Network(self.cidr)
        every = {name: IPv4Network(cidr) for name, cidr in self.subnets().items()}
        blocks = {name: block for name, block in every.items() if block.subnet_of(network)}
        explicit = [name for name in blocks if name in self.subnet_cidrs]
        for index, name in enumerate(explicit):
            others = {other: block for other, block in blocks.items() if other not in explicit[index:]}
            overlaps = [f"{other}, {cidr}" for other, cidr in others.items() if cidr.overlaps(blocks[name])]
            if overlaps:
                what = f"must not overlap {'; '.join(overlaps)}"
                yield Problem(f"subnet_cidrs.{name}", what, "choose an unused block", str(blocks[name]))

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
    S3 and DynamoDB have gateway endpoints, which are free. Endpoints accept only principals of the VPC's
    account or of the organization. In the production tier the VPC, its subnets, the flow logs with their
    key, and the Elastic IP addresses of NAT, which partners may have on their allow lists, are protected.
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
            "key": kms.Key,
            "key-policy": kms.KeyPolicy,
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
            opts=self.stateful_child(),
        )
        ec2.DefaultSecurityGroup(
            f"{name}-default-security-group",
            vpc_id=network.id,
            ingress=[],  # without this, manually added rules would not show as a difference
            egress=[],
            opts=self.child(),
        )
        create_flow_log(self, network, args.flow_log_retention_days, self._log_key_arn())

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

        tables = (public_table, *private_tables, data_table)
        create_gateway_endpoints(self, network, tables, args.organization_id)
        create_interface_endpoints(self, network, private.values(), args.endpoints(), args.organization_id)

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
        parts = [
            self.stated(self.args.cidr, "vpc.cidr_block", "vpc.ipv4_ipam_pool_id"),
            self.stated(f"{len(self.args.availability_zones)} AZs", "subnet.availability_zone"),
            self.stated(nat, "nat", "route.nat_gateway_id"),
        ]
        return " · ".join(filter(None, parts))

    def _log_key_arn(self) -> Input[str] | None:
        if self.args.kms_key_arn is None and self.args.create_kms_key:
            return create_key(self, f"Flow logs of the network {self.name}")
        return self.args.kms_key_arn

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
                opts=self.stateful_child(),
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


_LOAD_BALANCER_TAGS: Final[Mapping[SubnetTier, dict[str, str]]] = {
    "public": {"kubernetes.io/role/elb": "1"},
    "private": {"kubernetes.io/role/internal-elb": "1"},
    "data": {},
}
"""Tags by which EKS discovers the subnets for internet-facing and for internal load balancers."""


def _ids(subnets: Mapping[str, ec2.Subnet]) -> pulumi.Output[list[str]]:
    return pulumi.Output.all(*(subnet.id for subnet in subnets.values()))
