"""Provider functions: their results; an unknown result of a plain call fails only when it is used."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi_aws import ec2, sqs, ssm

from platform_components import Context, Network, NetworkArgs
from platform_components.engine import UNKNOWN, Graph, ProgramError, Secret, evaluate
from platform_components.engine.functions import FunctionCall, FunctionResult, Functions, FunctionUse
from platform_components.engine.journal import Call, Journal
from platform_components.engine.source import Locator

VPC = "aws:ec2/getVpc:getVpc"
CONTEXT = Context(
    environment="dev", tier="development", region="eu-west-1", service="shop", owner="shop-team"
)


def render(program: Callable[[], object], functions: Functions | None = None, **config: Any) -> Graph:
    """Return the graph of a program with these functions; without, all results are unknown."""
    options = {"functions": functions} if functions else {}
    settings = {key.replace("_", ":", 1): value for key, value in config.items()}
    return evaluate(program, project="test", stack="dev", config=settings, **options)  # type: ignore[arg-type]


def answering(value: Mapping[str, Any], seen: list[FunctionCall] | None = None) -> Functions:
    """Return functions that all have this result, and record the calls."""

    def answer(call: FunctionCall) -> FunctionResult:
        if seen is not None:
            seen.append(call)
        return FunctionResult(value, "answered", "answers.yaml answers[0]")

    return answer


# --- unknown results of plain calls ---


def test_an_unused_result_does_not_fail_a_program() -> None:
    """The call returns; many programs never use what they look up."""
    assert render(lambda: ec2.get_vpc(default=True)).functions[0].origin == "unknown"


def test_an_unknown_result_can_be_passed_on() -> None:
    """As an input, through apply, all and format, and by attribute and item, it is an unknown Output."""

    def program() -> None:
        vpc = ec2.get_vpc(default=True)
        sqs.Queue("queue", name=vpc.id, tags={"cidr": vpc.cidr_block_associations[0].cidr_block})
        pulumi.export("applied", pulumi.Output.from_input(vpc.id).apply(lambda id_: 1 / 0))
        pulumi.export("all", pulumi.Output.all(vpc.id, 1).apply(lambda ids: 1 / 0))
        pulumi.export("text", pulumi.Output.format("{}-x", vpc.id))
        pulumi.export("json", pulumi.Output.json_dumps({"id": vpc.id}))

    graph = render(program)
    queue = graph.one("aws:sqs/queue:Queue")
    assert queue.inputs == {"name": UNKNOWN, "tags": {"cidr": UNKNOWN}}
    assert graph.outputs == dict.fromkeys(("applied", "all", "text", "json"), UNKNOWN)


USES: dict[str, Callable[[Any], object]] = {
    "as a string": lambda vpc: f"vpc-{vpc.id}",
    "as a string ": lambda vpc: str(vpc.id),
    "as a string  ": lambda vpc: os.path.join("a", vpc.id),
    "in a condition": lambda vpc: 1 if vpc.default else 2,
    "in a comparison": lambda vpc: vpc.id == "vpc-1",
    "in a comparison ": lambda vpc: vpc.id in ("vpc-1", "vpc-2"),
    "in a comparison  ": lambda vpc: vpc.id != "vpc-1",
    "in an expression": lambda vpc: "arn:" + vpc.id,
    "as a sequence": lambda vpc: list(vpc.cidr_block_associations),
    "as a sequence ": lambda vpc: len(vpc.cidr_block_associations),
    "as a number": lambda vpc: int(vpc.id),
    "as a key": lambda vpc: {vpc.id: 1},
    "with `in`": lambda vpc: "a" in vpc.tags,
    "as a plain value": lambda vpc: vpc.id.split("-"),
    "as plain data": lambda vpc: vpc.tags.get("Name"),
}


@pytest.mark.parametrize("use", USES)
def test_a_use_that_needs_the_value_now_fails_with_its_line(use: str) -> None:
    """The message has the line of the use, the function and the line of its call, and the remedies."""

    def program() -> None:
        vpc = ec2.get_vpc(default=True)
        USES[use](vpc)

    with pytest.raises(ProgramError) as caught:
        render(program)
    assert caught.value.location is not None
    assert caught.value.location.file.endswith("test_functions.py")
    assert f"the result of function {VPC}, called at " in caught.value.message
    assert caught.value.message.endswith(f"is unknown offline, and can't be used {use.strip()}")
    assert "platform.yaml" in caught.value.remedy
    assert "platform answers record" in caught.value.remedy


def test_recording_is_a_remedy_only_for_the_provider_that_it_supports() -> None:
    """The functions of other clouds need an answer written by hand."""

    def program() -> None:
        pulumi.export("x", f"{pulumi.runtime.invoke('azure-native:authorization:getClientConfig', {}).value}")

    with pytest.raises(ProgramError) as caught:
        render(program)
    assert "platform.yaml" in caught.value.remedy
    assert "record" not in caught.value.remedy


@pytest.mark.parametrize("use", [lambda vpc: json.dumps([vpc.id]), lambda vpc: "-".join([vpc.id])])
def test_a_type_error_about_an_unknown_result_names_the_function(use: Callable[[Any], object]) -> None:
    """Python's own code checks types; its error names only the type."""
    with pytest.raises(ProgramError) as caught:
        render(lambda: use(ec2.get_vpc(default=True)))
    assert "TypeError" in caught.value.message
    assert f"function {VPC}, called at " in caught.value.message
    assert "platform.yaml" in caught.value.remedy


