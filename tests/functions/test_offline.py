"""Results of functions offline: answers first, then computed ones, then assumptions."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest
from pulumi_aws import ec2

from platform_components.engine.functions import FunctionCall
from platform_components.engine.values import UNKNOWN
from platform_components.functions import Answers, OfflineFunctions
from platform_components.functions.assumed import ASSUMED
from platform_components.functions.computed import COMPUTED
from platform_components.functions.secret_functions import SECRET_FUNCTIONS
from platform_components.functions.tokens import stale_tokens
from platform_components.testing import FunctionResult, render

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
    """The arguments are part of results, and the region is the call's."""
    functions = OfflineFunctions(Answers.of({AMI: {"id": "ami-1"}}))
    fields = ("id", "name", "owners", "region")
    result = functions(FunctionCall(AMI, {"owners": ["amazon"]}, {"region": "eu-west-1"}, fields))
    assert result.value == {"id": "ami-1", "name": UNKNOWN, "owners": ["amazon"], "region": "eu-west-1"}


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


@pytest.mark.parametrize(
    "tokens", [SECRET_FUNCTIONS, ASSUMED, COMPUTED], ids=["secret", "assumed", "computed"]
)
def test_the_sdk_has_all_functions_of_the_tables(tokens: list[str]) -> None:
    """An upgrade of the SDK can rename functions."""
    assert list(stale_tokens(Answers.of({token: {} for token in tokens}))) == []
