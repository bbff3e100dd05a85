"""Calls that the recorded previews do not contain: functions, hooks, packages, resource references."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import ResourceHook, ResourceHookArgs, ResourceHookBinding, ResourceOptions
from pulumi.runtime.settings import register_package
from pulumi_aws import ec2, sqs

from platform_components.engine import UNKNOWN, ResourceReference, Secret
from platform_components.testing import render


def test_transforms_of_functions_are_called() -> None:
    """The transform gets the function's token and arguments, even if the result is unknown."""
    seen = []

    def transform(args: pulumi.InvokeTransformArgs) -> pulumi.InvokeTransformResult:
        seen.append((args.token, args.args))
        return pulumi.InvokeTransformResult({**args.args, "id": "vpc-1"}, args.opts)

    def program() -> None:
        pulumi.runtime.register_invoke_transform(transform)
        pulumi.runtime.register_invoke_transform(transform_again)
        pulumi.export("id", ec2.get_vpc_output(default=True).id)

    def transform_again(args: pulumi.InvokeTransformArgs) -> None:
        seen.append((args.token, args.args))

    assert render(program).outputs == {"id": UNKNOWN}
    token = "aws:ec2/getVpc:getVpc"
    assert seen == [(token, {"default": True}), (token, {"default": True, "id": "vpc-1"})]


def test_hooks_are_recorded_by_name() -> None:
    """Hooks run in operations, so a preview does not call them."""

    def never(args: ResourceHookArgs) -> None:
        raise AssertionError

    def program() -> None:
        hooks = ResourceHookBinding(before_delete=[ResourceHook("check", never)])
        sqs.Queue("queue", opts=ResourceOptions(hooks=hooks))

    assert render(program).one("aws:sqs/queue:Queue").hooks == {"before_delete": ("check",)}


def test_a_registered_package_has_a_default_provider_of_its_own() -> None:
    """Its default provider is named after the package's version, not the plugin's."""

    class Thing(pulumi.CustomResource):
        def __init__(self) -> None:
            ref = register_package("base", "1.2.3", "", "thing", "4.5.6", "e30=")
            super().__init__("thing:index:Thing", "thing", {}, None, package_ref=ref)

    graph = render(Thing)
    provider = graph.one("pulumi:providers:thing")
    assert (provider.name, provider.inputs) == ("default_4_5_6", {"version": "1.2.3"})
    assert graph.one("thing:index:Thing").provider.startswith(provider.urn)


def test_a_resource_as_a_value_is_a_reference() -> None:
    """The ID is unknown until the resource exists; a component has none."""

    class Group(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("test:index:Group", "group")
            self.register_outputs({})

    def program() -> None:
        tags: Any = {"queue": sqs.Queue("held"), "group": Group()}
        sqs.Queue("holder", tags=tags)

    graph = render(program)
    assert graph.one("aws:sqs/queue:Queue", "holder").inputs["tags"] == {
        "queue": ResourceReference(graph.one("aws:sqs/queue:Queue", "held").urn, UNKNOWN),
        "group": ResourceReference(graph.one("test:index:Group").urn),
    }


def test_outputs_that_an_option_makes_secret_are_secret_in_the_program() -> None:
    """This includes properties that are unknown until deployment."""

    def program() -> None:
        options = ResourceOptions(additional_secret_outputs=["arn", "name"])
        queue = sqs.Queue("queue", name="plain", opts=options)
        pulumi.export("arn", queue.arn)
        pulumi.export("name", queue.name)
        pulumi.export("url", queue.url)

    outputs = render(program).outputs
    assert outputs == {"arn": Secret(UNKNOWN), "name": Secret("plain"), "url": UNKNOWN}


@pytest.mark.parametrize("program", ["components", "transforms"])
def test_a_graph_is_the_same_in_every_process(program: str) -> None:
    """Graphs do not depend on hash seeds and memory addresses, which differ between processes."""
    script = (
        "import json, sys; from pathlib import Path; from platform_components.engine import evaluate\n"
        "file = Path(sys.argv[1])\n"
        "print(json.dumps(evaluate(file, project='test', stack='dev', root=file.parent).to_dict()))"
    )
    file = Path(__file__).parent / "programs" / f"{program}.py"

    def in_a_process(seed: str) -> object:
        command = [sys.executable, "-c", script, str(file)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        root = Path(__file__).parents[2]
        done = subprocess.run(command, env=environment, cwd=root, capture_output=True, check=True, text=True)
        return json.loads(done.stdout)

    assert in_a_process("1") == in_a_process("2")
