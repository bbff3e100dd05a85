"""The recorded states, imported into the real engine and previewed with the current programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from platform_components.engine.urn import STACK_TYPE
from platform_components.platform_services import PlatformServicesOutputs
from tests.engine.cli import Cli
from tests.engine.cloud_provider import CloudProvider
from tests.engine.echo_provider import serving
from tests.estate.compare import ROOT, compare
from tests.estate.record import project_of
from tests.estate.states import STACKS, State, read_state

pytestmark = pytest.mark.engine

_UNCHANGED = ("same", "read", "refresh")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A copy of today's project whose stacks have the recorded states."""
    with serving(CloudProvider()) as port:
        cli = Cli(tmp_path_factory.mktemp("estate"), port)
        for stack in project_of(ROOT, Path(sys.prefix), cli.project):
            cli.run("stack", "init", stack)
            import_state(cli, read_state(stack) if stack in STACKS else platform_services(stack))
        yield cli


def import_state(cli: Cli, state: State) -> None:
    file = cli.project.parent / "state.json"
    file.write_text(json.dumps(state.deployment))
    cli.run("stack", "import", "--stack", state.stack, "--file", str(file))


def platform_services(stack: str) -> State:
    """The state of a stack that was added after the recorded ones: only its outputs, which services read."""
    recorded = read_state(f"foundation.{stack.rpartition('.')[2]}").deployment
    outputs = dict.fromkeys(PlatformServicesOutputs.exported_names(), "deployed")
    own = {
        "urn": f"urn:pulumi:{stack}::platform::{STACK_TYPE}::platform-{stack}",
        "custom": False,
        "type": STACK_TYPE,
        "outputs": {**outputs, "sync_to_kubernetes": False},
    }
    return State(stack, {**recorded, "deployment": {**recorded["deployment"], "resources": [own]}})


def operations(cli: Cli, stack: str) -> dict[str, str]:
    """What the real engine would do to each resource, by URN; all steps of a replacement are one."""
    preview = json.loads(cli.run("preview", "--json", "--stack", stack))
    steps = [step for step in preview["steps"] if step["op"] not in _UNCHANGED]
    return {
        step["urn"]: "replace" if "replace" in step["op"] else step["op"]
        for step in steps
        if "::pulumi:providers:aws::" not in step["urn"]  # its version depends on the SDK
    }


def ours(state: State) -> dict[str, str]:
    """The same, from the comparison that needs no CLI."""
    found: dict[str, str] = {}
    for item in compare(state):
        if item.operation in ("create", "update", "replace", "delete") and found.get(item.urn) != "replace":
            found[item.urn] = item.operation
    return found


@pytest.mark.parametrize("stack", STACKS)
def test_the_real_engine_shows_the_same_differences(cli: Cli, stack: str) -> None:
    """Neither replaces or deletes anything that test_estate.py does not expect."""
    assert operations(cli, stack) == ours(read_state(stack))


def test_the_real_engine_sees_a_replacement_and_what_follows_from_it(cli: Cli) -> None:
    """So an empty preview means something."""
    deployment: dict[str, Any] = json.loads(json.dumps(read_state("foundation.dev").deployment))
    for resource in deployment["deployment"]["resources"]:
        if resource["type"] == "aws:ec2/vpc:Vpc":
            resource["inputs"]["cidrBlock"] = "10.0.0.0/16"
    state = State("foundation.dev", deployment)
    import_state(cli, state)
    try:
        found = operations(cli, "foundation.dev")
        assert found == ours(state)
        assert "replace" in found.values()
    finally:
        import_state(cli, read_state("foundation.dev"))
