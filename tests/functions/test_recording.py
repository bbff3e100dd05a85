"""Recording from an account: moto stands for AWS."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import boto3
import pulumi
import pulumi_aws as aws
import pytest
import yaml
from pulumi_aws import acm, dynamodb, ec2, ecr, eks, iam, kms, lb, route53, s3, secretsmanager, sns, sqs, ssm

from platform_components.base.errors import InvalidInput
from platform_components.base.frozen import thawed
from platform_components.engine import ProgramError, evaluate
from platform_components.engine.functions import FunctionUse
from platform_components.engine.redacted import Redaction
from platform_components.functions import Answers, OfflineFunctions
from platform_components.functions.recording import Recording, as_yaml, record
from platform_components.functions.recording.recorder import _Account
from tests.account import emulated_account

REGION = "eu-west-1"
GITHUB_TOKEN = "ghp_016C7869b4a1d2e3F4567890abcdefABCDEF"
POLICY = """
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}
"""


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    with emulated_account():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


def recorded(program: Callable[[], object], **options: str) -> Recording:
    """Record the calls of a program."""

    def calls(answers: Answers) -> Sequence[FunctionUse]:
        functions, config = OfflineFunctions(answers), {"aws:region": REGION}
        try:
            graph = evaluate(program, project="shop", stack="dev", functions=functions, config=config)
        except ProgramError as error:
            return error.functions
        return Redaction(graph).graph.functions  # as it leaves the process of the stack

    return record("dev", REGION, calls, today="2026-11-21", **options)


def results(program: Callable[[], object]) -> dict[str, Any]:
    """Return the recorded results by the name of the function."""
    recording = recorded(program)
    assert recording.missing == ()
    return {each.function.rpartition(":")[2]: thawed(each.result) for each in recording.content.answers}


def test_calls_that_depend_on_earlier_results_are_recorded() -> None:
    """The program fails until the first results are known; it is evaluated again until nothing is new."""
    vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        client("ec2").create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
        for number in range(2)
    ]

    def program() -> None:
        network = ec2.get_vpc(cidr_block="10.0.0.0/16")
        found = ec2.get_subnets(filters=[{"name": "vpc-id", "values": [network.id]}])
        for subnet in found.ids:
            pulumi.export(subnet, f"{ec2.get_subnet(id=subnet).cidr_block}")

    content = recorded(program).content
    assert [each.function.rpartition(":")[2] for each in content.answers] == [
        "getSubnet",
        "getSubnet",
        "getSubnets",
        "getVpc",
    ]
    assert {each.result["id"] for each in content.answers[:2]} == set(subnets)


def test_a_recorded_file_answers_the_same_calls(tmp_path: Any) -> None:
    """The file is valid, and its text is the same each time."""
    client("ec2").create_vpc(CidrBlock="10.0.0.0/16")

    def program() -> None:
        pulumi.export("cidr", ec2.get_vpc(cidr_block="10.0.0.0/16").cidr_block)
        pulumi.export("account", aws.get_caller_identity().account_id)

    text = as_yaml(recorded(program).content)
    assert text == as_yaml(recorded(program).content)
    assert yaml.safe_load(text)["recorded"] == {
        "stack": "dev",
        "account": "123456789012",
        "region": REGION,
        "date": "2026-11-21",
    }
    file = tmp_path / "answers.yaml"
    file.write_text(text)
    functions = OfflineFunctions(Answers.load([file]))
    graph = evaluate(program, project="shop", stack="dev", functions=functions, config={"aws:region": REGION})
    assert graph.outputs == {"cidr": "10.0.0.0/16", "account": "123456789012"}
    assert {use.origin for use in graph.functions} == {"answered"}


def test_computed_and_answered_calls_are_not_recorded() -> None:
    """Only assumed and unknown results."""
    recording = recorded(aws.get_region)
    assert recording.content.answers == ()


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (
            lambda: secretsmanager.get_secret_version(secret_id="a"),
            "it returns secrets, which are never recorded",
        ),
        (
            lambda: aws.get_ip_ranges(services=["s3"]),
            "this command can't record it; write its result manually",
        ),
        (lambda: ec2.get_vpc(id="vpc-12345678"), "AWS answered InvalidVpcID.NotFound"),
        (lambda: ec2.get_subnet(state="available"), "3 results match"),
        (lambda: sns.get_topic(name="none"), "nothing matches"),
        (lambda: ssm.get_parameter(name="/encrypted"), "nothing matches that is not a SecureString"),
        (lambda: ssm.get_parameter(name="/db/password"), "the name of the parameter indicates a secret"),
        (
            lambda: ec2.get_vpc_output(id=sqs.Queue("queue").id),
            "its arguments are unknown until deployment",
        ),
        (lambda: ssm.get_parameter(name="/app/config"), "its result contains a secret: insecureValue, value"),
        (lambda: ec2.get_vpc(tags={"Note": GITHUB_TOKEN}), "its arguments contain a secret"),
        (
            lambda: ec2.get_vpc_output(tags=pulumi.Output.secret({"Note": "marked"})),
            "its arguments contain a secret",
        ),
        (
            lambda: ssm.get_parameter(name=f"/x/{os.environ['DB_PASSWORD']}"),
            "its arguments contain a secret",
        ),
    ],
)
def test_what_is_not_recorded_has_a_reason(
    program: Callable[[], object], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No result is stored for it."""
    monkeypatch.setenv("DB_PASSWORD", "hunter2-of-the-environment")
    client("ssm").put_parameter(Name="/app/config", Value=GITHUB_TOKEN, Type="String")
    client("ssm").put_parameter(Name="/encrypted", Value="hunter2", Type="SecureString")
    client("ssm").put_parameter(Name="/db/password", Value="hunter2", Type="String")
    recording = recorded(program)
    assert [each.reason for each in recording.missing] == [reason]
    assert recording.content.answers == ()


