"""Compares the reading of states with the real CLI: what it writes, and what it rejects."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.engine.state.backend import BackendState, DirectoryStore
from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.file import StateFile
from platform_components.engine.state.format import StackName
from platform_components.engine.values import Asset, Secret
from tests.engine import exports
from tests.engine.cli import Cli
from tests.engine.exports import BUCKET, PROVIDER, ROOT, STACK, TOPIC

pytestmark = pytest.mark.engine

PROGRAM = """\
import pulumi


class Shelf(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("test:index:Shelf", name)
        self.register_outputs({"size": 3, "ratio": 0.5})


Shelf("books")
pulumi.export("password", pulumi.Output.secret("invented"))
pulumi.export("asset", pulumi.StringAsset("text"))
pulumi.export("big", 2**40)
"""


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The CLI in a project with the name of the states of these tests."""
    cli = Cli(tmp_path, 1, packages=())
    (cli.project / "Pulumi.yaml").write_text(f"name: {STACK.project}\nruntime: python\n")
    (cli.project / "__main__.py").write_text(PROGRAM)
    cli.run("stack", "init", STACK.stack)
    return cli


def in_backend(directory: Path, stack: StackName = STACK) -> Deployment | None:
    return BackendState(DirectoryStore(directory / "backend", "file://backend"), stack).load()


@pytest.mark.parametrize("variable", ["PULUMI_DIY_BACKEND_LEGACY_LAYOUT", "PULUMI_DIY_BACKEND_GZIP", ""])
def test_a_backend_has_what_is_exported(tmp_path: Path, variable: str) -> None:
    """In both layouts, and compressed. `pulumi stack init` writes a state without resources."""
    cli = Cli(tmp_path, 1, packages=())
    assert in_backend(tmp_path) is None
    if variable:
        cli.environment[variable] = "true"
        cli.environment["PULUMI_DIY_BACKEND_IGNORE_DEPRECATION_ERROR"] = "true"
    (cli.project / "Pulumi.yaml").write_text(f"name: {STACK.project}\nruntime: python\n")
    (cli.project / "__main__.py").write_text(PROGRAM)
    cli.run("stack", "init", STACK.stack)
    created = in_backend(tmp_path)
    assert created is not None
    assert created.resources == ()
    cli.run("up", "--yes", "--skip-preview")
    exported = tmp_path / "export.json"
    cli.run("stack", "export", "--file", str(exported))
    found, file = in_backend(tmp_path), StateFile(exported, "export.json", STACK).load()
    assert found is not None
    assert file is not None
    assert [each.urn for each in found.resources] == [each.urn for each in file.resources]
    assert found.time == file.time
    stack, shelf = found.resources
    assert stack.urn == ROOT
    assert shelf.outputs == {"size": 3, "ratio": 0.5}
    assert isinstance(stack.outputs["asset"], Asset)
    assert isinstance(stack.outputs["password"], Secret)
    assert stack.outputs["big"] == 2**40
    compressed = "GZIP" in variable
    assert found.source.endswith(".json.gz" if compressed else ".json")
    assert ("/shop/" in found.source) != ("LEGACY" in variable)


def test_a_renamed_stack(cli: Cli, tmp_path: Path) -> None:
    """`pulumi stack rename` changes the URNs: an older export is the state of another stack."""
    cli.run("up", "--yes", "--skip-preview")
    exported = tmp_path / "export.json"
    cli.run("stack", "export", "--file", str(exported))
    cli.run("stack", "rename", "payments.test")
    renamed = StackName(STACK.project, "payments.test")
    assert in_backend(tmp_path) is None
    assert in_backend(tmp_path, renamed) is not None
    with pytest.raises(InvalidInput, match="after a rename, export it again"):
        StateFile(exported, "export.json", renamed).load()


def _with_resource(index: int, **fields: Any) -> dict[str, Any]:
    resources = exports.resources()
    resources[index].update(fields)
    return exports.export(resources=resources)


def _reordered() -> dict[str, Any]:
    return exports.export(resources=exports.resources()[::-1])


def _repeated() -> dict[str, Any]:
    return exports.export(resources=[*exports.resources(), exports.resources()[4]])


@pytest.mark.parametrize(
    ("state", "valid"),
    [
        (exports.export, True),
        (lambda: _with_resource(3, parent=ROOT + "x"), False),
        (lambda: _with_resource(3, parent=TOPIC), False),
        (lambda: _with_resource(4, dependencies=[BUCKET + "x"]), False),
        (lambda: _with_resource(4, propertyDependencies={"tags": [BUCKET + "x"]}), False),
        (lambda: _with_resource(4, deletedWith=BUCKET + "x"), False),
        (lambda: _with_resource(4, provider=f"{PROVIDER}::other"), False),
        (lambda: _with_resource(4, provider=f"{PROVIDER}::other", pendingReplacement=True), True),
        (lambda: _with_resource(2, id="i"), False),
        (lambda: _with_resource(4, type=""), False),
        (lambda: _with_resource(4, urn=TOPIC.replace("payments.dev", "payments.prod")), False),
        (_reordered, False),
        (_repeated, False),
        (lambda: exports.export(version=5), False),
        (lambda: {**exports.export(version=4), "features": ["timeTravel"]}, False),
        (lambda: {**exports.export(version=4), "features": ["taint", "views"]}, True),
    ],
)
def test_what_the_cli_rejects_is_rejected(
    cli: Cli, tmp_path: Path, state: Callable[[], dict[str, Any]], valid: bool
) -> None:
    """`pulumi stack import` accepts a state exactly if it can be read."""
    content = state()
    content["deployment"]["secrets_providers"] = None
    for resource in content["deployment"]["resources"]:
        for properties in (resource.get("inputs", {}), resource.get("outputs", {})):
            properties.pop("displayName", None)  # a secret of no key
    path = tmp_path / "state.json"
    path.write_text(json.dumps(content))
    accepted = True
    try:
        cli.run("stack", "import", "--file", str(path))
    except AssertionError:
        accepted = False
    try:
        StateFile(path, "state.json", STACK).load()
    except InvalidInput:
        assert (accepted, valid) == (False, False)
    else:
        assert (accepted, valid) == (True, True)
