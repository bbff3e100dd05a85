"""Data store: the subnet group, security group and parameter group that a database or a cache runs in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pulumi_aws import ec2, elasticache, rds

from platform_components.aws.network import NetworkOutputs
from platform_components.base import Component

S = TypeVar("S", rds.SubnetGroup, elasticache.SubnetGroup)
P = TypeVar("P", rds.ParameterGroup, elasticache.ParameterGroup)


@dataclass(frozen=True)
class DataStore(Generic[S, P]):
    """The resources that a data store's nodes run in."""

    subnet_group: S
    security_group: ec2.SecurityGroup
    parameter_group: P

    @classmethod
    def of(
        cls,
        component: Component[Any],
        kind: str,
        network: NetworkOutputs,
        *,
        subnet_group: type[S],
        parameter_group: type[P],
        family: str,
        parameters: Sequence[Any],
    ) -> DataStore[S, P]:
        """Create the children `subnet-group`, `security-group` and `parameters-<family>` of a component.

        `kind` is what descriptions call the component: `database`. `family` and `parameters` are those of
        the parameter group, as its resource takes them.
        """
        name = component.name
        return cls(
            subnet_group(
                f"{name}-subnet-group",
                description=f"Data subnets of the {kind} {name}",
                subnet_ids=network.data_subnet_ids,
                opts=component.child(),
            ),
            # No inline rules: they would remove the rules that clients add for themselves.
            ec2.SecurityGroup(
                f"{name}-security-group",
                description=f"Clients of the {kind} {name}",
                vpc_id=network.vpc_id,
                opts=component.child(),
            ),
            # The family is in the name: a major upgrade creates a second group and deletes the first one
            # once no node uses it. A single group would be deleted while in use, which AWS refuses.
            parameter_group(
                f"{name}-parameters-{family}",
                family=family,
                description=f"Parameters of the {kind} {name}",
                parameters=parameters,
                opts=component.child(),
            ),
        )
