"""The AWS provider: tags, Regions, policies, sets, replacements."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine.plan.providers import Checked
from platform_components.engine.values import UNKNOWN, Secret
from platform_components.providers import known_providers
from platform_components.providers.aws import AwsProvider
from platform_components.providers.aws_tags import all_tags
from tests.providers.states import resource

BUCKET, ROLE, GROUP = "aws:s3/bucket:Bucket", "aws:iam/role:Role", "aws:rds/subnetGroup:SubnetGroup"


def check(
    given: dict[str, Any], old: dict[str, Any], type_: str = BUCKET, outputs: dict[str, Any] | None = None
) -> Checked:
    return known_providers(type_).check(type_, given, resource(type_, {"__defaults": [], **old}, outputs))


def test_all_tags_are_those_of_the_resource_and_of_the_provider() -> None:
    """applyTags in provider/tags.go computes `tagsAll`; the provider's tags follow from the old ones."""
    old = {"tags": {"Name": "a"}, "tagsAll": {"Name": "a", "Owner": "team"}}
    assert check({"tags": {"Name": "a"}}, old).inputs == {"__defaults": [], **old}
    assert check({"tags": {"Name": "b"}}, old).inputs["tagsAll"] == {"Name": "b", "Owner": "team"}
    assert check({}, old).inputs["tagsAll"] == {"Owner": "team"}


def test_tags_that_the_provider_ignores_are_not_in_all_tags() -> None:
    """`ignoreTags` of the provider."""
    old = {"tags": {"Name": "a", "temporary": "1"}, "tagsAll": {"Name": "a"}}
    assert check({"tags": old["tags"]}, old).inputs["tagsAll"] == {"Name": "a"}


def test_bookkeeping_of_former_versions_is_not_a_tag() -> None:
    """pulumi-aws 5 and 6 recorded `__defaults` in maps, too."""
    assert all_tags({"a": "1"}, {"tagsAll": {"b": "2", "__defaults": []}}, None) == {"a": "1", "b": "2"}


def test_first_tags_are_in_all_tags() -> None:
    """The outputs show that the type has `tagsAll`, which is not set without tags."""
    checked = check({"tags": {"Name": "a"}}, {}, outputs={"tagsAll": {}})
    assert checked.inputs["tagsAll"] == {"Name": "a"}
    assert "tagsAll" not in check({"tags": {"Name": "a"}}, {}, outputs={"id": "x"}).inputs
    assert "tagsAll" not in check({}, {}, outputs={"tagsAll": {}}).inputs


def test_all_tags_are_unknown_as_soon_as_one_is() -> None:
    """mergeTags in provider/tags.go."""
    old = {"tags": {"Name": "a"}, "tagsAll": {"Name": "a"}}
    assert check({"tags": {"Name": UNKNOWN, "b": "c"}}, old).inputs["tagsAll"] is UNKNOWN


def test_secret_tags_stay_secret_in_all_tags() -> None:
    """Also if the state has them in plain text."""
    checked = check({"tags": {"Name": Secret("b")}}, {"tags": {"Name": "a"}, "tagsAll": {"Name": "a"}})
    assert checked.inputs["tagsAll"] == Secret({"Name": "b"})


def test_the_region_of_the_provider_is_kept() -> None:
    """applyRegion in provider/region.go sets it; `__defaults` doesn't list it."""
    assert check({}, {"region": "eu-west-1"}).inputs["region"] == "eu-west-1"
    assert check({"region": "eu-west-2"}, {"region": "eu-west-1"}).inputs["region"] == "eu-west-2"


def test_a_policy_may_be_formatted_differently() -> None:
    """SuppressEquivalentPolicyDiffs: order of keys and actions, one action or a list of one."""
    old = '{"Statement":[{"Action":["a:b","a:c"],"Effect":"Allow","Principal":{"Service":["x"]}}]}'
    new = '{"Statement": {"Effect": "Allow", "Principal": {"Service": "x"}, "Action": ["a:c", "a:b"]}}'
    checked = check({"assumeRolePolicy": new}, {"assumeRolePolicy": old}, ROLE)
    assert checked.inputs["assumeRolePolicy"] == old
    assert checked.undecided == ()


