"""Functions that are computed from their arguments and the configuration of their provider."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine.errors import DeclarationError
from platform_components.engine.functions import FunctionCall
from platform_components.engine.values import UNKNOWN
from platform_components.functions.assumed import ASSUMED
from platform_components.functions.computed import COMPUTED

REGION = {"region": "eu-west-1"}


def computed(token: str, arguments: dict[str, Any], provider: dict[str, Any] | None = None) -> Any:
    return COMPUTED[token](FunctionCall(token, arguments, REGION if provider is None else provider))


def test_the_region_is_the_providers_unless_an_argument_sets_it() -> None:
    """Without either, it is unknown: the provider would read the environment of the machine."""
    token = "aws:index/getRegion:getRegion"
    assert computed(token, {})["id"] == "eu-west-1"
    assert computed(token, {"region": "cn-north-1"})["endpoint"] == "ec2.cn-north-1.amazonaws.com.cn"
    assert computed(token, {}, {}) is UNKNOWN


def test_a_region_has_its_description() -> None:
    """As in the provider, from a table of regions."""
    found = computed("aws:index/getRegion:getRegion", {"name": "eu-west-1"})
    assert found["description"] == "Europe (Ireland)"


@pytest.mark.parametrize("arguments", [{"name": "eu-wst-1"}, {"region": "eu-wst-1"}])
def test_a_region_that_does_not_exist_is_an_error(arguments: dict[str, str]) -> None:
    """As in the provider: "region not found for name" (terraform-provider-aws, region_data_source.go)."""
    with pytest.raises(DeclarationError, match='"eu-wst-1" is not an AWS region as of 20') as caught:
        computed("aws:index/getRegion:getRegion", arguments)
    assert caught.value.remedy.startswith("did you mean eu-west-1?; for a newer region, add an answer")


def test_the_partition_is_the_regions() -> None:
    """With the DNS suffix of its services in both directions."""
    assert computed("aws:index/getPartition:getPartition", {}, {"region": "cn-north-1"}) == {
        "partition": "aws-cn",
        "id": "aws-cn",
        "dnsSuffix": "amazonaws.com.cn",
        "reverseDnsPrefix": "cn.com.amazonaws",
    }


def test_an_arn_is_divided_into_its_sections() -> None:
    """The resource can contain colons."""
    arn = "arn:aws:rds:eu-west-1:123456789012:db:mysql-db"
    assert computed("aws:index/getArn:getArn", {"arn": arn}) == {
        "arn": arn,
        "id": arn,
        "partition": "aws",
        "service": "rds",
        "region": "eu-west-1",
        "account": "123456789012",
        "resource": "db:mysql-db",
    }
    with pytest.raises(DeclarationError, match='"vpc-1" is not an ARN'):
        computed("aws:index/getArn:getArn", {"arn": "vpc-1"})


@pytest.mark.parametrize("configured", [{"tags": {"Owner": "a"}}, '{"tags": {"Owner": "a"}}'])
def test_default_tags_are_those_of_the_provider(configured: Any) -> None:
    """Configuration files contain an object, and providers receive its JSON."""
    token = "aws:index/getDefaultTags:getDefaultTags"
    assert computed(token, {}, {**REGION, "defaultTags": configured}) == {
        "tags": {"Owner": "a"},
        "id": "aws",
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {"serviceId": "s3"},
        {"dnsName": "s3.eu-west-1.amazonaws.com"},
        {"reverseDnsName": "com.amazonaws.eu-west-1.s3"},
    ],
)
def test_a_service_has_dns_names(arguments: dict[str, str]) -> None:
    """By its ID, or by either name. Whether a region has it is unknown."""
    service = computed("aws:index/getService:getService", arguments)
    assert service["reverseDnsName"] == "com.amazonaws.eu-west-1.s3"
    assert service["dnsName"] == "s3.eu-west-1.amazonaws.com"
    assert (service["serviceId"], service["supported"]) == ("s3", UNKNOWN)


def test_a_service_principal_is_computed_in_the_main_partition() -> None:
    """Elsewhere, the suffix differs by service."""
    token = "aws:index/getServicePrincipal:getServicePrincipal"
    assert computed(token, {"serviceName": "s3"})["name"] == "s3.amazonaws.com"
    assert computed(token, {"serviceName": "s3"}, {"region": "cn-north-1"}) is UNKNOWN


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("eu-west-1", "arn:aws:iam::386209384616:root"),
        ("cn-north-1", "arn:aws-cn:iam::386209384616:root"),
        ("us-gov-west-1", "arn:aws-us-gov:iam::386209384616:root"),
        ("", UNKNOWN),
    ],
)
def test_the_billing_account_is_in_the_partition_of_the_region(region: str, arn: Any) -> None:
    """Its ID is the same everywhere."""
    account = computed("aws:index/getBillingServiceAccount:getBillingServiceAccount", {}, {"region": region})
    assert account == {"id": "386209384616", "arn": arn}


@pytest.mark.parametrize("value", ["{x", "[1]", "x"])
def test_default_tags_that_are_not_an_object_fail(value: str) -> None:
    """With what to write."""
    with pytest.raises(DeclarationError, match="`defaultTags` is not an object"):
        computed("aws:index/getDefaultTags:getDefaultTags", {}, {**REGION, "defaultTags": value})


# --- Kubernetes ---

DECODE = "kubernetes:yaml:decode"


def test_manifests_are_decoded_as_by_kubernetes() -> None:
    """Dates and `12:30` are strings, keys are strings, and documents without kind or version are skipped."""
    text = """\