def test_a_component_that_requires_a_plain_value_names_the_function() -> None:
    """The component rejects an Output; the message adds whose result it is, and the remedies."""

    def program() -> None:
        Network("main", NetworkArgs(availability_zones=ec2.get_vpcs().ids), context=CONTEXT)  # type: ignore[arg-type]

    with pytest.raises(ProgramError) as caught:
        render(program)
    assert "availability_zones = (UnknownResult)" in caught.value.message
    assert "function aws:ec2/getVpcs:getVpcs, called at " in caught.value.message
    assert "platform answers record" in caught.value.remedy


def test_a_use_in_an_installed_package_has_the_nearest_line_of_the_program(tmp_path: Path) -> None:
    """A component of a package calls a function and needs its result: the line that creates the component."""
    package = tmp_path / "site-packages" / "company_network.py"
    package.parent.mkdir()
    package.write_text(
        "from pulumi_aws import ec2\n"
        "def subnets():\n"
        "    return [subnet for subnet in ec2.get_subnets().ids]\n"
    )
    program = tmp_path / "__main__.py"
    program.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(package.parent)!r})\n"
        "from company_network import subnets\n"
        "subnets()\n"
    )
    with pytest.raises(ProgramError, match=r"aws:ec2/getSubnets:getSubnets, called at __main__\.py:4"):
        evaluate(program, project="test", stack="dev")


@pytest.mark.parametrize("directory", ["", "site-packages"])
def test_a_module_of_the_user_is_not_an_sdk(tmp_path: Path, directory: str) -> None:
    """An unknown result chooses no branch in it, whatever its name: beside the program, or installed."""
    module = tmp_path / directory / "pulumi_mine.py"
    module.parent.mkdir(exist_ok=True)
    module.write_text("def choose(value):\n    return 'set' if value else 'not set'\n")
    program = tmp_path / "__main__.py"
    program.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(module.parent)!r})\n"
        "import pulumi_mine\n"
        "from pulumi_aws import ec2\n"
        "pulumi_mine.choose(ec2.get_vpc(default=True).default)\n"
    )
    try:
        with pytest.raises(ProgramError, match="can't be used in a condition"):
            evaluate(program, project="test", stack="dev")
    finally:
        sys.modules.pop("pulumi_mine", None)


def test_a_use_without_a_line_of_the_program_has_the_line_of_the_package(tmp_path: Path) -> None:
    """A task of a package has no user code on its stack."""
    package = tmp_path / "site-packages" / "company_callbacks.py"
    package.parent.mkdir()
    package.write_text(
        "import asyncio\n"
        "from pulumi_aws import ec2\n"
        "async def check():\n"
        "    len(ec2.get_subnets().ids)\n"
        "def start():\n"
        "    return asyncio.ensure_future(check())\n"
    )
    program = tmp_path / "__main__.py"
    program.write_text(
        "import sys, pulumi\n"
        f"sys.path.insert(0, {str(package.parent)!r})\n"
        "from company_callbacks import start\n"
        "pulumi.export('x', start())\n"
    )
    with pytest.raises(ProgramError) as caught:
        evaluate(program, project="test", stack="dev")
    assert str(caught.value.location) == "company_callbacks.py:4"


