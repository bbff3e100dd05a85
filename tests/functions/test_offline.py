"""Results of functions offline: answers first, then computed ones, then assumptions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi_aws import ec2

from platform_components.engine.functions import FunctionCall
from platform_components.engine.values import UNKNOWN, Secret, Unknown
from platform_components.functions import Answers, OfflineFunctions
from platform_components.functions.assumed import ASSUMED
from platform_components.functions.computed import COMPUTED
from platform_components.functions.secret_functions import SECRET_FUNCTIONS
from platform_components.functions.tokens import stale_tokens
from platform_components.testing import FunctionResult, render
from tests.tree import ROOT

AMI = "aws:ec2/getAmi:getAmi"
CALLER = "aws:index/getCallerIdentity:getCallerIdentity"
REGION = "aws:index/getRegion:getRegion"
CONFIG = {"aws:region": "eu-west-1"}


def test_an_answer_precedes_everything() -> None:
    """Also a computed result: the file is explicit."""
    functions = OfflineFunctions(Answers.of({REGION: {"id": "mars-1"}}))
    result = functions(FunctionCall(REGION, {}, {"region": "eu-west-1"}))
    assert (result.value, result.origin) == ({"id": "mars-1"}, "answered")


def test_fields_without_an_answer_are_unknown() -> None:
    """Except for the region of the call, and arguments that the SDK declares as optional fields."""
    functions = OfflineFunctions(Answers.of({AMI: {"id": "ami-1"}}))
    fields = ("id", "name", "owners", "region")
    call = FunctionCall(AMI, {"owners": ["amazon"]}, {"region": "eu-west-1"}, fields, frozenset({"owners"}))
    expected = {"id": "ami-1", "name": UNKNOWN, "owners": ["amazon"], "region": "eu-west-1"}
    assert functions(call).value == expected


def test_a_field_that_the_provider_computes_is_not_the_argument() -> None:
    """A VPC that is found by one of its tags has all its tags; filters are returned as they are passed."""
    seen: dict[str, Any] = {}

    def program() -> None:
        vpc = ec2.get_vpc(tags={"Name": "main"}, filters=[{"name": "state", "values": ["available"]}])
        seen.update(id=vpc.id, filters=vpc.filters)
        pulumi.export("tags", vpc.tags)

    graph = render(program, answers={"aws:ec2/getVpc:getVpc": {"id": "vpc-0a1"}}, config=CONFIG)
    assert graph.outputs == {"tags": UNKNOWN}
    assert seen["id"] == "vpc-0a1"
    assert seen["filters"] is not None
    assert seen["filters"][0].name == "state"


def test_functions_of_other_providers_pass_nothing_on() -> None:
    """Their providers can compute optional fields, and `region` can mean something else."""
    token = "azure-native:storage:getStorageAccount"
    functions = OfflineFunctions(Answers.of({token: {"id": "1"}}), region="eu-west-1")
    call = FunctionCall(token, {"tags": {}}, {}, ("id", "tags", "region"), frozenset({"tags"}))
    assert functions(call).value == {"id": "1", "tags": UNKNOWN, "region": UNKNOWN}


def test_a_misspelled_field_of_an_answer_is_a_warning() -> None:
    """At the line of the call, with the nearest field."""
    graph = render(lambda: ec2.get_ami(owners=["amazon"]), answers={AMI: {"imageid": "ami-1"}})
    (diagnostic,) = [item for item in graph.diagnostics if item.severity == "warning"]
    assert diagnostic.message.endswith("has unknown fields: imageid; did you mean imageId?")
    assert diagnostic.source is not None


def test_the_account_of_the_environment_answers_the_callers_identity() -> None:
    """Without it, a placeholder that no account can have is assumed."""
    call = FunctionCall(CALLER, {}, {}, ("accountId", "arn"))
    known = OfflineFunctions(environment="dev", account="123456789012")(call)
    assert known.value == {"accountId": "123456789012", "arn": UNKNOWN}
    assert (known.origin, known.source) == ("answered", "platform.yaml environments.dev.account")
    other = OfflineFunctions()(call)
    assert (other.value, other.origin) == ({"accountId": "000000000000", "arn": UNKNOWN}, "assumed")


ROLE = "arn:aws:iam::111111111111:role/deploy"
FIELDS = ("accountId", "id", "arn")


def caller(default_provider: bool = False, **provider: Any) -> tuple[Any, str]:
    """The account of a call with the environment's account 123456789012, and the origin of the result."""
    functions = OfflineFunctions(environment="dev", account="123456789012")
    result = functions(FunctionCall(CALLER, {}, provider, FIELDS, default_provider=default_provider))
    account = UNKNOWN if isinstance(result.value, Unknown) else result.value["accountId"]
    return account, result.origin