apiVersion: v1
kind: ConfigMap
metadata: { name: a }
data: { 8080: 2026-11-21, time: 12:30, on: 0644, exponent: 1e3, big: 0x10 }
---
# empty
---
kind: Incomplete
---
apiVersion: v1
kind: List
items: [{ kind: Pod }]
"""
    first, second = computed(DECODE, {"text": text})["result"]
    assert first["data"] == {
        "8080": "2026-11-21",
        "time": "12:30",
        "true": 420,
        "exponent": 1000.0,
        "big": 16,
    }
    assert second["items"] == [{"kind": "Pod"}]


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "- 1",
        "plain",
        "a: .inf",
        "a: -.inf",
        "a: .nan",
        "a: !!bool x",
        "a: !!binary '@@'",
        "{null: a}",
    ],
)
def test_a_manifest_that_kubernetes_rejects_is_rejected(text: str) -> None:
    """With the reason."""
    with pytest.raises(DeclarationError, match="a Kubernetes manifest "):
        computed(DECODE, {"text": text})


BOMB = "l0: &l0 [a, a]\n" + "".join(f"l{n}: &l{n} [{f'*l{n - 1},' * 9}]\n" for n in range(1, 10))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "has more than 500,000 keys and values"),
        ("kind: A\nmetadata: &a {labels: *a}", "line 2, column 23: alias"),
        ("[" * 5_000, "is nested more than 100 levels deep"),
        ("a: hunter2: b", "line 1, column 11: mapping values are not allowed here"),
        (f"a: 0x{'_' * 3}", "line 1, column 4: is not a valid int"),
        ("a: " + "1" * 5_000, "line 1, column 4: is not a valid int"),
        ("a: " + "1" * 400, "line 1, column 4: is not a valid int"),
    ],
    ids=["bomb", "cycle", "deep", "syntax", "hexadecimal", "digits", "overflow"],
)
def test_a_manifest_has_limits(text: str, message: str) -> None:
    """It fails with the position, and without its text, which may contain secrets."""
    with pytest.raises(DeclarationError) as caught:
        computed(DECODE, {"text": text})
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_manifest_can_repeat_values_with_aliases() -> None:
    """As in other YAML files."""
    text = "apiVersion: v1\nkind: A\nmetadata: {labels: &a {x: z}, annotations: *a}\n---\nkind: &a B"
    (value,) = computed(DECODE, {"text": text})["result"]
    assert value["metadata"] == {"labels": {"x": "z"}, "annotations": {"x": "z"}}


def test_a_default_namespace_requires_a_cluster() -> None:
    """It applies to namespaced kinds, which only the cluster knows."""
    assert computed(DECODE, {"text": "", "defaultNamespace": "a"}) is UNKNOWN


# --- assumptions ---


def assumed(token: str, **arguments: Any) -> Any:
    return ASSUMED[token](FunctionCall(token, arguments, REGION))


ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"state": "available", "excludeNames": ["eu-west-1b"]}, ["eu-west-1a", "eu-west-1c"]),
        ({"region": "ap-northeast-1"}, ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]),
    ],
)
def test_the_first_zones_of_a_region_are_assumed(arguments: dict[str, Any], expected: list[str]) -> None:
    """Zones a to c, except where new accounts don't have them. Other fields, such as groups, are unknown."""
    region = arguments.get("region", "eu-west-1")
    assert assumed(ZONES, **arguments) == {"names": expected, "id": region}


@pytest.mark.parametrize("argument", ["excludeZoneIds", "allAvailabilityZones", "state"])
def test_zones_that_are_selected_are_unknown(argument: str) -> None:
    """Zone IDs differ by account, and all zones include local zones."""
    assert assumed(ZONES, **{argument: "unavailable"}) is UNKNOWN


EXCEPT_LOCAL_ZONES: dict[str, Any] = {"name": "opt-in-status", "values": ["opt-in-not-required"]}


def zone_filter(name: str, *values: str) -> dict[str, Any]:
    return {"name": name, "values": list(values)}


