"""Security groups, network policies and databases: what the examples of the rules can't show."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.base.markers import UNKNOWN
from platform_components.policy import Example, PolicyContext, Report, evaluate_policies
from policies import RULES

USERS = "aws:elasticache/userGroup:UserGroup"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
CLUSTER = "aws:rds/cluster:Cluster"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"


def _report(rule: str, *resources: Example, environment: str = "prod") -> Report:
    rules = [each for each in RULES if each.id == rule]
    return evaluate_policies(resources, rules, PolicyContext.of(environment))


def _outcomes(report: Report) -> list[str]:
    return [finding.outcome for finding in report.findings]


def _rule(*blocks: object, port: object = 22) -> dict[str, Any]:
    return {"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": list(blocks)}


@pytest.mark.parametrize(
    ("ingress", "outcomes"),
    [
        ([_rule(UNKNOWN)], ["undetermined"]),
        ([_rule("0.0.0.0/0", port=UNKNOWN)], ["undetermined"]),
        ([_rule("10.0.0.0/8", port=UNKNOWN)], []),
        ([_rule("10.0.0.0/8"), _rule("0.0.0.0/0")], ["violation"]),
        (UNKNOWN, ["undetermined"]),
    ],
    ids=["source", "port", "private source", "second rule", "all"],
)
def test_a_security_group_is_undetermined_only_if_its_unknown_part_decides(
    ingress: object, outcomes: list[str]
) -> None:
    """An unknown port is no matter for a source within the VPC."""
    assert _outcomes(_report("security-group-open", Example(GROUP, {"ingress": ingress}))) == outcomes


def test_a_rule_for_another_security_group_is_not_open() -> None:
    """Its ID is unknown until deployment; the rule has no CIDR block."""
    rule = {"referencedSecurityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432}
    assert _report("security-group-open", Example(INGRESS_RULE, rule)).findings == ()


@pytest.mark.parametrize(
    ("rule", "outcomes"),
    [
        ({"to": [{"ipBlock": {"cidr": UNKNOWN}}], "ports": [{"port": UNKNOWN}]}, ["undetermined"]),
        ({"ports": [{"port": UNKNOWN}]}, ["undetermined"]),
        ({"to": [{"ipBlock": {"cidr": UNKNOWN}}]}, ["undetermined"]),
        ({"to": [{"ipBlock": {"cidr": UNKNOWN}}], "ports": [{"port": 8080}]}, []),
        ({"to": [{"namespaceSelector": UNKNOWN}]}, []),
    ],
    ids=["block and port", "port", "block", "block with a port", "namespaces"],
)
def test_egress_is_undetermined_only_if_its_unknown_part_decides(
    rule: dict[str, Any], outcomes: list[str]
) -> None:
    """The data subnets of a foundation are unknown, and allowed with a port."""
    example = Example(POLICY, {"spec": {"egress": [rule]}})
    assert _outcomes(_report("network-policy-open", example)) == outcomes


@pytest.mark.parametrize(
    ("rule", "outcomes"),
    [
        ({"from": [{"ipBlock": {"cidr": UNKNOWN}}], "ports": [{"port": 8080}]}, ["undetermined"]),
        ({"from": [{"namespaceSelector": UNKNOWN}]}, ["undetermined"]),
        ({"from": [{"podSelector": UNKNOWN}], "ports": [{"port": UNKNOWN}]}, []),
    ],
    ids=["block", "namespaces", "pods of the namespace"],
)
def test_ingress_is_undetermined_if_its_source_is_unknown(rule: dict[str, Any], outcomes: list[str]) -> None:
    """Whatever its port is: most pods have one only."""
    example = Example(POLICY, {"spec": {"ingress": [rule]}})
    assert _outcomes(_report("network-policy-open", example)) == outcomes


def test_blocks_and_ports_can_be_divided_among_rules() -> None:
    """Four rules, each with half of the addresses and less than half of the ports."""
    halves = [{"ipBlock": {"cidr": cidr}} for cidr in ("12.0.0.0/8", "13.0.0.0/8")]
    ranges = [{"port": 1, "endPort": 20000}, {"port": 20001, "endPort": 40000}]
    egress = [{"to": [half], "ports": [ports]} for half in halves for ports in ranges]
    messages = [
        [
            finding.message
            for finding in _report("network-policy-open", Example(POLICY, {"spec": spec})).findings
        ]
        for spec in ({"egress": egress}, {"egress": egress[:3]})
    ]
    merged = (
        "spec.egress allows traffic to 12.0.0.0/7, which is larger than any private block, in several parts"
    )
    assert messages == [[merged], []]


def test_a_block_that_the_api_server_rejects_is_not_evaluated() -> None:
    """It is no reason for an error of the rule."""
    peers = [{"ipBlock": {"cidr": cidr}} for cidr in ("everywhere", "10.0.0.0/99", 7)]
    report = _report("network-policy-open", Example(POLICY, {"spec": {"ingress": [{"from": peers}]}}))
    assert report.findings == ()


@pytest.mark.parametrize(
    "spec",
    [
        {"policyTypes": UNKNOWN, "podSelector": {}},
        {"policyTypes": ["Ingress", "Egress"], "podSelector": UNKNOWN},
    ],
    ids=["types", "pods"],
)
def test_a_direction_is_undetermined_while_another_policy_may_restrict_it(spec: dict[str, Any]) -> None:
    """That policy restricts both directions of all pods, or of others."""
    policies = [
        Example(POLICY, {"spec": {"policyTypes": ["Ingress"], "podSelector": {}}}, name="deny"),
        Example(POLICY, {"spec": spec}, name="other"),
    ]
    findings = _report("network-policy-types", *policies).findings
    assert {(finding.name, finding.outcome) for finding in findings} >= {("deny", "undetermined")}
    assert "violation" not in {finding.outcome for finding in findings}


def test_a_load_balancer_with_an_unknown_scheme_is_undetermined() -> None:
    """Its deployment can make it internal."""
    annotations = {"service.beta.kubernetes.io/aws-load-balancer-scheme": UNKNOWN}
    service = {"metadata": {"annotations": annotations}, "spec": {"type": "LoadBalancer"}}
    report = _report("service-exposure", Example("kubernetes:core/v1:Service", service))
    assert _outcomes(report) == ["undetermined"]


def test_a_service_of_an_unknown_type_is_undetermined() -> None:
    """It can be a load balancer."""
    service = Example("kubernetes:core/v1:Service", {"spec": {"type": UNKNOWN}})
    assert _outcomes(_report("service-exposure", service)) == ["undetermined"]


def test_instances_in_zones_that_are_unknown_count() -> None:
    """Without a zone, RDS spreads them; one that is unknown can be another."""
    cluster = Example(CLUSTER, name="orders")
    members = [
        Example(
            MEMBER,
            {"availabilityZone": zone},
            name=f"orders-{number}",
            refers_to={"clusterIdentifier": cluster},
        )
        for number, zone in enumerate(("eu-west-1a", UNKNOWN))
    ]
    assert _report("database-cluster-instances", cluster, *members).findings == ()


@pytest.mark.parametrize("name", ["dbClusterInstanceClass", "engineMode"])
def test_a_cluster_that_may_be_of_another_kind_is_undetermined(name: str) -> None:
    """Multi-AZ clusters and Aurora Serverless v1 have no ClusterInstances."""
    cluster = Example(CLUSTER, {name: UNKNOWN}, name="orders")
    assert _outcomes(_report("database-cluster-instances", cluster)) == ["undetermined"]


@pytest.mark.parametrize("value", [True, "true", "True", "1", 1])
def test_a_flag_can_be_text(value: object) -> None:
    """Providers convert it, so that a rule must not take it for off."""
    example = Example("aws:rds/instance:Instance", {"publiclyAccessible": value})
    assert _outcomes(_report("database-public-access", example)) == ["violation"]


@pytest.mark.parametrize(
    ("type_", "source", "rule", "name"),
    [
        ("aws:rds/instance:Instance", "snapshotIdentifier", "storage-encryption", "storageEncrypted"),
        ("aws:rds/instance:Instance", "replicateSourceDb", "storage-encryption", "storageEncrypted"),
        (CLUSTER, "restoreToPointInTime", "storage-encryption", "storageEncrypted"),
        (CACHE, "globalReplicationGroupId", "storage-encryption", "atRestEncryptionEnabled"),
        (CACHE, "globalReplicationGroupId", "cache-tls", "transitEncryptionEnabled"),
    ],
)
def test_a_copy_is_as_encrypted_as_its_source(type_: str, source: str, rule: str, name: str) -> None:
    """Only AWS has the settings of the source."""
    (finding,) = _report(rule, Example(type_, {source: "orders"})).findings
    assert (finding.outcome, finding.message) == ("undetermined", f"{name} is that of {source}")


@pytest.mark.parametrize(
    ("type_", "rule", "inputs"),
    [
        (
            "aws:rds/parameterGroup:ParameterGroup",
            "database-tls",
            {"parameters": [{"name": "rds.force_ssl", "value": UNKNOWN}]},
        ),
        (
            "aws:rds/parameterGroup:ParameterGroup",
            "database-tls",
            {"parameters": [{"name": UNKNOWN, "value": "0"}]},
        ),
        (
            "aws:ec2/instance:Instance",
            "instance-disk-encryption",
            {"rootBlockDevice": {"encrypted": UNKNOWN}},
        ),
    ],
    ids=["value", "name", "disk"],
)
def test_an_unknown_part_of_an_entry_is_undetermined(type_: str, rule: str, inputs: dict[str, Any]) -> None:
    """It can be the value that switches encryption off."""
    assert _outcomes(_report(rule, Example(type_, inputs))) == ["undetermined"]


@pytest.mark.parametrize(
    ("engine", "users", "outcomes"),
    [
        ("redis", ["default", UNKNOWN], ["violation"]),
        ("redis", [UNKNOWN, UNKNOWN], ["undetermined"]),
        ("valkey", [UNKNOWN, UNKNOWN], []),
    ],
)
def test_new_users_of_a_valkey_group_authenticate(
    engine: str, users: list[object], outcomes: list[str]
) -> None:
    """ElastiCache accepts only users with a password or IAM in a group of the engine valkey."""
    report = _report("cache-default-user", Example(USERS, {"engine": engine, "userIds": users}))
    assert _outcomes(report) == outcomes


def test_a_cache_with_a_new_user_group_authenticates() -> None:
    """The ID of the group is unknown until deployment."""
    cache = Example(CACHE, {"userGroupIds": [UNKNOWN]})
    assert _report("cache-authentication", cache).findings == ()


def test_a_document_that_is_unknown_is_undetermined() -> None:
    """It contains an ARN that AWS assigns."""
    policy = Example("aws:iam/rolePolicy:RolePolicy", {"policy": UNKNOWN})
    assert _outcomes(_report("iam-administrator", policy)) == ["undetermined"]


def test_an_unknown_parameter_can_require_tls() -> None:
    """Only its name is unknown: the rule does not report that rds.force_ssl is missing."""
    group = {"family": "postgres14", "parameters": [{"name": UNKNOWN, "value": "1"}]}
    report = _report("database-tls", Example("aws:rds/parameterGroup:ParameterGroup", group))
    assert _outcomes(report) == ["undetermined"]