@pytest.mark.parametrize(
    "provider",
    [
        {"profile": "other"},
        {"accessKey": Secret("a"), "secretKey": Secret("b")},
        {"sharedCredentialsFiles": '["a"]'},
        {"endpoints": [{"sts": "http://localhost:4566"}], "assumeRoles": [{"roleArn": ROLE}]},
        {"assumeRoles": [{"roleArn": Secret("a")}]},
        {"assumeRoles": "[{"},
        {"allowedAccountIds": ["111111111111", "222222222222"]},
        {"assumeRoles": [{"roleArn": ROLE}], "allowedAccountIds": ["222222222222"]},
    ],
)
def test_a_provider_with_other_credentials_has_an_unknown_account(provider: dict[str, Any]) -> None:
    """They can be those of another account; the environment's must not appear in its ARNs."""
    assert caller(**provider) == (UNKNOWN, "unknown")


@pytest.mark.parametrize(
    "provider",
    [
        {"assumeRoles": f'[{{"roleArn": "arn:aws:iam::2:role/a"}}, {{"roleArn": "{ROLE}"}}]'},
        {"assumeRoles": f'[{{"role_arn": "{ROLE}"}}]'},
        {"assumeRoleWithWebIdentity": {"roleArn": Secret(ROLE)}},
        {"profile": "other", "allowedAccountIds": ["111111111111"]},
        {"allowedAccountIds": '["111111111111"]'},
    ],
)
@pytest.mark.parametrize("default_provider", [False, True])
def test_the_account_of_a_role_or_the_only_allowed_one_is_computed(
    provider: dict[str, Any], default_provider: bool
) -> None:
    """Of several roles, the last one has the account. A provider fails for an account that is not allowed."""
    assert caller(default_provider, **provider) == ("111111111111", "computed")


@pytest.mark.parametrize(
    "provider",
    [
        {},
        {"region": "us-east-1", "profile": "", "assumeRoles": "[]"},
        {"allowedAccountIds": ["123456789012"]},
    ],
)
def test_a_provider_without_credentials_has_the_account_of_the_environment(provider: dict[str, Any]) -> None:
    """A provider for another region, for example."""
    assert caller(**provider) == ("123456789012", "answered")


def test_the_default_provider_has_a_placeholder_for_an_account_that_is_not_known() -> None:
    """It is the account of the stack. The result is not `answered`, and programs can format it."""
    assert caller(default_provider=True, profile="dev") == ("000000000000", "assumed")


def test_an_explicit_provider_of_a_program_is_told_from_the_default_one() -> None:
    """With `aws.Provider`, whose configuration is JSON text."""

    def program() -> None:
        role = aws.ProviderAssumeRoleArgs(role_arn=ROLE)
        for name, provider in (
            ("other", aws.Provider("other", assume_roles=[role])),
            ("profile", aws.Provider("profile", profile="other")),
            ("region", aws.Provider("region", region="us-east-1")),
        ):
            identity = aws.get_caller_identity(opts=pulumi.InvokeOptions(provider=provider))
            pulumi.export(name, identity.account_id)

    functions = OfflineFunctions(environment="dev", account="123456789012")
    outputs = render(program, functions=functions).outputs
    assert outputs == {"other": "111111111111", "profile": UNKNOWN, "region": "123456789012"}


