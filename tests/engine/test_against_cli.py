"""The graph of the embedded engine beside `pulumi preview --json` of the real one, program by program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

from platform_components.engine import Graph, Project, Resource, Secret, evaluate_stack
from platform_components.engine import evaluate as evaluate_program
from platform_components.engine.wire import SECRET, SIGNATURE, UNKNOWN_TEXT, write
from tests.engine.echo_provider import serving

pytestmark = pytest.mark.engine

PROGRAMS = Path(__file__).with_name("programs")

CONFIG = """\
config:
  aws:region: eu-west-1
  test:name: payments
"""
UPSTREAM = """\
import pulumi

pulumi.export("name", "upstream-name")
pulumi.export("network", {"id": "vpc-1", "zones": [1, 2.5]})
pulumi.export("secret", pulumi.Output.secret("hunter2!"))
"""
UPSTREAM_OUTPUTS = {
    "name": "upstream-name",
    "network": {"id": "vpc-1", "zones": [1, 2.5]},
    "secret": Secret("hunter2!"),
}


class Cli:
    """The real CLI, with a project and a backend in a directory of their own."""

    def __init__(self, directory: Path, port: int) -> None:
        self.project = directory / "project"
        self.project.mkdir()
        (directory / "backend").mkdir()
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(directory / "home"),
            "PULUMI_BACKEND_URL": f"file://{directory / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "passphrase",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{port},kubernetes:{port}",
        }

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.project,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:  # a preview as JSON has its errors in there
            lines = [line for line in done.stdout.splitlines() if '"message"' in line] or [done.stdout]
            raise AssertionError("\n".join([*lines, done.stderr]))
        return done.stdout


BEFORE_A_REFACTORING = """\
import pulumi
from pulumi import ResourceOptions
from pulumi_aws import sqs


class Group(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("test:index:Group", name)
        self.queue = sqs.Queue(f"{name}-queue", opts=ResourceOptions(parent=self))
        sqs.Queue(f"{name}-queue-nested", opts=ResourceOptions(parent=self.queue))


Group("orders")
sqs.Queue("loose")
sqs.Queue("misnamed")
"""
AFTER_A_REFACTORING = """\
import pulumi
from pulumi import Alias, ResourceOptions
from pulumi_aws import sqs


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: ResourceOptions) -> None:
        super().__init__("test:index:RenamedGroup", name, None, opts)
        self.queue = sqs.Queue(f"{name}-q", opts=ResourceOptions(
            parent=self, aliases=[Alias(name=f"{name}-queue")]
        ))
        sqs.Queue(f"{name}-q-nested", opts=ResourceOptions(parent=self.queue))
        sqs.Queue("loose", opts=ResourceOptions(parent=self, aliases=[Alias(parent=None)]))