def test_an_unknown_result_in_a_list_is_found_in_the_input() -> None:
    """A list is formatted with the repr of its items, which the engine finds in inputs."""

    def program() -> None:
        sqs.Queue("queue", name=str([ec2.get_vpc(default=True).id]))

    with pytest.raises(ProgramError, match="an Output is formatted into a string in name of"):
        render(program)


def test_a_result_without_a_class_is_unknown_too() -> None:
    """Also its items, with `invoke_async` and with `invoke`."""

    def program() -> None:
        async def read() -> Any:
            return (await pulumi.runtime.invoke_async("x:index:get", {}))["value"]

        pulumi.export("later", pulumi.Output.from_input(read()))
        pulumi.export("now", pulumi.runtime.invoke("x:index:get", {}).value["a"]["b"])

    assert render(program).outputs == {"later": UNKNOWN, "now": UNKNOWN}


def test_an_awaited_result_is_unknown() -> None:
    """`await get_vpcs()` returns the same fields."""

    def program() -> None:
        async def read() -> Any:
            return (await ec2.get_vpcs()).ids

        pulumi.export("ids", pulumi.Output.from_input(read()))

    assert render(program).outputs == {"ids": UNKNOWN}


def test_a_call_in_a_coroutine_has_the_line_that_created_it() -> None:
    """Components of installed packages call functions in coroutines, where no user code is on the stack."""
    from pulumi_kubernetes.yaml import ConfigGroup

    def program() -> None:
        ConfigGroup("objects", yaml=["kind: ConfigMap"])

    (use,) = render(program).functions
    assert use.token == "kubernetes:yaml:decode"
    assert use.source is not None
    assert use.source.line == program.__code__.co_firstlineno + 1


# --- results ---


def test_a_result_reaches_both_forms() -> None:
    """Plain calls return values, and the `_output` form returns Outputs with them."""

    def program() -> None:
        assert ec2.get_vpc(default=True).id == "vpc-1"
        pulumi.export("id", ec2.get_vpc_output(default=True).id)

    graph = render(program, answering({"id": "vpc-1"}))
    assert graph.outputs == {"id": "vpc-1"}
    assert [use.to_dict() for use in graph.functions if not use.source] == []
    assert graph.functions[0].to_dict() == {
        "token": VPC,
        "arguments": {"default": True},
        "origin": "answered",
        "answer": "answers.yaml answers[0]",
        "source": str(graph.functions[0].source),
    }


def test_unknown_parts_of_a_result_leave_the_others_known() -> None:
    """In both forms: the SDK would reject them by their type, or make the result unknown as a whole."""

    def program() -> None:
        zones = aws.get_availability_zones()
        assert zones.names == ["a"]
        pulumi.export("ids", zones.zone_ids)
        later = aws.get_availability_zones_output()
        pulumi.export("first", later.names[0])
        pulumi.export("later", later.zone_ids[0])

    graph = render(program, answering({"names": ["a"], "zoneIds": UNKNOWN}))
    assert graph.outputs == {"ids": UNKNOWN, "first": "a", "later": UNKNOWN}


def test_unknown_arguments_have_an_unknown_result() -> None:
    """As in Pulumi's engine, the function is not called."""

    def program() -> None:
        queue = sqs.Queue("queue")
        pulumi.export("id", ec2.get_vpc_output(id=queue.id).id)

    graph = render(program, answering({"id": "vpc-1"}))
    assert graph.outputs == {"id": UNKNOWN}
    assert [(use.token, use.origin) for use in graph.functions] == [(VPC, "unknown")]


def test_a_provider_with_unknown_configuration_has_unknown_results() -> None:
    """As a provider that is not configured in the preview."""

    def program() -> None:
        provider = aws.Provider("other", access_key=sqs.Queue("queue").id)
        pulumi.export("id", ec2.get_vpc_output(opts=pulumi.InvokeOptions(provider=provider)).id)

    assert render(program, answering({"id": "vpc-1"})).outputs == {"id": UNKNOWN}


