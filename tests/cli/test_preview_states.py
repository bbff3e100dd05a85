"""`platform preview` with states: the options, the backends, and the message for states that are invalid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from platform_components.engine import wire
from tests.cli.conftest import Run, write

PROGRAM = """
    import pulumi
    from pulumi_aws import sqs

    network = pulumi.StackReference("organization/network/dev")
    sqs.Queue("jobs", name=network.require_output("vpc"))
    pulumi.export("password", network.get_output("password"))
"""


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose stack dev references a stack of another project."""
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    write(tmp_path / "Pulumi.yaml", "name: orders\nruntime: python\n")
    write(tmp_path / "Pulumi.dev.yaml", "config:\n  aws:region: eu-west-1\n")
    write(tmp_path / "__main__.py", PROGRAM)
    return tmp_path


def state(project: str, **outputs: Any) -> dict[str, Any]:
    """Return the checkpoint of a stack dev without resources in a cloud."""
    root = f"urn:pulumi:dev::{project}::pulumi:pulumi:Stack::{project}-dev"
    resource = {"urn": root, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": outputs}
    return {"version": 3, "checkpoint": {"stack": "dev", "latest": {"resources": [resource]}}}


def backend(root: Path, **states: dict[str, Any]) -> str:
    """Write a backend with the stack dev of each project, and return its URL."""
    write(root / ".pulumi/meta.yaml", "version: 1\n")
    for project, content in states.items():
        write(root / f".pulumi/stacks/{project}/dev.json", json.dumps(content))
    return f"file://{root}"


def preview(platform: Run, project: Path, *options: str, code: int = 0) -> dict[str, Any]:
    result = platform("preview", "-C", project, "--json", "--policy-pack", "none", *options)
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_a_backend(stack: Path, platform: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """References are resolved with the outputs in it, and a running update is a warning."""
    password = {wire.SIGNATURE: wire.SECRET, "ciphertext": "v1:planted"}
    url = backend(
        tmp_path / "states", orders=state("orders"), network=state("network", vpc="vpc-1", password=password)
    )
    write(
        tmp_path / "states/.pulumi/locks/organization/orders/dev/1.json",
        '{"username": "ana", "hostname": "runner", "timestamp": "2026-11-20T09:30:00Z"}',
    )
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    document = preview(platform, stack)
    (shown,) = document["stacks"]
    (queue,) = [each for each in shown["resources"] if each["type"] == "aws:sqs/queue:Queue"]
    assert queue["inputs"]["name"] == "vpc-1"
    assert shown["outputs"]["password"] == "[secret]"
    assert "planted" not in json.dumps(document)
    (warning,) = [each["message"] for each in shown["diagnostics"] if each["severity"] == "warning"]
    assert "an update of the stack is running by ana@runner" in warning


def test_no_state(stack: Path, platform: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The backend is not read, so that it can be missing."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/missing")
    (failure,) = preview(platform, stack, code=2)["failures"]
    assert failure["stack"] == "dev"
    assert "is not a directory" in failure["message"]
    assert "--no-state" in failure["message"]
    assert preview(platform, stack, "--no-state")["failures"] == []
    both = preview(platform, stack, "--no-state", "--state", "dev=x.json", code=2)
    assert "must not be combined" in both["failures"][0]["message"]


def test_files(stack: Path, platform: Run, tmp_path: Path) -> None:
    """One for the stack, and one for a stack of another project that it references."""
    write(tmp_path / "orders.json", json.dumps(state("orders")))
    write(tmp_path / "network.json", json.dumps(state("network", vpc="vpc-2")))
    options = (f"dev={tmp_path}/orders.json", f"organization/network/dev={tmp_path}/network.json")
    (shown,) = preview(platform, stack, "--state", options[0], "--state", options[1])["stacks"]
    (queue,) = [each for each in shown["resources"] if each["type"] == "aws:sqs/queue:Queue"]
    assert queue["inputs"]["name"] == "vpc-2"


def test_a_state_that_is_invalid(stack: Path, platform: Run, tmp_path: Path) -> None:
    """The preview of the stack fails, with the file and the remedy; nothing is written."""
    path = tmp_path / "orders.json"
    write(path, json.dumps(state("network"))[:-1])
    (failure,) = preview(platform, stack, "--state", f"dev={path}", code=2)["failures"]
    assert "is truncated" in failure["message"]
    write(path, json.dumps(state("network")))
    before = sorted(tmp_path.rglob("*"))
    (failure,) = preview(platform, stack, "--state", f"dev={path}", code=2)["failures"]
    assert failure["subject"] == str(path)
    assert failure["stack"] == "dev"
    assert 'are of stack "dev" of project "network"' in failure["message"]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_referenced_state_that_is_invalid(stack: Path, platform: Run, tmp_path: Path) -> None:
    """It fails the stack that references it, with the line of the reference."""
    write(tmp_path / "network.json", "{")
    option = f"organization/network/dev={tmp_path}/network.json"
    (failure,) = preview(platform, stack, "--state", option, code=2)["failures"]
    assert "network.json" in failure["message"]
    assert "is truncated" in failure["message"]


def test_a_backend_that_is_not_read(stack: Path, platform: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The preview is that of a new stack, with a warning."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://api.pulumi.com")
    result = platform("preview", "-C", stack, "--policy-pack", "none")
    assert result.exit_code == 0
    assert "states in https://api.pulumi.com can't be read" in result.stderr
