"""Traffic that security groups, network ACLs and lists of addresses allow."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine.values import UNKNOWN
from platform_components.report.subject import Subject
from tests.report.exposed import broad, delete, texts, update
from tests.report.plans import changed, subject

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
CLUSTER = "aws:eks/cluster:Cluster"


def rule(*cidrs: Any, first: int = 443, last: int = 443, protocol: str = "tcp") -> dict[str, Any]:
    return {"cidrBlocks": list(cidrs), "fromPort": first, "toPort": last, "protocol": protocol}


def ingress(old: list[Any], new: list[Any]) -> Subject:
    """An update of a group's rules, as one change per differing index."""
    size = max(len(old), len(new))
    pairs = zip([*old, *[None] * (size - len(old))], [*new, *[None] * (size - len(new))], strict=True)
    changes = [changed(f"ingress[{n}]", a, b) for n, (a, b) in enumerate(pairs) if a != b]
    return subject("update", GROUP, {"ingress": new}, *changes)


def test_a_new_range_opens_up() -> None:
    """Source, protocol and ports are stated."""
    assert texts(ingress([rule("10.0.0.0/8")], [rule("10.0.0.0/8", "0.0.0.0/0")])) == [
        "ingress from any address (0.0.0.0/0) on TCP 443"
    ]


@pytest.mark.parametrize(
    "cidr", ["0.0.0.0/0", "1.2.3.4/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "0:0:0:0:0:0:0:0/0", "2000::/3"]
)
def test_a_range_of_the_size_of_the_internet_admits_anyone(cidr: str) -> None:
    """In every spelling, also as two halves."""
    assert broad(ingress([], [rule(cidr)]))


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "203.0.113.0/24", "fc00::/7", "2001:db8::/32", "pl-1"])
def test_other_ranges_do_not_admit_anyone(cidr: str) -> None:
    """They are stated in a deployed stack only."""
    assert texts(ingress([], [rule(cidr)])) == [f"ingress from {cidr} on TCP 443"]
    assert broad(ingress([], [rule(cidr)])) == []


def test_a_narrower_range_opens_nothing() -> None:
    """Nor does a removed rule, or another order."""
    assert texts(ingress([rule("10.0.0.0/8")], [rule("10.1.0.0/16")])) == []
    assert texts(ingress([rule("10.0.0.0/8"), rule("::/0")], [rule("::/0")])) == []
    assert texts(ingress([rule("10.0.0.0/8"), rule("::/0")], [rule("::/0"), rule("10.0.0.0/8")])) == []


def test_more_ports_and_protocols_open_up() -> None:
    """A rule whose source stays."""
    assert texts(ingress([rule("10.0.0.0/8")], [rule("10.0.0.0/8", first=1, last=1024)])) == [
        "ingress from 10.0.0.0/8 on TCP 1-1024"
    ]
    assert texts(ingress([rule("10.0.0.0/8")], [rule("10.0.0.0/8", protocol="-1", first=0, last=0)])) == [
        "ingress from 10.0.0.0/8 on all ports"
    ]


def test_an_unknown_source_opens_up() -> None:
    """It can be any address."""
    assert texts(ingress([], [rule(UNKNOWN)])) == ["ingress from [known after the deployment] on TCP 443"]


def test_a_new_rule_opens_up() -> None:
    """Of both kinds of resources and directions."""
    inputs = {"cidrIpv4": "10.0.0.0/8", "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432}
    assert texts(subject("create", RULE, inputs)) == ["ingress from 10.0.0.0/8 on TCP 5432"]
    other = {
        "type": "ingress",
        "sourceSecurityGroupId": "sg-1",
        "protocol": "udp",
        "fromPort": 53,
        "toPort": 53,
    }
    assert texts(subject("create", OLD_RULE, other)) == ["ingress from sg-1 on UDP 53"]
    assert texts(subject("create", OLD_RULE, {**other, "type": "egress"})) == ["egress to sg-1 on UDP 53"]


def test_wider_egress_opens_up_but_a_new_group_allows_it_anyway() -> None:
    """It is not access of anyone to the resource, and does not matter in a new stack."""
    everywhere = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}
    step = update(GROUP, {"egress": [rule("10.0.0.0/8")]}, {"egress": [everywhere]})
    assert texts(step) == ["egress to any address (0.0.0.0/0) on all ports"]
    assert broad(step) == []
    assert texts(subject("create", GROUP, {"egress": [everywhere]})) == []


def test_a_rule_that_moves_to_another_group_opens_up() -> None:
    """The other group did not have it."""
    inputs = {"cidrIpv4": "10.0.0.0/8", "ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
    step = update(RULE, {**inputs, "securityGroupId": "sg-1"}, {**inputs, "securityGroupId": "sg-2"})
    assert texts(step) == ["ingress from 10.0.0.0/8 on TCP 22"]


def test_a_removed_denial_of_a_network_acl_opens_up() -> None:
    """Inline and as a resource; a wider denial does not."""
    deny = {"ruleAction": "deny", "cidrBlock": "0.0.0.0/0", "protocol": "-1", "networkAclId": "acl-1"}
    assert texts(delete(ACL_RULE, deny)) == [
        "no longer denies ingress from any address (0.0.0.0/0) on all ports"
    ]
    assert texts(update(ACL_RULE, {**deny, "cidrBlock": "10.0.0.0/8"}, deny)) == []
    inline = {"action": "deny", "cidrBlock": "10.0.0.0/8", "protocol": "-1"}
    step = update("aws:ec2/networkAcl:NetworkAcl", {"ingress": [inline]}, {"ingress": []})
    assert texts(step) == ["no longer denies ingress from 10.0.0.0/8 on all ports"]
    allows = {**inline, "action": "allow"}
    step = update("aws:ec2/networkAcl:NetworkAcl", {"ingress": []}, {"ingress": [allows]})
    assert texts(step) == ["ingress from 10.0.0.0/8 on all ports"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"endpointPublicAccess": False}, {"endpointPublicAccess": True}, "any address (0.0.0.0/0)"),
        ({"endpointPublicAccess": False}, {}, "any address (0.0.0.0/0)"),
        ({"publicAccessCidrs": ["203.0.113.0/24"]}, {}, "any address (0.0.0.0/0)"),
        (
            {"endpointPublicAccess": False},
            {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]},
            "203.0.113.0/24",
        ),
    ],
)
def test_the_addresses_that_can_connect_to_a_cluster_are_stated(
    old: dict[str, Any], new: dict[str, Any], expected: str
) -> None:
    """Public access without a list is access from any address. The opposite change opens nothing."""
    step = update(CLUSTER, {"vpcConfig": old}, {"vpcConfig": new})
    assert texts(step) == [f"the EKS endpoint becomes reachable from {expected}"]
    assert texts(update(CLUSTER, {"vpcConfig": new}, {"vpcConfig": old})) == []


def test_an_added_range_of_a_prefix_list_opens_up() -> None:
    """Rules of security groups refer to it."""
    type_ = "aws:ec2/managedPrefixList:ManagedPrefixList"
    old, new = ({"entries": [{"cidr": cidr}]} for cidr in ("10.0.0.0/8", "0.0.0.0/0"))
    expected = ["rules with the prefix list also apply to any address (0.0.0.0/0)"]
    assert broad(update(type_, old, new)) == expected
    entry = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
    assert broad(subject("create", entry, {"cidr": "0.0.0.0/0"})) == expected