def test_a_policy_with_another_action_differs() -> None:
    """Its text is that of the program."""
    old, new = '{"Statement":[{"Action":"a:b"}]}', '{"Statement":[{"Action":"a:c"}]}'
    checked = check({"assumeRolePolicy": {"Statement": [{"Action": "a:c"}]}}, {"assumeRolePolicy": old}, ROLE)
    assert checked.inputs["assumeRolePolicy"] == new


def test_the_order_of_a_set_is_that_of_the_state() -> None:
    """Only the items that differ are differences."""
    old = {"subnetIds": ["a", "b", "c"]}
    assert check({"subnetIds": ["c", "a", "b"]}, old, GROUP).inputs["subnetIds"] == ["a", "b", "c"]
    assert check({"subnetIds": ["d", "c", "a"]}, old, GROUP).inputs["subnetIds"] == ["a", "d", "c"]
    assert check({"subnetIds": ["c"]}, old, GROUP).inputs["subnetIds"] == ["c"]
    assert check({"subnetIds": ["e", "c", "b", "a", "d"]}, old, GROUP).inputs["subnetIds"] == [*"abced"]


@pytest.mark.parametrize(
    ("type_", "path", "effect"),
    [
        (BUCKET, "bucket", "replace"),
        (BUCKET, "forceDestroy", "update"),
        (BUCKET, "tags.Owner", "update"),
        (BUCKET, "tagsAll.Owner", "update"),
        (BUCKET, "region", "replace"),
        ("aws:eks/cluster:Cluster", "vpcConfig.subnetIds", "update"),
        ("aws:ec2/subnet:Subnet", "cidrBlock", "replace"),
        (BUCKET, "notYetKnown", "unknown"),
        ("aws:new/thing:Thing", "name", "unknown"),
        ("aws:accountaccess/application:Application", "identitySource", "replace"),
        ("aws:accountaccess/application:Application", "identitySource.arn", "unknown"),
        ("random:index/randomPassword:RandomPassword", "keepers.version", "replace"),
        ("tls:index/selfSignedCert:SelfSignedCert", "earlyRenewalHours", "unknown"),
        ("gcp:storage/bucket:Bucket", "location", "unknown"),
    ],
)
def test_what_a_change_does(type_: str, path: str, effect: str) -> None:
    """A property without an entry has the effect of the one that contains it; without any, it is unknown."""
    model = known_providers(type_)
    assert model.effect(type_, path, "old", "new") == effect
    if isinstance(model, AwsProvider):
        assert model.effect_within(type_, path, "old", "new", before={}, after={}) == effect


@pytest.mark.parametrize(
    ("type_", "new", "first"),
    [
        (BUCKET, {"__defaults": [], "bucket": "orders"}, True),
        (BUCKET, {"__defaults": ["bucket"], "bucket": "orders-1a2b3c4"}, False),
        ("aws:route53/record:Record", {"__defaults": [], "name": "orders.example.com"}, False),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"__defaults": []}, True),
    ],
)
def test_which_replacement_deletes_first(type_: str, new: dict[str, Any], first: bool) -> None:
    """DeleteBeforeReplace in provider/resource_overrides.go, and names that are not generated (AutoNamed)."""
    assert known_providers(type_).deletes_first(type_, resource(type_, {}), new) is first


def configured(**inputs: Any) -> AwsProvider:
    return AwsProvider().configured(inputs)


def checked(model: AwsProvider, given: dict[str, Any], old: dict[str, Any]) -> Any:
    return model.check(BUCKET, given, resource(BUCKET, {"__defaults": [], **old})).inputs


def test_another_region_of_the_provider_is_another_region_of_its_resources() -> None:
    """So each of them is replaced, unless it has its own Region."""
    model = configured(region="eu-west-2")
    assert checked(model, {}, {"region": "eu-west-1"})["region"] == "eu-west-2"
    assert checked(model, {"region": "eu-west-1"}, {"region": "eu-west-1"})["region"] == "eu-west-1"
    assert "region" not in checked(model, {}, {})  # a global resource


@pytest.mark.parametrize("region", [None, UNKNOWN])
def test_a_region_that_is_not_in_the_configuration_is_that_of_the_state(region: object) -> None:
    """It can come from the environment of the deployment."""
    assert checked(configured(region=region), {}, {"region": "eu-west-1"})["region"] == "eu-west-1"


