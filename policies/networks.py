"""Networks: VPCs have flow logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.policy import (
    Example,
    PolicyContext,
    ResourceView,
    StackExample,
    StackRule,
    StackView,
    Undetermined,
)

_VPC = "aws:ec2/vpc:Vpc"
_FLOW_LOG = "aws:ec2/flowLog:FlowLog"


def _flow_logs(stack: StackView, context: PolicyContext) -> Iterator[tuple[ResourceView, str | Undetermined]]:
    for vpc in stack.of_type(_VPC):
        recorded = [log.peek("trafficType") for log in stack.referrers(vpc, "vpcId", type=_FLOW_LOG)]
        if any(traffic in ("ALL", "REJECT") for traffic in recorded):
            continue
        unknown = [traffic for traffic in recorded if isinstance(traffic, Undetermined)]
        if unknown:
            yield vpc, unknown[0]
        elif recorded:
            yield vpc, "its flow log does not record rejected traffic"
        else:
            yield vpc, "has no flow log"


_MAIN = Example(_VPC, {"cidrBlock": "10.20.0.0/16"}, name="main")
_OTHER = Example(_VPC, {"cidrBlock": "10.21.0.0/16"}, name="other")


def _logged(traffic: str) -> StackExample:
    log = Example(_FLOW_LOG, {"trafficType": traffic}, name="log", refers_to={"vpcId": _MAIN})
    return StackExample((_MAIN, log))


NETWORKS: Final = (
    StackRule(
        id="vpc-flow-logs",
        title="Every VPC has a flow log of at least the rejected traffic",
        why="After an incident, only flow logs tell which hosts connected to which, and what was rejected.",
        remedy="use a Network, or add a FlowLog with the VPC's id and trafficType ALL",
        severity="medium",
        enforcement="advisory",
        controls=("AWS FSBP EC2.6", "CIS AWS v5.0.0 3.7", "NIST 800-53 AU-12"),
        check=_flow_logs,
        passing=(_logged("ALL"), _logged("REJECT")),
        failing=(
            StackExample((_MAIN,), says="has no flow log"),
            StackExample((*_logged("ALL").resources, _OTHER), says="has no flow log"),
            StackExample(_logged("ACCEPT").resources, says="does not record rejected traffic"),
        ),
    ),
)
