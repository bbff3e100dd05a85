"""Deployed stacks are kept: recorded states are compared with the current programs.

This requires no CLI. docs/upgrading.md explains every difference that these tests expect.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from platform_components.engine import Resource
from platform_components.engine.urn import PROVIDER_TYPE, type_of
from tests.estate.changes import AWS_PROVIDER
from tests.estate.compare import Difference, compare, differences, expected
from tests.estate.states import STACKS, State, read_state

BUCKET = "aws:s3/bucket:Bucket"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CLUSTER = "aws:eks/cluster:Cluster"
DATABASE = "aws:rds/instance:Instance"
VPC = "aws:ec2/vpc:Vpc"
INSTANCE = (
    "platform:index:ServiceStack$platform:index:Database$aws:rds/instance:Instance::payments-db-instance"
)


def test_every_tier_of_every_stack_is_recorded() -> None:
    """There are three stacks in three tiers."""
    layers, environments = ("foundation", "notifications", "payments"), ("dev", "prod", "staging")
    assert tuple(f"{layer}.{environment}" for layer in layers for environment in environments) == STACKS
    assert expected().keys() == set(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_what_a_preview_of_the_estate_shows_is_expected(stack: str) -> None:
    """No loss, and every other difference is a reviewed one."""
    found = compare(read_state(stack))
    lost = [f"{stack}: {item}" for item in found if item.loses]
    assert not lost, "\n".join(["deployed stacks would lose", *lost])
    remedy = "explain it in docs/upgrading.md, then: python -m tests.estate.compare --write"
    assert [str(item) for item in found] == expected()[stack], remedy


# --- the comparison itself: a changed state has the effect of a changed program ---


def altered(stack: str, change: Callable[[dict[str, Any]], None]) -> list[Difference]:
    """The differences, without the expected ones, from a state that `change` altered, by type of resource."""
    deployment = copy.deepcopy(read_state(stack).deployment)
    change({resource["type"]: resource for resource in deployment["deployment"]["resources"]})
    known = expected()[stack]
    return [item for item in compare(State(stack, deployment)) if str(item) not in known]


def lines(found: list[Difference]) -> list[str]:
    """The losses, without the common part of the URNs."""
    return [str(item).replace("urn:pulumi:payments.prod::platform::", "") for item in found if item.loses]


def test_a_renamed_child_is_a_loss() -> None:
    """Without an alias, the old resource is deleted."""

    def rename(resources: dict[str, Any]) -> None:
        resources[DATABASE]["urn"] = resources[DATABASE]["urn"].replace("-instance", "-primary")

    found = altered("payments.prod", rename)
    assert lines(found) == [f"delete {INSTANCE.replace('-instance', '-primary')}"]
    assert f"create urn:pulumi:payments.prod::platform::{INSTANCE}" in [str(item) for item in found]


def test_a_moved_child_is_a_loss() -> None:
    """A different parent changes the URN."""

    def move(resources: dict[str, Any]) -> None:
        resources[DATABASE]["urn"] = resources[DATABASE]["urn"].replace("platform:index:Database$", "")

    moved = INSTANCE.replace("platform:index:Database$", "")
    assert lines(altered("payments.prod", move)) == [f"delete {moved}"]


def test_an_alias_keeps_a_child() -> None:
    """The program's aliases match the recorded resource: the type of a bucket in pulumi-aws 6."""

    def retype(resources: dict[str, Any]) -> None:
        bucket = resources[BUCKET]
        bucket["urn"] = bucket["urn"].replace("bucket:Bucket::", "bucketV2:BucketV2::")
        bucket["type"] = "aws:s3/bucketV2:BucketV2"

    assert altered("payments.prod", retype) == []


@pytest.mark.parametrize(
    ("type_", "path", "old", "shown"),
    [
        (DATABASE, "storageEncrypted", False, "false -> true"),
        (DATABASE, "username", "root", '"root" -> "app_admin"'),
        (CACHE, "port", 6380, "6380 -> 6379"),
    ],
)
def test_an_immutable_property_is_a_loss(type_: str, path: str, old: Any, shown: str) -> None:
    """The report names resource, property and both values."""

    def change(resources: dict[str, Any]) -> None:
        resources[type_]["inputs"][path] = old

    (line,) = lines(altered("payments.prod", change))
    assert line.startswith("replace ")
    assert line.endswith(f"  {path}: {shown}")