@pytest.mark.parametrize(
    "filters",
    [
        [EXCEPT_LOCAL_ZONES],
        [zone_filter("zone-type", "availability-zone"), zone_filter("region-name", "eu-west-1")],
        [zone_filter("state", "available")],
    ],
)
def test_filters_that_only_exclude_local_zones_keep_the_assumed_zones(filters: list[Any]) -> None:
    """The assumed zones are exactly those that these filters select."""
    assert assumed(ZONES, filters=filters) == assumed(ZONES)


@pytest.mark.parametrize(
    "filters",
    [
        [zone_filter("opt-in-status", "opted-in")],
        [zone_filter("zone-type", "availability-zone", "local-zone")],
        [zone_filter("region-name", "us-east-1")],
        [EXCEPT_LOCAL_ZONES, zone_filter("zone-id", "euw1-az1")],
        [{"name": "zone-type"}],
        [{}],
    ],
)
def test_zones_with_other_filters_are_unknown(filters: list[Any]) -> None:
    """They can select local zones, or zones by their IDs, which differ by account."""
    assert assumed(ZONES, filters=filters) is UNKNOWN


def test_the_region_of_an_endpoint_is_unknown() -> None:
    """The provider looks it up among all regions."""
    arguments = {"endpoint": "ec2.eu-west-2.amazonaws.com"}
    assert computed("aws:index/getRegion:getRegion", arguments) is UNKNOWN


def decoded(value: str) -> Any:
    """The value as a manifest's object contains it."""
    (manifest,) = computed(DECODE, {"text": f"apiVersion: v1\nkind: ConfigMap\nvalue: {value}"})["result"]
    return manifest["value"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1_000", 1_000), ("-1_0", -10), ("0x_ff", 255), ("1_000.5", 1_000.5), ("_1", "_1")],
)
def test_numbers_in_manifests_can_have_underscores(text: str, expected: object) -> None:
    """As in YAML 1.1, which the Kubernetes libraries for Go read."""
    assert decoded(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[y, Y, yes, n, N, off]", [True, True, True, False, False, False]),
        ('["y", "n"]', ["y", "n"]),
        ("{y: 1, 1.50: 2, 1e3: 3, 1e6: 4}", {"true": 1, "1.5": 2, "1000": 3, "1e+06": 4}),
        ("!!binary aGVs bG8=", "hello"),
        ("!!binary gA==", "\ufffd"),
        ("1e400", "1e400"),
        ("[9223372036854775807, 9223372036854775808]", [2**63 - 1, 2.0**63]),
        ("[=, <<]", ["=", "<<"]),
        ("{<<: {a: 1}, b: 2}", {"a": 1, "b": 2}),
        ("!!timestamp 2026-11-21", "2026-11-21"),
        (r'"\ud83d\ude00 \ud83d é"', "😀 \ufffd é"),
    ],
)
def test_values_in_manifests_are_those_of_the_libraries_for_go(text: str, expected: object) -> None:
    """Each was decoded with k8s.io/apimachinery 0.34.1, the last one as JSON, which has such escapes."""
    value = decoded(text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!any 1", "1"),
        ("!any {a: !any [y]}", {"a": [True]}),
        ("!!set {a, b}", {"a": None, "b": None}),
        ("!!omap [a: b]", [{"a": "b"}]),
        ("!!int [a]", ["a"]),
        ("!!python/name:os.system b", "b"),
        ("!!python/object/apply:os.system [ls]", ["ls"]),
    ],
)
def test_other_tags_in_manifests_have_no_effect(text: str, expected: object) -> None:
    """As in the Kubernetes libraries for Go; nothing is executed."""
    assert decoded(text) == expected


@pytest.mark.parametrize("start", ["", "kind: Incomplete\n---\n"])
def test_json_in_manifests_can_be_indented_with_tabs(start: str) -> None:
    """Outside JSON, tabs are not allowed in YAML."""
    text = '{\n\t"apiVersion": "v1",\n\t"kind":\t"A",\n\t"list": [\n\t\t1\t,\n\t\t"\t"\n\t]\n}\n'
    assert computed(DECODE, {"text": start + text})["result"] == [
        {"apiVersion": "v1", "kind": "A", "list": [1, "\t"]}
    ]
    with pytest.raises(DeclarationError, match="line 2, column 1: tabs are not allowed here"):
        computed(DECODE, {"text": "a:\n\tb: 1"})


@pytest.mark.parametrize(
    "text", ["kind: 1\napiVersion: v1", "kind: A\napiVersion: 1.0", "kind: y\napiVersion: v1"]
)
def test_an_object_whose_kind_or_version_is_not_a_text_is_skipped(text: str) -> None:
    """As one without kind or version."""
    assert computed(DECODE, {"text": text})["result"] == []
