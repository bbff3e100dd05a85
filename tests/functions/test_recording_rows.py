"""The table of functions that can be recorded. Reference: the data sources of terraform-provider-aws."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
import jmespath
import pytest
from botocore import xform_name
from moto import mock_aws
from pulumi import _types

from platform_components.functions.recording.recorder import ROWS, _Account
from platform_components.functions.recording.row import NotFound, Unsupported

SESSION = botocore.session.get_session()
REGION = "eu-west-1"

READS_NOTHING = {
    # A SecureString is never recorded, and other parameters aren't encrypted.
    ("aws:ssm/getParameter:getParameter", "withDecryption"),
    # Omits fields that the row never records.
    ("aws:organizations/getOrganization:getOrganization", "returnOrganizationOnly"),
}


@pytest.mark.parametrize("token", ROWS)
def test_rows_have_operations_that_read_and_fields_of_the_sdk(token: str) -> None:
    """The operations exist and change nothing; the shape has only fields of the SDK's result class."""
    row = ROWS[token]
    for service, operation in ((row.service, row.operation), *row.also):
        assert re.match("describe_|list_|get_", operation)
        assert operation in map(xform_name, SESSION.get_service_model(service).operation_names)
    for expression in (row.items, *(each for each in row.shape.values() if isinstance(each, str))):
        jmespath.compile(expression)
    assert set(row.shape) - set(_types.output_type_types(_result_class(token))) == set()


@pytest.mark.parametrize("token", ROWS)
def test_every_argument_of_the_sdk_is_honoured_or_refused(token: str) -> None:
    """A row reads each argument that it declares; a call with another one is not recorded, with its name."""
    row, accepted = ROWS[token], _arguments(token)
    assert set(row.arguments) <= accepted
    read = _read(token)
    assert {
        name for name in row.arguments if name not in read and (token, name) not in READS_NOTHING
    } == set()
    for name in accepted - {*row.arguments, "region"}:
        with pytest.raises(Unsupported, match=f"does not support the argument {name} of the function"):
            row.result(Canned({}), {name: {"team": "payments"}})


@pytest.mark.parametrize("token", ROWS)
def test_requests_have_parameters_of_their_operation(token: str) -> None:
    """With each argument that the row honours."""
    row = ROWS[token]
    name = _operation(row.service, row.operation)
    shape = SESSION.get_service_model(row.service).operation_model(name).input_shape
    values = {"filters": [{"name": "a", "values": ["b"]}], "tags": {"a": "b"}, "instanceTags": {"a": "b"}}
    for argument in row.arguments:
        with contextlib.suppress(Unsupported):
            request = row.request({argument: values.get(argument, "x")})
            assert set(request) <= set(shape.members if shape else ())


