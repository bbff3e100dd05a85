"""Changes of inputs, and known outputs in the preview of an update."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine import UNKNOWN, Secret
from tests.estate.changes import ABSENT, Change, changes, planned


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, [Change("a.b[1]", 2, 3)]),
        ({"a": [1]}, {"a": [1, 2]}, [Change("a", [1], [1, 2])]),
        ({"a": {"b": 1}}, {}, [Change("a.b", 1, ABSENT)]),
        ({}, {"a": {"b": 1}}, [Change("a.b", ABSENT, 1)]),
        ({"a": 1}, {"a": UNKNOWN}, [Change("a", 1, UNKNOWN)]),
        ({"a": "x"}, {"a": Secret("x")}, []),
        ({"a": None, "b": {}}, {}, []),
        ({"name": "chosen-1a2b3c4", "__defaults": ["name"]}, {}, []),
        (
            {"name": "chosen-1a2b3c4", "__defaults": ["name"]},
            {"name": "stated"},
            [Change("name", "chosen-1a2b3c4", "stated")],
        ),
        ({"tags": {}, "tagsAll": {"Name": "x"}}, {"tags": {}}, []),
    ],
)
def test_changes_are_leaves(old: dict[str, Any], new: dict[str, Any], expected: list[Change]) -> None:
    """Each with its path; what the provider added to the recorded inputs is none."""
    assert changes("", old, new) == expected


CLUSTER = "aws:eks/cluster:Cluster"
VPC_CONFIG = {
    "__defaults": ["endpointPrivateAccess", "endpointPublicAccess"],
    "endpointPrivateAccess": False,
    "endpointPublicAccess": True,
    "subnetIds": ["subnet-1", "subnet-2"],
}
"""As pulumi-aws stores it: its repository, provider/testdata/recorded/TestProviderUpgrade/eks-cluster."""


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({}, []),
        ({"endpointPublicAccess": True}, []),
        ({"endpointPublicAccess": False}, [Change("vpcConfig.endpointPublicAccess", True, False)]),
    ],
)
def test_defaults_of_nested_objects_are_not_changes(stated: dict[str, Any], expected: list[Change]) -> None:
    """pulumi-terraform-bridge lists the defaults of an object in the object, at any depth."""
    old = {"__defaults": ["name"], "name": "main-0268e11", "vpcConfig": VPC_CONFIG}
    new = {"vpcConfig": {"subnetIds": ["subnet-1", "subnet-2"], **stated}}
    assert changes(CLUSTER, old, new) == expected


def test_defaults_and_bookkeeping_of_objects_in_lists_are_not_changes() -> None:
    """The rules of a security group are such objects."""
    rule = {"fromPort": 443, "protocol": "tcp", "toPort": 443}
    recorded = {**rule, "__defaults": ["self"], "__meta": "{}", "self": False}
    assert changes("aws:ec2/securityGroup:SecurityGroup", {"ingress": [recorded]}, {"ingress": [rule]}) == []


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (["subnet-2", "subnet-1"], []),
        (["subnet-2", "subnet-3"], [Change("vpcConfig.subnetIds[0]", "subnet-1", "subnet-3")]),
        (["subnet-2"], [Change("vpcConfig.subnetIds", ["subnet-1", "subnet-2"], ["subnet-2"])]),
        (["subnet-2", "subnet-2"], [Change("vpcConfig.subnetIds[0]", "subnet-1", "subnet-2")]),
    ],
)
def test_the_order_of_a_set_is_not_a_change(new: list[str], expected: list[Change]) -> None:
    """Only elements that are not in both are reported."""
    assert changes(CLUSTER, {"vpcConfig": VPC_CONFIG}, {"vpcConfig": {"subnetIds": new}}) == expected


def test_the_order_of_objects_in_a_set_is_not_a_change() -> None:
    """They are equal also if the recorded ones have defaults that the provider added."""
    first, second = {"name": "rds.force_ssl", "value": "1"}, {"name": "log_statement", "value": "ddl"}
    recorded = {**first, "applyMethod": "immediate", "__defaults": ["applyMethod"]}
    old, new = {"parameters": [recorded, second]}, {"parameters": [second, first]}
    assert changes("aws:rds/parameterGroup:ParameterGroup", old, new) == []


def test_the_order_of_a_list_is_a_change() -> None:
    """A list is a set only if the provider's schema declares it as one."""
    old, new = {"command": ["a", "b"]}, {"command": ["b", "a"]}
    assert changes(CLUSTER, old, new) == [Change("command[0]", "a", "b"), Change("command[1]", "b", "a")]


def test_the_preview_of_an_update_has_the_old_outputs_and_the_new_inputs() -> None:
    """Computed values remain, also inside a changed input; removed inputs are removed."""
    outputs = {"arn": "arn:1", "vpc": {"ids": ["a"], "computed": "sg-1"}, "gone": 1}
    old = {"vpc": {"ids": ["a"]}, "gone": 1}
    new = {"vpc": {"ids": ["a", "b"]}}
    assert planned("", outputs, old, new) == {"arn": "arn:1", "vpc": {"ids": ["a", "b"], "computed": "sg-1"}}