def test_the_region_of_the_environment_is_that_of_default_providers() -> None:
    """Unless the configuration has one. An explicit provider reads AWS_REGION of the deployment."""
    functions = OfflineFunctions(region="eu-west-1")

    def region(provider: dict[str, str], default_provider: bool = True) -> str:
        return functions(FunctionCall(REGION, {}, provider, default_provider=default_provider)).region

    assert region({}) == "eu-west-1"
    assert region({"region": "us-east-1"}) == "us-east-1"
    assert region({}, default_provider=False) == ""
    assert functions(FunctionCall(REGION, {}, {})).origin == "computed"


def test_the_objects_of_a_chart_are_unknown_with_a_warning() -> None:
    """Helm is another tool; the warning names what lets previews show the objects."""
    from pulumi_kubernetes.helm.v3 import Chart, LocalChartOpts

    graph = render(lambda: Chart("chart", LocalChartOpts(path="./chart")))
    (warning,) = [item for item in graph.diagnostics if item.severity == "warning"]
    assert "the objects of a Helm chart are unknown offline" in warning.message
    assert warning.source is not None


def test_objects_of_a_manifest_are_in_the_graph() -> None:
    """`yaml.ConfigGroup` and `yaml.ConfigFile` have their children offline."""
    from pulumi_kubernetes.yaml import ConfigGroup

    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }"
    graph = render(lambda: ConfigGroup("objects", yaml=[text]))
    assert graph.one("kubernetes:core/v1:ConfigMap").name == "settings"


def test_tests_can_pass_answers_and_functions(tmp_path: Path) -> None:
    """`render` accepts results by token, files, and a function."""

    def program() -> None:
        pulumi.export("id", ec2.get_ami(owners=["amazon"]).id)

    file = tmp_path / "answers.yaml"
    file.write_text(f"answers: [{{function: '{AMI}', result: {{id: from-file}}}}]")
    assert render(program, answers={AMI: {"id": "given"}}).outputs == {"id": "given"}
    assert render(program, answers=[file]).outputs == {"id": "from-file"}
    called = render(program, functions=lambda call: FunctionResult({"id": call.token}, "answered"))
    assert called.outputs == {"id": AMI}


def test_results_are_the_same_in_programs() -> None:
    """A program gets computed and assumed results in both forms."""

    def program() -> None:
        pulumi.export("region", aws.get_region().region)
        pulumi.export("later", aws.get_region_output().region)
        pulumi.export("zone", f"{aws.get_availability_zones().names[0]}")
        pulumi.export("account", aws.get_caller_identity().account_id)

    graph = render(program, config=CONFIG)
    assert graph.outputs == {
        "region": "eu-west-1",
        "later": "eu-west-1",
        "zone": "eu-west-1a",
        "account": "000000000000",
    }
    origins = {use.token.rpartition(":")[2]: use.origin for use in graph.functions}
    assert origins == {
        "getRegion": "computed",
        "getAvailabilityZones": "assumed",
        "getCallerIdentity": "assumed",
    }


def test_tokens_that_the_sdk_does_not_have_are_reported() -> None:
    """Misspelled, or removed from the SDK; functions of packages that are not installed are accepted."""
    answers = Answers.of({"aws:ec2/getAmmi:getAmmi": {}, AMI: {}, "gcp:storage/getBucket:getBucket": {}})
    (warning,) = stale_tokens(answers)
    assert warning.endswith(
        "aws:ec2/getAmmi:getAmmi is not a function of the installed pulumi_aws; "
        "did you mean aws:ec2/getAmi:getAmi?"
    )


def test_the_documentation_lists_all_computed_functions() -> None:
    """With what their results contain, and when they are unknown."""
    text = (ROOT / "docs/functions.md").read_text(encoding="utf-8")
    section = text.partition("## Computed results")[2].partition("## ")[0]
    assert re.findall(r"^\| `(\S+:\S+)` \|", section, re.MULTILINE) == sorted(COMPUTED)


@pytest.mark.parametrize(
    "tokens", [SECRET_FUNCTIONS, ASSUMED, COMPUTED], ids=["secret", "assumed", "computed"]
)
def test_the_sdk_has_all_functions_of_the_tables(tokens: list[str]) -> None:
    """An upgrade of the SDK can rename functions."""
    assert list(stale_tokens(Answers.of({token: {} for token in tokens}))) == []
