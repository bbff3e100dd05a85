"""Data store: the subnet group, security group and parameter group of a database or a cache."""

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
    """The groups that the nodes of a data store use."""

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

        `kind` names the component in descriptions: `database`. `family` and `parameters` are passed to the
        parameter group.
        """
        name = component.name
        return cls(
            subnet_group(
                f"{name}-subnet-group",
                description=f"Data subnets of the {kind} {name}",
                subnet_ids=network.data_subnet_ids,
                opts=component.child(),
            ),
            # No inline rules: they would remove the rules that clients add.
            ec2.SecurityGroup(
                f"{name}-security-group",
                description=f"Clients of the {kind} {name}",
                vpc_id=network.vpc_id,
                opts=component.child(),
            ),
            # The name contains the family, so that a major upgrade creates a second group and deletes the
            # first one after no node uses it. AWS rejects deleting a group in use.
            parameter_group(
                f"{name}-parameters-{family}",
                family=family,
                description=f"Parameters of the {kind} {name}",
                parameters=parameters,
                opts=component.child(),
            ),
        )
