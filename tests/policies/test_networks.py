"""Flow logs: what the examples of the rule can't show."""

from __future__ import annotations

from platform_components.base.markers import UNKNOWN
from platform_components.policy import Example, PolicyContext, Report, evaluate_policies
from policies.networks import NETWORKS

VPC = Example("aws:ec2/vpc:Vpc", name="main")


def _report(*traffic: object) -> Report:
    logs = [
        Example(
            "aws:ec2/flowLog:FlowLog", {"trafficType": each}, name=f"log-{number}", refers_to={"vpcId": VPC}
        )
        for number, each in enumerate(traffic)
    ]
    return evaluate_policies([VPC, *logs], NETWORKS, PolicyContext.of("dev"))


def test_an_unknown_kind_of_traffic_is_undetermined() -> None:
    """It can be the rejected traffic; what another log is known not to record does not decide."""
    for report in (_report(UNKNOWN), _report("ACCEPT", UNKNOWN)):
        assert [(finding.outcome, finding.name) for finding in report.findings] == [("undetermined", "main")]


def test_one_sufficient_flow_log_is_enough() -> None:
    """Other logs of the VPC can be unknown, or record less."""
    assert _report(UNKNOWN, "ALL").findings == ()
    assert _report("ACCEPT", "REJECT").findings == ()