def test_a_call_has_the_configuration_of_its_provider() -> None:
    """The stack's of a default provider, and the inputs of an explicit one."""
    seen: list[FunctionCall] = []

    def program() -> None:
        provider = aws.Provider("other", region="us-east-1")
        ec2.get_vpc(default=True)
        ec2.get_vpc(default=True, opts=pulumi.InvokeOptions(provider=provider))

    render(program, answering({"id": "vpc-1"}, seen), aws_region="eu-west-1")
    assert [call.provider["region"] for call in seen] == ["eu-west-1", "us-east-1"]
    assert "cidrBlock" in seen[0].fields


def test_secret_arguments_make_the_result_secret() -> None:
    """As in Pulumi's SDK, for the `_output` form; and they are not shown."""

    def program() -> None:
        pulumi.export("id", ec2.get_vpc_output(id=pulumi.Output.secret("vpc-hunter2")).id)

    graph = render(program, answering({"id": "vpc-1"}))
    assert graph.outputs == {"id": Secret("vpc-1")}
    assert "hunter2" not in json.dumps(graph.to_dict())


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ({"text": "kind: Secret\ndata: {a: hunter2}"}, "[31 characters]"),
        ({"jsonOpts": '{"values": {"a": "hunter2"}}'}, "[28 characters]"),
        ({"apiToken": "hunter2"}, "[secret]"),
    ],
)
def test_documents_and_secrets_in_arguments_are_not_shown(arguments: dict[str, str], shown: str) -> None:
    """A manifest or the values of a chart can contain secrets."""
    (use,) = render(lambda: pulumi.runtime.invoke("x:index:get", arguments)).functions
    assert list(use.to_dict()["arguments"].values()) == [shown]


def test_repeated_calls_are_listed_once() -> None:
    """A call in a loop is one entry."""

    def program() -> None:
        for _ in range(3):
            ec2.get_vpc(default=True)

    assert len(render(program).functions) == 1


def test_the_list_of_calls_takes_time_in_proportion_to_their_number() -> None:
    """Calls with other arguments are other entries, also if only a secret in them differs."""
    journal = Journal("dev", Locator(Path()), config_file="Pulumi.dev.yaml")
    count = 20_000
    for number in range(count):
        use = FunctionUse(VPC, {"id": [number // 2]}, "unknown")
        journal.note_function(Call(number, "invoke", "", None), use)
    for number, secret in enumerate("aab", start=count):
        use = FunctionUse(VPC, {"id": Secret(secret)}, "unknown")
        journal.note_function(Call(number, "invoke", "", None), use)
    started = time.process_time()
    assert len(journal.functions) == count // 2 + 2
    assert time.process_time() - started < 2  # 40 s if each is compared with all others


def test_a_call_creates_the_default_provider() -> None:
    """As in Pulumi's engine: it is in the state, even if no resource uses it."""
    graph = render(lambda: ec2.get_vpc(default=True), aws_region="eu-west-1")
    (provider,) = [resource for resource in graph.resources if resource.is_provider]
    assert provider.inputs["region"] == "eu-west-1"


def test_a_failed_program_reports_its_calls_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure can be sent to another process, and its calls be recorded. Marked secrets are hidden too."""
    monkeypatch.setenv("DB_PASSWORD", "hunter2-of-the-environment")

    def program() -> None:
        ssm.get_parameter(name=f"/x/{os.environ['DB_PASSWORD']}")
        ssm.get_parameter_output(name=pulumi.Output.secret("marked-hunter2"))
        raise ValueError("later")

    with pytest.raises(ProgramError) as caught:
        render(program)
    uses = repr(caught.value.functions)
    assert "hunter2" not in uses
    assert [use.token for use in caught.value.functions] == ["aws:ssm/getParameter:getParameter"] * 2
    assert caught.value.functions[0].arguments == {"name": "/x/[secret]"}


def test_the_sdks_compare_an_unknown_result_by_identity() -> None:
    """Their generated code compares values before it passes them on."""

    def program() -> None:
        vpc = ec2.get_vpc(default=True)
        names = {"__name__": "pulumi_aws.ec2.get_vpc", "id": vpc.id, "none": None}
        uses = ("id == id", "id != id", "id == none", "id != none")
        pulumi.export("compared", [eval(use, names) for use in uses])

    assert render(program).outputs == {"compared": [True, False, False, True]}