@pytest.mark.parametrize(
    "program",
    [
        lambda: ec2.get_vpc(tags={"Note": GITHUB_TOKEN}),
        lambda: ec2.get_vpc_output(tags=pulumi.Output.secret({"Note": "marked"})),
    ],
)
def test_calls_with_secrets_are_not_sent(
    program: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is called but the operation that identifies the account, which takes no arguments."""
    calls: list[str] = []
    original = _Account.call

    def call(self: _Account, service: str, operation: str, **request: Any) -> Any:
        calls.append(operation)
        return original(self, service, operation, **request)

    monkeypatch.setattr(_Account, "call", call)
    recorded(program)
    assert calls == []


def test_another_account_is_rejected() -> None:
    """Before the stack is evaluated, so that nothing of it is recorded. The message has both accounts."""
    with pytest.raises(InvalidInput) as caught:
        record("dev", REGION, lambda answers: 1 / 0, environment="dev", account="210987654321")  # type: ignore[arg-type,return-value]
    assert "environments.dev.account" in str(caught.value)
    assert "is 210987654321, but the credentials are for account 123456789012" in str(caught.value)


def test_a_call_without_a_region_is_recorded_for_the_environment() -> None:
    """A preview does not know its region: an explicit provider has none, or platform.yaml sets it."""
    client("ec2").create_vpc(CidrBlock="10.0.0.0/16")

    def program() -> None:
        own = pulumi.InvokeOptions(provider=aws.Provider("own", profile="x"))
        pulumi.export("own", ec2.get_vpc(cidr_block="10.0.0.0/16", opts=own).id)

    (answer,) = recorded(program, environment="dev").content.answers
    assert (answer.region, answer.environment) == (None, "dev")


def test_the_newest_image_is_chosen() -> None:
    """With `most_recent`; the name pattern is applied by the provider, not by AWS."""
    image = results(lambda: ec2.get_ami(most_recent=True, owners=["amazon"], name_regex="^amzn2"))["getAmi"]
    assert image["name"].startswith("amzn2")
    assert image["id"] == image["imageId"]


def test_zones_are_recorded() -> None:
    """Their names and IDs, without the excluded ones."""
    zones = results(lambda: aws.get_availability_zones(state="available", exclude_names=["eu-west-1b"]))
    assert zones["getAvailabilityZones"]["names"] == ["eu-west-1a", "eu-west-1c"]
    assert len(zones["getAvailabilityZones"]["zoneIds"]) == 2


def test_functions_of_other_services_are_recorded() -> None:
    """One call per service, with the fields that programs use most."""
    zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    arn = client("acm").request_certificate(DomainName="example.com")["CertificateArn"]
    client("ecr").create_repository(repositoryName="shop")
    client("iam").create_role(RoleName="deploy", AssumeRolePolicyDocument="{}")
    client("iam").create_policy(PolicyName="read", PolicyDocument=POLICY)
    vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    client("eks").create_cluster(
        name="main", roleArn="arn:aws:iam::123456789012:role/x", resourcesVpcConfig={"subnetIds": [subnet]}
    )
    client("s3").create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": REGION})
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("kms").create_alias(AliasName="alias/shop", TargetKeyId=key)
    topic = client("sns").create_topic(Name="events")["TopicArn"]
    queue = client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    client("ssm").put_parameter(Name="/plain", Value="text", Type="String")
    client("secretsmanager").create_secret(Name="db", SecretString="hunter2")
    client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client("elbv2").create_load_balancer(Name="front", Subnets=[subnet])

    def program() -> None:
        route53.get_zone(name="example.com")
        acm.get_certificate(domain="example.com", statuses=["PENDING_VALIDATION"])
        ecr.get_repository(name="shop")
        iam.get_role(name="deploy")
        iam.get_policy(name="read")
        eks.get_cluster(name="main")
        s3.get_bucket(bucket="assets")
        kms.get_alias(name="alias/shop")
        kms.get_key(key_id=key)
        sns.get_topic(name="events")
        sqs.get_queue(name="jobs")
        ssm.get_parameter(name="/plain")
        secretsmanager.get_secret(name="db")
        dynamodb.get_table(name="orders")
        lb.get_load_balancer(name="front")

    found = results(program)
    assert found["getZone"]["zoneId"] == zone.rpartition("/")[2]
    assert found["getZone"]["name"] == "example.com"
    assert found["getCertificate"]["arn"] == arn
    assert found["getRepository"]["repositoryUrl"].endswith("/shop")
    assert found["getRole"]["arn"] == "arn:aws:iam::123456789012:role/deploy"
    assert found["getPolicy"]["arn"] == "arn:aws:iam::123456789012:policy/read"
    assert found["getCluster"]["vpcConfig"]["subnetIds"] == [subnet]
    assert found["getBucket"]["arn"] == "arn:aws:s3:::assets"
    assert found["getAlias"]["targetKeyId"] == found["getKey"]["id"] == key
    assert found["getTopic"]["arn"] == topic
    assert found["getQueue"]["url"] == queue
    assert found["getParameter"]["value"] == "text"
    assert found["getSecret"]["name"] == "db"
    assert found["getTable"]["hashKey"] == "id"
    assert found["getLoadBalancer"]["subnets"] == [subnet]
    assert "hunter2" not in str(found)


def test_missing_credentials_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how to sign in."""
    monkeypatch.setattr("boto3.session.Session.client", _without_credentials)
    with pytest.raises(Exception, match="AWS rejects the credentials, or there are none: NoCredentialsError"):
        recorded(lambda: None)


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it, and the command line with it."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(
        InvalidInput, match=r"requires the extra \[record\] .*platform-components\[cli,record\]"
    ):
        recorded(lambda: None)


def _without_credentials(*args: Any, **kwargs: Any) -> Any:
    from botocore.exceptions import NoCredentialsError

    raise NoCredentialsError
