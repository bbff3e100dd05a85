"""What a step opens up."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from platform_components.engine.values import UNKNOWN
from platform_components.report.exposure import exposures
from platform_components.report.subject import Subject
from tests.report.plans import changed, subject

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
CLUSTER = "aws:eks/cluster:Cluster"
SERVICE = "kubernetes:core/v1:Service"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1:"


def texts(step: Subject) -> list[str]:
    return [fact.text for fact in exposures(step)]


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
        "ingress from 0.0.0.0/0 on TCP 443"
    ]


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
    assert texts(ingress([], [rule(UNKNOWN)])) == [
        "ingress from a source known after the deployment on TCP 443"
    ]


def test_a_new_rule_opens_up() -> None:
    """Of both kinds of resources; egress does not."""
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
    assert texts(subject("create", OLD_RULE, {**other, "type": "egress"})) == []


def test_a_network_policy_that_is_deleted_opens_up() -> None:
    """Pods without a policy accept all ingress."""
    assert texts(subject("delete", POLICY)) == [
        "no longer restricts ingress: pods accept all ingress unless another policy selects them"
    ]


def test_a_network_policy_with_other_peers_opens_up() -> None:
    """A rule without `from` allows any address."""
    spec = {"podSelector": {}, "ingress": [{"ports": [{"port": 8080}]}]}
    old = {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 8080}]}
    step = subject("update", POLICY, {"spec": spec}, changed("spec.ingress[0]", old, spec["ingress"][0]))  # type: ignore[index]
    assert texts(step) == ["ingress from any address on TCP 8080"]


def test_a_list_of_addresses_that_is_removed_opens_up() -> None:
    """Without it, EKS and load balancers accept any address."""
    change = changed("vpcConfig.publicAccessCidrs", ["203.0.113.0/24"], None)
    assert texts(subject("update", CLUSTER, {"vpcConfig": {}}, change)) == [
        "any address can connect to the EKS endpoint"
    ]
    change = changed("spec.loadBalancerSourceRanges[0]", "10.0.0.0/8", "0.0.0.0/0")
    inputs = {"spec": {"loadBalancerSourceRanges": ["0.0.0.0/0"]}}
    assert texts(subject("update", SERVICE, inputs, change)) == ["0.0.0.0/0 can connect to the load balancer"]


@pytest.mark.parametrize(
    ("type_", "path", "old", "new", "text"),
    [
        (CLUSTER, "vpcConfig.endpointPublicAccess", False, True, "the EKS endpoint is public"),
        (CLUSTER, "vpcConfig.endpointPublicAccess", False, None, "the EKS endpoint is public"),
        ("aws:rds/instance:Instance", "publiclyAccessible", None, True, "has a public endpoint"),
        ("aws:lb/loadBalancer:LoadBalancer", "internal", True, None, "is internet-facing"),
        (
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            "blockPublicPolicy",
            True,
            False,
            "turns off blockPublicPolicy",
        ),
        (SERVICE, "spec.type", "ClusterIP", "LoadBalancer", "is reachable through a load balancer"),
    ],
)
def test_a_setting_that_becomes_public_opens_up(type_: str, path: str, old: Any, new: Any, text: str) -> None:
    """The opposite change does not."""

    def inputs(value: Any) -> dict[str, Any]:
        outer, _, inner = path.rpartition(".")
        leaf = {} if value is None else {inner or path: value}
        return {outer: leaf} if outer else leaf

    assert texts(subject("update", type_, inputs(new), changed(path, old, new))) == [text]
    if new is not None:
        assert texts(subject("update", type_, inputs(old), changed(path, new, old))) == []


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": more.pop("effect", "Allow"), "Action": actions, "Resource": resources, **more}


def policy(old: list[dict[str, Any]], new: list[dict[str, Any]], type_: str = ROLE_POLICY) -> Subject:
    after = document(*new)
    return subject("update", type_, {"policy": after}, changed("policy", document(*old), after))


def test_added_actions_open_up() -> None:
    """Only those that no former statement covers, also with wildcards."""
    assert texts(policy([allow("s3:Get*")], [allow(["s3:GetObject", "s3:PutObject"])])) == [
        "allows s3:PutObject on *"
    ]


def test_a_rewritten_document_opens_nothing() -> None:
    """Another order, statements that are merged or divided, a text for a list."""
    old = [allow(["s3:GetObject", "s3:PutObject"], ["a", "b"])]
    new = [
        allow("s3:PutObject", ["b", "a"], Sid="X"),
        allow(["s3:GetObject"], "b"),
        allow("s3:GetObject", "a"),
    ]
    assert texts(policy(old, new)) == []


def test_added_resources_and_principals_open_up() -> None:
    """Each with the actions."""
    assert texts(policy([allow("s3:GetObject", "a")], [allow("s3:GetObject", ["a", "b"])])) == [
        "allows s3:GetObject on b"
    ]
    old = allow("sts:AssumeRole", "*", Principal={"AWS": "arn:aws:iam::1:root"})
    new = allow("sts:AssumeRole", "*", Principal={"AWS": ["arn:aws:iam::1:root", "arn:aws:iam::2:root"]})
    assert texts(policy([old], [new])) == ["allows sts:AssumeRole on * to AWS:arn:aws:iam::2:root"]


def test_a_removed_condition_opens_up() -> None:
    """And an added one does not."""
    guarded = allow("s3:GetObject", "a", Condition={"Bool": {"aws:SecureTransport": "true"}})
    assert texts(policy([guarded], [allow("s3:GetObject", "a")])) == ["allows s3:GetObject on a"]
    assert texts(policy([allow("s3:GetObject", "a")], [guarded])) == []


def test_a_removed_denial_opens_up() -> None:
    """What it denied may be allowed elsewhere."""
    denied = allow("s3:*", effect="Deny")
    assert texts(policy([denied, allow("s3:GetObject")], [allow("s3:GetObject")])) == [
        "removes or changes the denial of s3:*"
    ]


def test_excluded_actions_are_one_element() -> None:
    """NotAction with fewer exclusions allows more."""
    old = {"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*"}
    new = {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}
    assert texts(policy([old], [new])) == ['allows all except ["iam:*"] on *']


def test_attached_policies_open_up() -> None:
    """The administrator policy is open to anything."""
    inputs = {"role": "payments", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    type_ = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    (fact,) = exposures(subject("create", type_, inputs))
    assert (fact.text, fact.is_broad) == (
        "attaches arn:aws:iam::aws:policy/AdministratorAccess to payments",
        True,
    )


def test_a_hostile_policy_is_compared_in_time() -> None:
    """Wildcards in a row, and more combinations than IAM's quotas allow."""
    wild = allow("*a" * 200 + "b", "*" * 1000)
    started = time.monotonic()
    texts(policy([wild], [allow("a" * 2000, "x" * 2000)]))
    many = [allow([f"s3:A{n}" for n in range(300)], [f"r{n}" for n in range(300)])]
    assert texts(policy([], many)) == ["changes a policy document that is too large to compare; review it"]
    assert time.monotonic() - started < 2


def test_cluster_permissions_open_up() -> None:
    """Verbs on resources that no former rule covers."""
    old = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}]
    new = [*old, {"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]}]
    step = subject("update", f"{RBAC}Role", {"rules": new}, changed("rules[1]", None, new[1]))
    assert texts(step) == ["allows get, list on secrets"]


def test_subjects_of_a_binding_open_up() -> None:
    """Those that did not have the role."""
    subjects = [
        {"kind": "Group", "name": "devs"},
        {"kind": "ServiceAccount", "namespace": "ci", "name": "bot"},
    ]
    inputs = {"roleRef": {"name": "cluster-admin"}, "subjects": subjects}
    step = subject("update", f"{RBAC}ClusterRoleBinding", inputs, changed("subjects[1]", None, subjects[1]))
    assert texts(step) == ["gives ServiceAccount ci bot the role cluster-admin"]