def test_tags_select_load_balancers_and_target_groups(account: _Account) -> None:
    """All tags must match; the operations don't accept them."""
    ec2, elb = boto3.client("ec2", REGION), boto3.client("elbv2", REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    for team in ("orders", "payments"):
        own = [{"Key": "team", "Value": team}, {"Key": "env", "Value": "dev"}]
        elb.create_load_balancer(Name=team, Subnets=[subnet], Tags=own)
        elb.create_target_group(Name=team, Protocol="HTTP", Port=80, VpcId=vpc, Tags=own)
    for function in ("aws:lb/getLoadBalancer:getLoadBalancer", "aws:lb/getTargetGroup:getTargetGroup"):
        assert ROWS[function].result(account, {"tags": {"team": "payments"}})["name"] == "payments"
        found = ROWS[function].result(account, {"tags": {"team": "payments", "aws:created": "x"}})
        assert found["name"] == "payments"
        with pytest.raises(NotFound, match="2 results match"):
            ROWS[function].result(account, {"tags": {"env": "dev"}})
        with pytest.raises(NotFound, match="nothing matches"):
            ROWS[function].result(account, {"tags": {"team": "payments", "env": "prod"}})
        with pytest.raises(NotFound, match="nothing matches"):
            ROWS[function].result(account, {"name": "orders", "tags": {"team": "payments"}})
        # Both are not accepted by AWS; the provider prefers the ARN.
        by_arn = ROWS[function].result(account, {"arn": found["arn"], "name": "orders"})
        assert by_arn["name"] == "payments"


def test_tags_select_databases(account: _Account) -> None:
    """An instance without an endpoint, which is being created, has no fields of it."""
    row = ROWS["aws:rds/getInstance:getInstance"]
    instances = [
        {"DBInstanceIdentifier": team, "TagList": [{"Key": "team", "Value": team}]}
        for team in ("orders", "payments")
    ]
    found = row.result(
        Canned({"describe_db_instances": {"DBInstances": instances}}), {"tags": {"team": "orders"}}
    )
    assert found == {
        "dbInstanceIdentifier": "orders",
        "id": "orders",
        "tags": {"team": "orders"},
    }


def test_tags_and_status_select_certificates() -> None:
    """The newest is that with the last start of validity; a certificate that is not issued has none."""
    row = ROWS["aws:acm/getCertificate:getCertificate"]
    certificates = [
        {
            "CertificateArn": name,
            "DomainName": "example.com",
            "Status": "PENDING_VALIDATION",
            "CreatedAt": created,
        }
        for name, created in (
            ("old", datetime(2026, 1, 1, tzinfo=UTC)),
            ("new", datetime(2026, 2, 1, tzinfo=UTC)),
        )
    ]
    account = Canned(
        {
            "list_certificates": {"CertificateSummaryList": certificates},
            "list_tags_for_certificate": {"Tags": [{"Key": "team", "Value": "orders"}]},
        }
    )
    newest = {"mostRecent": True, "domain": "example.com", "statuses": ["PENDING_VALIDATION"]}
    assert row.result(account, newest)["arn"] == "new"
    assert row.result(account, {"mostRecent": True, "tags": {"team": "orders"}})["arn"] == "new"
    with pytest.raises(NotFound, match="nothing matches"):
        row.result(account, {**newest, "tags": {"team": "payments"}})
    with pytest.raises(NotFound, match="2 results match"):
        row.result(account, {"domain": "example.com"})
    with pytest.raises(Unsupported, match="requires domain or tags"):
        row.result(account, {})


def test_zones_are_selected_by_name_network_and_tags(account: _Account) -> None:
    """A network implies a private zone. The name may end with a dot."""
    row, dns = ROWS["aws:route53/getZone:getZone"], boto3.client("route53", REGION)
    ids = {}
    for vpc in ("", "vpc-1", "vpc-2"):
        private = {"VPC": {"VPCRegion": REGION, "VPCId": vpc}} if vpc else {}
        config = {"HostedZoneConfig": {"PrivateZone": bool(vpc)}}
        zone = dns.create_hosted_zone(
            Name="example.com", CallerReference=vpc or "public", **private, **config
        )
        ids[vpc] = zone["HostedZone"]["Id"].rpartition("/")[2]
        added = [{"Key": "network", "Value": vpc or "none"}]
        dns.change_tags_for_resource(ResourceType="hostedzone", ResourceId=ids[vpc], AddTags=added)
    assert row.result(account, {"name": "Example.com."})["zoneId"] == ids[""]
    for vpc in ("vpc-1", "vpc-2"):
        assert row.result(account, {"name": "example.com", "vpcId": vpc})["zoneId"] == ids[vpc]
        tagged = {"privateZone": True, "tags": {"network": vpc}}
        assert row.result(account, tagged)["zoneId"] == ids[vpc]
        assert row.result(account, {"zoneId": ids[vpc]})["privateZone"] is True
    with pytest.raises(NotFound, match="2 results match"):
        row.result(account, {"name": "example.com", "privateZone": True})
    with pytest.raises(NotFound, match="nothing matches"):
        row.result(account, {"name": "example.com", "tags": {"network": "vpc-1"}})
    with pytest.raises(Unsupported, match="only one of zoneId and name"):
        row.result(account, {"name": "example.com", "zoneId": ids[""]})


def test_an_address_belongs_to_the_account_of_the_caller(account: _Account) -> None:
    """Whether or not it is associated with a network interface."""
    address = boto3.client("ec2", REGION).allocate_address(Domain="vpc")["AllocationId"]
    found = ROWS["aws:ec2/getElasticIp:getElasticIp"].result(account, {"id": address})
    assert found["arn"] == f"arn:aws:ec2:eu-west-1:123456789012:elastic-ip/{address}"
    assert "associationId" not in found


@pytest.mark.parametrize(
    ("token", "argument"),
    [("aws:ec2/getVpc:getVpc", "default"), ("aws:ec2/getSubnet:getSubnet", "defaultForAz")],
)
def test_false_selects_nothing(token: str, argument: str) -> None:
    """The provider can't distinguish it from an absent argument."""
    request = ROWS[token].request
    assert request({argument: False, "tags": {"a": "b"}}) == request({"tags": {"a": "b"}})
    assert request({argument: True})["Filters"][0]["Values"] == ["true"]


def test_fields_that_the_response_lacks_are_unknown() -> None:
    """They are omitted; absent enumerations of an image are empty."""
    images = {"describe_images": {"Images": [{"ImageId": "ami-1", "Name": "base"}]}}
    found = ROWS["aws:ec2/getAmi:getAmi"].result(Canned(images), {"owners": ["self"]})
    assert found == {
        "arn": "arn:aws:ec2:eu-west-1::image/ami-1",
        "bootMode": "",
        "id": "ami-1",
        "imageId": "ami-1",
        "imdsSupport": "",
        "name": "base",
        "platform": "",
        "tags": {},
        "tpmSupport": "",
    }


def test_the_newest_image_of_any_owner_is_not_recorded() -> None:
    """The provider rejects it, because anybody can publish an image."""
    row = ROWS["aws:ec2/getAmi:getAmi"]
    account = Canned({"describe_images": {"Images": [{"ImageId": "ami-1"}]}})
    with pytest.raises(Unsupported, match="mostRecent requires owners, or a filter image-id or owner-id"):
        row.result(account, {"mostRecent": True})
    owner = [{"name": "owner-id", "values": ["123456789012"]}]
    for narrowed in ({"owners": ["self"]}, {"filters": owner}, {"allowUnsafeFilter": True}):
        assert row.result(account, {"mostRecent": True, **narrowed})["id"] == "ami-1"
    with pytest.raises(NotFound, match="nothing matches"):
        row.result(account, {"owners": ["self"], "nameRegex": "^"})


def test_the_primary_address_of_a_nat_gateway_is_recorded(account: _Account) -> None:
    """Only this operation has the parameter `Filter`."""
    row = ROWS["aws:ec2/getNatGateway:getNatGateway"]
    assert set(row.request({"vpcId": "vpc-1"})) == {"Filter"}
    addresses = [{"PrivateIp": "10.0.0.4"}, {"PrivateIp": "10.0.0.5", "IsPrimary": True}]
    for listed, expected in ((addresses, "10.0.0.5"), (addresses[:1], "10.0.0.4")):
        gateway = {"NatGatewayId": "nat-1", "NatGatewayAddresses": listed}
        found = row.result(Canned({"describe_nat_gateways": {"NatGateways": [gateway]}}), {"id": "nat-1"})
        assert found["privateIp"] == expected


def test_a_cluster_has_the_time_format_of_the_provider() -> None:
    """Go's, as in aws_eks_cluster; fields of absent parts are omitted."""
    row = ROWS["aws:eks/getCluster:getCluster"]
    for micro, text in ((0, "2026-11-21 08:30:00 +0000 UTC"), (250000, "2026-11-21 08:30:00.25 +0000 UTC")):
        created = datetime(2026, 11, 21, 8, 30, 0, micro, tzinfo=UTC)
        response = {"describe_cluster": {"cluster": {"name": "main", "createdAt": created}}}
        found = row.result(Canned(response), {"name": "main"})
        assert found == {"id": "main", "name": "main", "createdAt": text, "tags": {}}


@pytest.mark.parametrize("value", [None, "", False, [], {}])
def test_empty_values_of_other_arguments_are_not_refused(value: object) -> None:
    """The provider treats them like absent arguments."""
    role = {"get_role": {"Role": {"RoleName": "deploy"}}}
    found = ROWS["aws:iam/getRole:getRole"].result(Canned(role), {"name": "deploy", "tags": value})
    assert found["name"] == "deploy"


def test_tags_of_aws_are_not_recorded() -> None:
    """The provider removes them from results."""
    own = [{"Key": "aws:cloudformation:stack-name", "Value": "a"}, {"Key": "team", "Value": "orders"}]
    role = {"get_role": {"Role": {"RoleName": "deploy", "Tags": own}}}
    found = ROWS["aws:iam/getRole:getRole"].result(Canned(role), {"name": "deploy"})
    assert found["tags"] == {"team": "orders"}


def test_running_instances_are_recorded() -> None:
    """Unless the call names states."""
    request = ROWS["aws:ec2/getInstances:getInstances"].request
    for states, expected in (([], ["running"]), (None, ["running"]), (["stopped"], ["stopped"])):
        (listed,) = request({"instanceStateNames": states})["Filters"]
        assert listed == {"Name": "instance-state-name", "Values": expected}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield _Account(boto3.session.Session(), REGION)


class Canned:
    """An account with these responses by operation."""

    region = REGION

    def __init__(self, responses: Mapping[str, Mapping[str, Any]]) -> None:
        self.responses = responses

    def call(self, service: str, operation: str, **request: Any) -> Mapping[str, Any]:
        return self.responses.get(operation, {})


class _Noted(dict[str, Any]):
    """Arguments that note which of them are read."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)


def _read(token: str) -> set[str]:
    """The arguments that a row reads without any argument set."""
    noted = _Noted({})
    for part in (ROWS[token].request, lambda arguments: ROWS[token].chosen(Canned({}), arguments, [])):
        with contextlib.suppress(Unsupported):
            part(noted)
    return noted.read


def _operation(service: str, operation: str) -> str:
    names: list[str] = SESSION.get_service_model(service).operation_names
    return next(name for name in names if xform_name(name) == operation)


def _arguments(token: str) -> set[str]:
    """The arguments of the SDK's function, with their names in the schema."""
    module, function = _module(token)
    parameters = inspect.signature(getattr(module, xform_name(function))).parameters
    return {re.sub("_(.)", lambda part: part[1].upper(), name) for name in parameters} - {"opts"}


def _result_class(token: str) -> type:
    module, function = _module(token)
    found = getattr(module, f"{function[0].upper()}{function[1:]}Result")
    assert isinstance(found, type)
    return found


def _module(token: str) -> tuple[Any, str]:
    module, function = token.split(":")[1].split("/")
    return importlib.import_module("pulumi_aws" if module == "index" else f"pulumi_aws.{module}"), function