former = Alias(name="orders", type_="test:index:Group")
group = Group("purchases", ResourceOptions(aliases=[former]))
sqs.Queue("named", opts=ResourceOptions(
    parent=group, aliases=["urn:pulumi:refactored::test::aws:sqs/queue:Queue::misnamed"]
))
"""


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    with serving() as port:
        cli = Cli(tmp_path_factory.mktemp("cli"), port)
        (cli.project / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
        (cli.project / "asset.txt").write_text("an asset\n")
        (cli.project / "__main__.py").write_text(UPSTREAM)
        cli.run("stack", "init", "upstream")
        cli.run("up", "--yes", "--skip-preview", "--stack", "upstream")
        cli.run("stack", "init", "dev")
        (cli.project / "Pulumi.dev.yaml").write_text(CONFIG)
        cli.run("config", "set", "--secret", "password", "hunter2!", "--stack", "dev")
        yield cli


@pytest.mark.parametrize("program", sorted(path.stem for path in PROGRAMS.glob("*.py")))
def test_the_graph_equals_the_real_engines(cli: Cli, program: str) -> None:
    """URNs, parents, providers, inputs, options, dependencies and lines are those of the real engine."""
    shutil.copy(PROGRAMS / f"{program}.py", cli.project / "__main__.py")

    preview = json.loads(cli.run("preview", "--json", "--stack", "dev"))

    expected = {step["urn"]: real_state(step["newState"]) for step in preview["steps"]}
    graph = evaluate(cli.project)
    # The preview leaves default providers out.
    ours = {r.urn: our_state(r) for r in graph.resources if not (r.is_provider and not r.parent)}
    assert ours.keys() == expected.keys()
    for urn, state in expected.items():
        if "sourcePosition" not in state:  # of what is read, and of providers, only we know the line
            ours[urn].pop("sourcePosition", None)
        assert ours[urn] == state


def test_aliases_cover_a_refactoring_as_in_the_real_engine(cli: Cli) -> None:
    """After renames, moves and changed types nothing is made anew, and our aliases say why."""
    program = cli.project / "__main__.py"
    program.write_text(BEFORE_A_REFACTORING)
    cli.run("stack", "init", "refactored")
    cli.run("up", "--yes", "--skip-preview", "--stack", "refactored")
    state = json.loads(cli.run("stack", "export", "--stack", "refactored"))
    program.write_text(AFTER_A_REFACTORING)

    preview = json.loads(cli.run("preview", "--json", "--stack", "refactored"))

    assert [step["urn"] for step in preview["steps"] if step["op"] != "same"] == []
    before = {r["urn"] for r in state["deployment"]["resources"]}
    after = evaluate_program(program, project="test", stack="refactored").resources
    assert {urn for urn in before if any(urn in (r.urn, *r.aliases) for r in after)} == before


def evaluate(directory: Path) -> Graph:
    references = {"organization/test/upstream": UPSTREAM_OUTPUTS}
    project = replace(Project.load(directory), defaults={"password": Secret("hunter2!")})
    return evaluate_stack(project, "dev", references=references)


def real_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """A resource of the preview: what it says about state, in an order that doesn't depend on timing."""
    left_out = {"stackTrace", "created", "modified", "outputs"}
    kept = {key: value for key, value in state.items() if key not in left_out}
    if state["type"].startswith("pulumi:providers:"):
        kept["inputs"] = {key: value for key, value in state["inputs"].items() if key != "__internal"}
    if "sourcePosition" in kept and "__main__.py" not in kept["sourcePosition"]:
        del kept["sourcePosition"]  # a line of the SDK
    return _sorted_lists(_without_versions(kept))


def our_state(resource: Resource) -> dict[str, Any]:
    """The same of ours; what holds its default is left out there too."""
    state = {
        "urn": resource.urn,
        "custom": resource.custom,
        "type": resource.type,
        "inputs": _shown(resource.inputs),
        "parent": resource.parent,
        "protect": resource.protect,
        "external": resource.external,
        "id": resource.id,
        "dependencies": list(resource.dependencies),
        "provider": resource.provider,
        "propertyDependencies": {k: list(v) for k, v in resource.property_dependencies.items()},
        "additionalSecretOutputs": list(resource.additional_secret_outputs),
        "customTimeouts": dict(resource.custom_timeouts),
        "retainOnDelete": resource.retain_on_delete,
        "deletedWith": resource.deleted_with,
        "replaceWith": list(resource.replace_with),
        "ignoreChanges": list(resource.ignore_changes),
        "hideDiff": list(resource.hide_diffs),
        "replaceOnChanges": list(resource.replace_on_changes),
        "replacementTrigger": resource.replacement_trigger,
        "sourcePosition": f"project:///{resource.source.file}#{resource.source.line}"
        if resource.source
        else "",
    }
    always = ("urn", "custom", "type")
    return _sorted_lists(
        {k: v for k, v in state.items() if k in always or v not in (None, "", False, [], {})}
    )


def _sorted_lists(state: dict[str, Any]) -> dict[str, Any]:
    for key in ("dependencies", "replaceWith", "additionalSecretOutputs"):
        if key in state:
            state[key] = sorted(state[key])
    if "propertyDependencies" in state:
        state["propertyDependencies"] = {k: sorted(v) for k, v in state["propertyDependencies"].items()}
    return state


def _shown(inputs: Mapping[str, Any]) -> Any:
    return _without_versions(_hiding_secrets(MessageToDict(write(inputs))))


def _hiding_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return "[secret]"
        return {key: _hiding_secrets(item) for key, item in value.items()}
    return [_hiding_secrets(item) for item in value] if isinstance(value, list) else value


def _without_versions(value: Any) -> Any:
    """References to resources without what only the real engine adds: an empty version, an empty id."""
    if isinstance(value, dict):
        kept = dict(value)
        if kept.get("packageVersion") == "":
            del kept["packageVersion"]
        if "urn" in kept and SIGNATURE in kept and kept.get("id") in ("", UNKNOWN_TEXT):
            del kept["id"]
        return {key: _without_versions(item) for key, item in kept.items()}
    return [_without_versions(item) for item in value] if isinstance(value, list) else value