def test_an_immutable_property_that_is_removed_is_a_loss() -> None:
    """An example is the snapshot from which a database was restored."""

    def change(resources: dict[str, Any]) -> None:
        resources[DATABASE]["inputs"]["snapshotIdentifier"] = "before"

    assert lines(altered("payments.prod", change)) == [
        f'replace {INSTANCE}  snapshotIdentifier: "before" -> absent'
    ]


def test_an_effect_that_was_not_measured_is_a_loss() -> None:
    """For an irreplaceable type it counts as a replacement."""

    def change(resources: dict[str, Any]) -> None:
        resources[CACHE]["inputs"]["engine"] = "another"

    (line,) = lines(altered("payments.prod", change))
    assert line.endswith('  engine: "another" -> "valkey"')


def test_an_immutable_field_of_an_object_is_a_replacement() -> None:
    """An example is the selector of a Deployment, which is stateless, so this is not a loss."""

    def change(resources: dict[str, Any]) -> None:
        deployment = resources["kubernetes:apps/v1:Deployment"]["inputs"]
        deployment["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] = "former"
        resources["kubernetes:core/v1:Namespace"]["inputs"]["metadata"]["name"] = "former"

    found = altered("payments.prod", change)
    replaced = [(item.urn.rpartition("::")[2], item.loses) for item in found if item.operation == "replace"]
    assert ("payments-deployment", False) in replaced
    assert ("payments-namespace", True) in replaced


def test_what_is_protected_must_stay() -> None:
    """Whatever its type: somebody said that it must stay."""

    def rename(resources: dict[str, Any]) -> None:
        resources["aws:iam/rolePolicy:RolePolicy"]["urn"] += "-former"
        resources["aws:iam/rolePolicy:RolePolicy"]["protect"] = True

    (line,) = lines(altered("payments.prod", rename))
    assert line.startswith("delete ")
    assert line.endswith("-former")


def test_ignored_properties_and_versions_of_providers_are_not_differences() -> None:
    """EKS uses some flags only at creation, and the installed SDK determines the plugin's version."""

    def flag(resources: dict[str, Any]) -> None:
        resources[CLUSTER]["inputs"]["bootstrapSelfManagedAddons"] = True
        resources[CLUSTER]["inputs"]["accessConfig"]["bootstrapClusterCreatorAdminPermissions"] = True

    def version(resources: dict[str, Any]) -> None:
        inputs = resources[f"{PROVIDER_TYPE}kubernetes"]["inputs"]
        assert inputs["version"]
        inputs["version"] = "4.0.0"

    assert altered("foundation.prod", flag) == []
    assert altered("payments.prod", version) == []


def test_what_a_program_asks_to_replace_is_replaced() -> None:
    """`replace_on_changes` makes an update a replacement."""
    urn = "urn:pulumi:dev::platform::aws:s3/bucket:Bucket::assets"
    recorded = {"urn": urn, "type": BUCKET, "inputs": {"tags": {"Name": "assets"}}}
    resource = Resource(
        urn=urn, type=BUCKET, name="assets", custom=True, inputs={}, replace_on_changes=("tags",)
    )
    assert [str(item) for item in differences("dev", recorded, resource)] == [
        f'replace {urn}  tags.Name: "assets" -> absent'
    ]


@pytest.mark.parametrize(
    ("stack", "paths"),
    [
        (
            "payments.prod",
            {"aws:ec2/securityGroup:SecurityGroup": "description", "aws:iam/role:Role": "path"},
        ),
        (
            "foundation.prod",
            {
                "aws:ec2/natGateway:NatGateway": "connectivityType",
                "aws:ec2/vpcEndpoint:VpcEndpoint": "serviceName",
            },
        ),
    ],
)
def test_an_identity_or_a_connection_that_is_replaced_is_a_loss(stack: str, paths: dict[str, str]) -> None:
    """Other stacks refer to groups and roles; gateways and endpoints carry the traffic of all stacks."""

    def change(resources: dict[str, Any]) -> None:
        for type_, path in paths.items():
            resources[type_]["inputs"][path] = "former"

    lost = {type_of(item.urn): item.path for item in altered(stack, change) if item.loses}
    assert lost == paths


def test_another_region_of_the_default_provider_is_a_loss() -> None:
    """Everything in the former region would be replaced."""

    def change(resources: dict[str, Any]) -> None:
        resources[AWS_PROVIDER]["inputs"]["region"] = "eu-central-1"

    (line,) = lines(altered("payments.prod", change))
    assert line.startswith("replace ")
    assert line.endswith('  region: "eu-central-1" -> "eu-west-1"')


def test_settings_of_the_default_provider_are_compared() -> None:
    """They decide about the account and the tags of all resources; its version and its checks don't."""
    settings = {
        "allowedAccountIds": '["111122223333"]',
        "assumeRoles": '[{"roleArn": "arn:aws:iam::111122223333:role/deployer"}]',
        "defaultTags": '{"tags": {"Team": "payments"}}',
    }

    def change(resources: dict[str, Any]) -> None:
        resources[AWS_PROVIDER]["inputs"] |= {**settings, "skipMetadataApiCheck": "true", "version": "7.0.0"}

    found = [(item.operation, item.path) for item in altered("payments.prod", change)]
    assert found == [("update", setting) for setting in settings]


def test_a_change_upstream_shows_downstream() -> None:
    """What stands in a replaced VPC is replaced, for its id becomes unknown."""

    def change(resources: dict[str, Any]) -> None:
        resources[VPC]["inputs"]["cidrBlock"] = "10.0.0.0/16"

    found = altered("foundation.prod", change)
    replaced = {item.urn.rpartition("::")[2] for item in found if item.loses}
    assert {"main-vpc", "main-subnet-data-a"} <= replaced
    assert "main-key" not in replaced


def test_a_new_physical_name_is_a_loss() -> None:
    """A name that Pulumi chose is kept; one that the program states is not."""

    def change(resources: dict[str, Any]) -> None:
        resources[CLUSTER]["inputs"]["name"] = "production"

    lost = [item for item in altered("foundation.prod", change) if item.loses]
    assert ("name", "production", "main-prod") in [(item.path, item.old, item.new) for item in lost]


def test_a_dropped_protection_is_a_loss() -> None:
    """An accidental destroy would then delete it."""

    def protect(resources: dict[str, Any]) -> None:
        resources["aws:rds/subnetGroup:SubnetGroup"]["protect"] = True

    (line,) = lines(altered("payments.prod", protect))
    assert line.startswith("unprotect ")


def test_another_cluster_replaces_all_objects_in_it() -> None:
    """pulumi-kubernetes replaces a provider whose cluster changes, and Pulumi everything of that provider."""

    def change(resources: dict[str, Any]) -> None:
        provider = resources[f"{PROVIDER_TYPE}kubernetes"]
        old = provider["inputs"]["kubeconfig"]
        provider["inputs"]["kubeconfig"] = old.replace("https://", "https://former-")

    lost = [item.urn.rpartition("::")[2] for item in altered("payments.prod", change) if item.loses]
    assert lost == ["payments-namespace"]


def test_harmless_differences_are_shown() -> None:
    """Updates in place, new resources and changed outputs are not losses, but they are listed."""

    def change(resources: dict[str, Any]) -> None:
        resources[DATABASE]["inputs"]["instanceClass"] = "db.t3.large"
        resources["aws:iam/rolePolicy:RolePolicy"]["urn"] += "-former"
        resources["pulumi:pulumi:Stack"]["outputs"]["namespace"] = "former"

    found = altered("payments.prod", change)
    assert lines(found) == []
    assert {item.operation for item in found} >= {"create", "delete", "output", "update"}


def test_a_reordered_set_is_not_a_difference() -> None:
    """The subnets of a database."""

    def reverse(resources: dict[str, Any]) -> None:
        resources["aws:rds/subnetGroup:SubnetGroup"]["inputs"]["subnetIds"].reverse()

    assert altered("payments.prod", reverse) == []


def test_order_and_spelling_of_documents_are_no_difference() -> None:
    """Providers compare policies as JSON."""

    def respace(resources: dict[str, Any]) -> None:
        policy = resources["aws:s3/bucketPolicy:BucketPolicy"]["inputs"]
        policy["policy"] = policy["policy"].replace(", ", ",  ")

    assert altered("payments.prod", respace) == []
