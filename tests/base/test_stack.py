"""Stack: name, settings, configuration and upstream stacks of the running stack."""

# ruff: noqa: E501 - messages stand here as people see them

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from platform_components.base import Args, Count, Input
from platform_components.base.stack import Stack
from platform_components.engine import UNKNOWN, Graph, ProgramError, Secret, evaluate

PLATFORM = """\
organization: acme
regions: [eu-west-1]
teams: [core]
environments:
  dev: { tier: development, region: eu-west-1 }
stacks:
  foundation: { owner: core }
  shop: { owner: core, reads: [foundation] }
"""


class ShopConfig(Args):
    """Configuration of the stack in these tests."""

    replicas: Count = 2
    """How many."""
    version: str
    """Which version runs."""
    zones: tuple[str, ...] = ()
    """Where."""
    pin: str | None = None
    """Digits."""
    token: Input[str] | None = None
    """A secret."""


Run = Callable[..., Graph]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "platform.yaml").write_text(PLATFORM)

    def run(program: Callable[[], object], stack: str = "shop.dev", **options: Any) -> Graph:
        options["config"] = {"aws:region": "eu-west-1", **options.get("config", {})}
        return evaluate(
            program, project="platform", stack=stack, organization="acme", root=tmp_path, **options
        )

    return run


def refusal(run: Run, program: Callable[[], object], stack: str = "shop.dev", **options: Any) -> list[str]:
    with pytest.raises(ProgramError) as caught:
        run(program, stack, **options)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_the_running_stack_knows_its_layer_environment_and_context(run: Run) -> None:
    """All of it is derived from the name and platform.yaml."""

    def program() -> None:
        stack = Stack.current()
        pulumi.export("facts", [stack.name, stack.layer, stack.environment, stack.context.owner])

    assert run(program).outputs["facts"] == ["shop.dev", "shop", "dev", "core"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("shop", 'name = "shop"  must be <layer>.<environment>  such as foundation.dev'),
        ("shopp.dev", 'stacks  has no "shopp"  did you mean shop?'),
        ("shop.de", 'environments  has no "de"  did you mean dev?'),
    ],
)
def test_a_stack_that_platform_yaml_does_not_know_is_refused(run: Run, name: str, line: str) -> None:
    """The message names the unknown part of the name."""
    assert refusal(run, Stack.current, name)[1:] == [line]


def test_a_region_of_its_own_is_refused(run: Run) -> None:
    """A difference between the provider's region and platform.yaml's is reported."""
    assert refusal(run, Stack.current, config={"aws:region": "us-east-1"}) == [
        "Pulumi.shop.dev.yaml: 1 problem",
        'config.aws:region = "us-east-1"  must be eu-west-1, the region of dev in platform.yaml  change one of them',
    ]


def test_config_is_typed(run: Run) -> None:
    """Numbers, lists and strings have the type of the model's field, also strings that look like numbers."""

    def program() -> None:
        config = Stack.current().config(ShopConfig)
        assert (config.replicas, config.version, config.zones, config.pin) == (4, "1.30", ("a",), "0123")

    run(
        program,
        config={"replicas": "4", "version": "1.30", "zones": '["a"]', "pin": "0123", "other:key": "x"},
    )


def test_every_mistake_of_the_config_is_reported_with_its_file(run: Run) -> None:
    """Unknown keys, missing keys and wrong types are reported together."""
    config = {"replicas": "many", "versio": "1"}
    assert refusal(run, lambda: Stack.current().config(ShopConfig), config=config) == [
        "Pulumi.shop.dev.yaml: 3 problems",
        'config.platform:replicas = "many"  must be an integer  remove it to use the default, 2',
        "config.platform:version            is required         Which version runs",
        "config.platform:versio             unknown field       did you mean version?",
    ]


def test_a_mistake_of_the_config_leads_to_the_folder_of_its_file(run: Run, tmp_path: Path) -> None:
    """Pulumi.yaml specifies the directory of the stacks' files."""
    (tmp_path / "Pulumi.yaml").write_text("name: platform\nruntime: python\nstackConfigDir: stacks/config\n")
    lines = refusal(run, lambda: Stack.current().config(ShopConfig))
    assert lines[0] == "stacks/config/Pulumi.shop.dev.yaml: 1 problem"
    assert refusal(run, Stack.current, config={"aws:region": "us-east-1"})[0] == lines[0]


def test_a_secret_of_the_config_stays_one(run: Run) -> None:
    """The program gets it as a secret output, and no message contains it."""

    def program() -> None:
        pulumi.export("token", Stack.current().config(ShopConfig).token)

    graph = run(program, config={"version": "1", "token": Secret("hunter2")})
    assert graph.outputs["token"] == Secret("hunter2")
    assert "hunter2" not in str(graph.to_dict())


def test_a_secret_where_none_is_expected_is_refused_without_showing_it(run: Run) -> None:
    """An encrypted number can't be used for a size."""
    config = {"version": "1", "replicas": Secret("31337")}
    text = "\n".join(refusal(run, lambda: Stack.current().config(ShopConfig), config=config))
    assert "config.platform:replicas = (Output)" in text
    assert "31337" not in text


def test_a_service_without_an_image_previews_with_an_unknown_one(run: Run) -> None:
    """A warning states that it can't be deployed. An image that is set is passed on."""

    def program() -> None:
        stack = Stack.current()
        pulumi.export("images", [stack.image(None), stack.image("registry.example/shop:1")])

    graph = run(program)
    assert graph.outputs["images"] == [UNKNOWN, "registry.example/shop:1"]
    (warning,) = graph.diagnostics
    assert warning.severity == "warning"
    assert warning.message.startswith("platform:image is not set: the image is unknown")


def test_a_service_without_an_image_cannot_be_deployed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the file, the key and the command that sets it."""
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)
    assert refusal(run, lambda: Stack.current().image(None)) == [
        "Pulumi.shop.dev.yaml: 1 problem",
        "config.platform:image  is required for a deployment  run `platform image set shop.dev REPOSITORY@sha256:...` after the build",
    ]


def test_upstream_is_the_other_layers_stack_of_this_environment(run: Run) -> None:
    """A stack of `dev` never references one of `prod`."""
    graph = run(lambda: Stack.current().upstream("foundation"))
    assert [read.stack for read in graph.reads] == ["acme/platform/foundation.dev"]


def test_an_upstream_that_platform_yaml_does_not_state_is_refused(run: Run) -> None:
    """The order of stacks is only correct if `reads` is complete."""
    assert refusal(run, lambda: Stack.current().upstream("tools"))[1:] == [
        'stacks.shop.reads  does not list "tools", which the program references  add tools to it'
    ]
