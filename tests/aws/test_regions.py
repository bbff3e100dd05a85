"""Regions: keys, instance classes and zones that a component's region does not have."""

from __future__ import annotations

import pulumi
import pytest

from platform_components.aws.bucket import BucketArgs
from platform_components.aws.cache import CacheArgs
from platform_components.aws.database_args import DatabaseArgs
from platform_components.aws.network import NetworkArgs
from platform_components.aws.partitions import partition_of
from platform_components.aws.regions import arn_problem, zone_problem
from platform_components.base import ComponentArgs, Context, InvalidInput
from platform_components.base.regions import AwsRegion
from platform_components.testing import render
from tests.samples import KEY_ARN

KEYS = [DatabaseArgs, CacheArgs, BucketArgs]


def context(region: str) -> Context:
    return Context(environment="prod", tier="production", region=region, service="shop", owner="shop-team")


def problems(args: ComponentArgs, region: str) -> str:
    """Return the message for args in a region; empty if they are valid."""
    try:
        args.resolve(context(region), "Args")
    except InvalidInput as error:
        return str(error)
    return ""


@pytest.mark.parametrize("args", KEYS)
def test_a_key_of_another_region_is_rejected(args: type[ComponentArgs]) -> None:
    """AWS encrypts with keys of the same region only; the deployment would fail."""
    of_another = problems(args.parse({"kms_key_arn": KEY_ARN}, "args"), "eu-central-1")
    assert "must be in eu-central-1, the region of the component  use a key of that region" in of_another
    assert problems(args.parse({"kms_key_arn": KEY_ARN}, "args"), "eu-west-1") == ""


def test_the_key_of_the_logs_of_a_cache_is_checked_too() -> None:
    """CloudWatch Logs encrypts with keys of the same region only, too."""
    found = problems(CacheArgs(log_kms_key_arn=KEY_ARN), "eu-central-1")
    assert "log_kms_key_arn" in found
    assert "must be in eu-central-1" in found


@pytest.mark.parametrize("args", KEYS)
def test_a_key_that_another_resource_creates_is_not_checked(args: type[ComponentArgs]) -> None:
    """Its ARN is unknown until deployment."""

    def program() -> None:
        key = pulumi.Output.from_input(KEY_ARN)
        assert problems(args.parse({"kms_key_arn": key}, "args"), "eu-central-1") == ""

    render(program)


def test_a_multi_region_key_is_replaced_by_its_replica() -> None:
    """Its ARN contains the region, although its ID is the same in all regions."""
    arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
    problem = arn_problem("kms_key_arn", arn, "eu-central-1")
    assert problem
    assert problem.remedy == "use the ARN of its replica there"


def test_an_arn_of_another_partition_is_rejected() -> None:
    """A misspelt partition with the right region."""
    problem = arn_problem("kms_key_arn", KEY_ARN.replace("aws:kms", "aws-cn:kms"), "eu-west-1")
    assert problem
    assert problem.what == "must be an ARN of the partition aws"


@pytest.mark.parametrize(
    ("args", "region", "similar"),
    [
        (
            DatabaseArgs(instance_class="db.r5b.large"),
            "eu-west-1",
            "offered there: db.r8a.large, db.r8g.large",
        ),
        (DatabaseArgs(instance_class="db.m6in.large"), "eu-central-1", "db.m9g.large"),
        (DatabaseArgs(instance_class="db.m6idn.large"), "eu-central-1", "db.m9g.large"),
        (DatabaseArgs(instance_class="db.r6in.large"), "eu-central-1", "db.r8g.large"),
        (DatabaseArgs(instance_class="db.r6idn.large"), "eu-central-1", "db.r8g.large"),
        (DatabaseArgs(instance_class="db.x2g.large"), "eu-central-1", "choose another family"),
        (CacheArgs(node_type="cache.c7gn.large"), "eu-central-1", "offered there: cache.c8gn.large"),
        (CacheArgs(), "ap-southeast-6", "offered there: cache.t4g.micro"),
    ],
)
def test_a_class_that_the_region_lacks_is_rejected_with_similar_ones(
    args: ComponentArgs, region: str, similar: str
) -> None:
    """The message lists families for the same purpose that have the size in that region."""
    found = problems(args, region)
    assert f"is not offered in {region} as of 20" in found
    assert similar in found