def test_the_tags_of_a_known_provider_are_those_of_its_configuration() -> None:
    """JSON text in its inputs; `ignoreTags` with keys and prefixes."""
    model = configured(
        defaultTags='{"tags":{"Owner":"team"}}', ignoreTags={"keys": ["a"], "keyPrefixes": ["b/"]}
    )
    old = {"tags": {"Name": "x"}, "tagsAll": {"Name": "x", "Owner": "other"}}
    assert checked(model, {"tags": {"a": "1", "b/c": "2"}}, old)["tagsAll"] == {"Owner": "team"}
    assert checked(configured(), {"tags": {"Name": "x"}}, old)["tagsAll"] == {"Name": "x"}


def test_tags_of_a_provider_that_are_not_known_are_those_of_the_state() -> None:
    """Unknown until deployment, for instance."""
    old = {"tags": {"Name": "x"}, "tagsAll": {"Name": "x", "Owner": "team"}}
    assert checked(configured(defaultTags=UNKNOWN), {"tags": {"Name": "x"}}, old)["tagsAll"] == old["tagsAll"]


def test_what_is_added_to_a_configuration_is_kept() -> None:
    """CheckConfig adds a Region from the environment, and defaults, without a list of them."""
    type_ = "pulumi:providers:aws"
    old = {"region": "eu-west-1", "skipMetadataApiCheck": "true", "defaultTags": '{"tags":{"a":"b"}}'}
    given = {"defaultTags": '{"tags": {"a": "b"}}', "profile": None}
    model = known_providers(type_)
    assert model.check(type_, given, resource(type_, old)).inputs == old
    assert "defaultTags" not in model.check(type_, {}, resource(type_, old)).inputs
    assert model.effect(type_, "region", "eu-west-1", "eu-west-2") == "update"
    assert (
        known_providers("pulumi:providers:datadog").effect("pulumi:providers:datadog", "a", 1, 2) == "unknown"
    )


@pytest.mark.parametrize(
    ("property_", "old", "new", "effect"),
    [
        ("engine", "redis", "valkey", "update"),
        ("engine", "valkey", "redis", "replace"),
        ("engine", "redis", UNKNOWN, "unknown"),
        ("engineVersion", "7.1", "7.0", "replace"),
        ("engineVersion", "7.9", "7.10", "update"),
        ("engineVersion", Secret("7.1"), "7.0", "replace"),
        ("engineVersion", "7.x", "7.0", "unknown"),
        ("engineVersion", None, "7.0", "unknown"),
    ],
)
def test_a_downgrade_of_a_cache_replaces_it(property_: str, old: object, new: object, effect: str) -> None:
    """An upgrade updates it; from Redis to Valkey, but not back."""
    type_ = "aws:elasticache/replicationGroup:ReplicationGroup"
    assert known_providers(type_).effect(type_, property_, old, new) == effect


def test_the_encryption_of_a_cluster_can_be_added_but_not_removed() -> None:
    """Removing it replaces the cluster."""
    type_, encryption = "aws:eks/cluster:Cluster", {"resources": ["secrets"]}
    model = known_providers(type_)
    assert model.effect(type_, "encryptionConfig", None, encryption) == "update"
    assert model.effect(type_, "encryptionConfig", encryption, None) == "replace"


@pytest.mark.parametrize(
    ("option", "effect"),
    [(True, "replace"), ("true", "replace"), (False, "update"), (None, "update"), (UNKNOWN, "unknown")],
)
@pytest.mark.parametrize("path", ["userData", "userDataBase64"])
def test_new_user_data_replaces_an_instance_that_requests_it(path: str, option: object, effect: str) -> None:
    """ForceNewIf in terraform-provider-aws, internal/service/ec2/ec2_instance.go."""
    type_ = "aws:ec2/instance:Instance"
    after = {path: "b", "userDataReplaceOnChange": option}
    assert AwsProvider().effect_within(type_, path, "a", "b", before={path: "a"}, after=after) == effect


@pytest.mark.parametrize(
    ("type_", "path"),
    [
        ("aws:eks/cluster:Cluster", "deletionProtection"),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "multiAzEnabled"),
    ],
)
def test_protection_and_availability_are_updated(type_: str, path: str) -> None:
    """Their change is not a possible replacement."""
    assert known_providers(type_).effect(type_, path, True, False) == "update"
