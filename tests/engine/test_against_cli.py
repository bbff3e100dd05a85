"""Compares the graph of the embedded engine with `pulumi preview --json` of the real engine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest

from tests.engine.cli import Cli
from tests.engine.echo_provider import serving
from tests.engine.states import (
    AFTER_A_REFACTORING,
    ASSET,
    BEFORE_A_REFACTORING,
    CONFIG,
    PASSWORD,
    PROGRAMS,
    PROJECT,
    RECORDED,
    assert_aliases_cover,
    assert_equal_states,
    evaluate_like_the_cli,
    read_recording,
    real_state,
    write_recording,
)

pytestmark = pytest.mark.engine

UPSTREAM = """\
import pulumi

pulumi.export("name", "upstream-name")
pulumi.export("network", {"id": "vpc-1", "zones": [1, 2.5]})
pulumi.export("secret", pulumi.Output.secret("hunter2!"))
"""


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    with serving() as port:
        cli = Cli(tmp_path_factory.mktemp("cli"), port)
        (cli.project / "Pulumi.yaml").write_text(PROJECT)
        (cli.project / "asset.txt").write_text(ASSET)
        (cli.project / "__main__.py").write_text(UPSTREAM)
        cli.run("stack", "init", "upstream")
        cli.run("up", "--yes", "--skip-preview", "--stack", "upstream")
        cli.run("stack", "init", "dev")
        (cli.project / "Pulumi.dev.yaml").write_text(CONFIG)
        cli.run("config", "set", "--secret", "password", PASSWORD, "--stack", "dev")
        yield cli


@pytest.mark.parametrize("program", sorted(path.stem for path in PROGRAMS.glob("*.py")))
def test_the_graph_equals_the_real_engines(cli: Cli, program: str) -> None:
    """URNs, parents, providers, inputs, options, dependencies and lines equal those of the real engine."""
    shutil.copy(PROGRAMS / f"{program}.py", cli.project / "__main__.py")

    preview = json.loads(cli.run("preview", "--json", "--stack", "dev"))

    states = {step["urn"]: real_state(step["newState"]) for step in preview["steps"]}
    graph = evaluate_like_the_cli(cli.project)
    assert_equal_states(graph, states)
    recording = RECORDED / f"{program}.json"
    if not recording.exists():
        write_recording(recording, states)
    assert read_recording(recording) == states, f"remove {recording.name} and run this again to record anew"


def test_aliases_cover_a_refactoring_as_in_the_real_engine(cli: Cli) -> None:
    """After renames, moves and changed types nothing is recreated, because of the aliases in the graph."""
    program = cli.project / "__main__.py"
    program.write_text(BEFORE_A_REFACTORING)
    cli.run("stack", "init", "refactored")
    cli.run("up", "--yes", "--skip-preview", "--stack", "refactored")
    state = json.loads(cli.run("stack", "export", "--stack", "refactored"))
    program.write_text(AFTER_A_REFACTORING)

    preview = json.loads(cli.run("preview", "--json", "--stack", "refactored"))

    assert [step["urn"] for step in preview["steps"] if step["op"] != "same"] == []
    recording = RECORDED / "before_a_refactoring.json"
    before = sorted(r["urn"] for r in state["deployment"]["resources"])
    if not recording.exists():
        write_recording(recording, before)
    assert read_recording(recording) == before
    assert_aliases_cover(before, program)