@pytest.mark.parametrize(
    ("args", "region"),
    [
        (DatabaseArgs(instance_class="db.m8a.large"), "us-east-1"),
        (DatabaseArgs(instance_class="db.r8a.large"), "eu-west-1"),
        (DatabaseArgs(instance_class="db.x2iedn.xlarge"), "eu-west-1"),
        (DatabaseArgs(instance_class="db.m9g.large"), "eu-central-1"),
        (DatabaseArgs(instance_class="db.m9g.large"), "us-east-1"),
        (DatabaseArgs(instance_class="db.x2idn.16xlarge"), "eu-west-1"),
        (CacheArgs(node_type="cache.m8g.large"), "eu-west-1"),
        (CacheArgs(node_type="cache.r8g.large"), "eu-west-1"),
        (CacheArgs(node_type="cache.c8gn.large"), "eu-central-1"),
        (CacheArgs(node_type="cache.c7gn.large"), "eu-west-1"),
    ],
)
def test_a_class_that_the_region_offers_is_accepted(args: ComponentArgs, region: str) -> None:
    """Classes that the former table did not contain."""
    assert problems(args, region) == ""


def test_classes_of_a_region_without_data_are_not_checked() -> None:
    """The price lists do not cover the isolated partitions and the newest regions."""
    assert problems(DatabaseArgs(instance_class="db.x2g.large"), "eusc-de-east-1") == ""


@pytest.mark.parametrize(
    ("zone", "region", "what"),
    [
        ("eu-west-1d", "eu-west-1", "is not a zone of eu-west-1 as of 20"),
        ("eu-west-2a", "eu-west-1", "must be in eu-west-1"),
        ("eu-central-1a", "eu-west-1", "must be in eu-west-1"),
    ],
)
def test_a_zone_that_the_region_lacks_is_rejected(zone: str, region: str, what: str) -> None:
    """The remedy lists the zones of the region."""
    problem = zone_problem("availability_zones[0]", zone, region)
    assert problem
    assert problem.what.startswith(what)


def test_a_letter_between_those_of_a_region_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters of a region need not be consecutive."""
    with_gap = {"eu-west-1": AwsRegion("Europe (Ireland)", "acd", "euw1")}
    monkeypatch.setattr("platform_components.aws.regions.aws_regions", lambda: with_gap)
    problem = zone_problem("availability_zones[0]", "eu-west-1b", "eu-west-1")
    assert problem
    assert problem.remedy == "one of: eu-west-1a, eu-west-1c, eu-west-1d"


@pytest.mark.parametrize(("zone", "region"), [("us-west-1b", "us-west-1"), ("me-west-1c", "me-west-1")])
def test_letters_that_some_accounts_have_are_accepted(zone: str, region: str) -> None:
    """AWS assigns letters per account; a region without data is not checked."""
    assert zone_problem("availability_zones[0]", zone, region) is None


def test_a_network_rejects_zones_that_do_not_exist() -> None:
    """EC2 reports them only during the deployment."""
    found = problems(NetworkArgs(availability_zones=("eu-west-1a", "eu-west-1d")), "eu-west-1")
    assert "availability_zones[1]" in found
    assert "one of: eu-west-1a, eu-west-1b, eu-west-1c" in found


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1", "eusc-de-east-1"])
def test_every_region_belongs_to_a_partition(region: str) -> None:
    """Partitions are selected by the names of their regions."""
    assert partition_of(region).name in {"aws", "aws-cn", "aws-eusc"}
