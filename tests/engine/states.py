"""Resources of both engines, in the format of the real engine's preview, for comparison and recording."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict

from platform_components.engine import Graph, Project, Resource, Secret, evaluate
from platform_components.engine.wire import SECRET, SIGNATURE, UNKNOWN_TEXT, write
from platform_components.functions import OfflineFunctions

PROGRAMS = Path(__file__).with_name("programs")
RECORDED = Path(__file__).with_name("recorded")

PROJECT = "name: test\nruntime: python\n"
CONFIG = """\
config:
  aws:region: eu-west-1
  test:name: payments
"""
ASSET = "an asset\n"
PASSWORD = "hunter2!"
UPSTREAM_OUTPUTS = {
    "name": "upstream-name",
    "network": {"id": "vpc-1", "zones": [1, 2.5]},
    "secret": Secret("hunter2!"),
}

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


def evaluate_like_the_cli(directory: Path) -> Graph:
    """Return the graph of a project in a directory, with the secret that the CLI decrypts in its file."""
    project = Project.load(directory)
    return evaluate(
        project.main,
        project=project.name,
        stack="dev",
        config={**project.config("dev").values, "test:password": Secret(PASSWORD)},
        root=project.root,
        references={"organization/test/upstream": UPSTREAM_OUTPUTS},
        functions=OfflineFunctions(),
    )


def assert_equal_states(graph: Graph, states: Mapping[str, Mapping[str, Any]]) -> None:
    """Assert that the graph has these resources, with the same content as in a state."""
    # Previews omit default providers.
    ours = {r.urn: our_state(r) for r in graph.resources if not (r.is_provider and not r.parent)}
    assert ours.keys() == states.keys()
    for urn, state in states.items():
        if (
            "sourcePosition" not in state
        ):  # only the embedded engine has the line of providers and of resources that are read
            ours[urn].pop("sourcePosition", None)
        assert ours[urn] == state


def assert_aliases_cover(before: Iterable[str], program: Path) -> None:
    """Assert that each previous resource is in the program, with its URN or an alias."""
    after = evaluate(program, project="test", stack="refactored").resources
    assert [urn for urn in before if not any(urn in (r.urn, *r.aliases) for r in after)] == []


def read_recording(file: Path) -> Any:
    return json.loads(with_versions(file.read_text(), restore=True))


def write_recording(file: Path, states: Any) -> None:
    text = json.dumps(states, indent=1, sort_keys=True)
    file.write_text(with_versions(text, restore=False) + "\n")


def with_versions(text: str, *, restore: bool) -> str:
    """Replace versions of providers with placeholders, so that a recording is valid for any version."""
    for package in ("pulumi-aws", "pulumi-kubernetes"):
        version = metadata.version(package)
        name = package.upper().replace("-", " ")
        for separator in "._":
            there, here = f"[{name}{separator}]", version.replace(".", separator)
            text = text.replace(there, here) if restore else text.replace(here, there)
    return text


def real_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """A resource of the preview: its state, in an order that does not depend on timing."""
    left_out = {"stackTrace", "created", "modified", "outputs"}
    kept = {key: value for key, value in state.items() if key not in left_out}
    if state["type"].startswith("pulumi:providers:"):
        kept["inputs"] = {key: value for key, value in state["inputs"].items() if key != "__internal"}
    if "sourcePosition" in kept and "__main__.py" not in kept["sourcePosition"]:
        del kept["sourcePosition"]  # a line of the SDK
    return _sorted_lists(_without_versions(kept))


def our_state(resource: Resource) -> dict[str, Any]:
    """The same for a resource of the graph. Default values are omitted in both."""
    state = {
        "urn": resource.urn,
        "custom": resource.custom,
        "type": resource.type,
        "inputs": _shown(resource.inputs),
        "parent": resource.parent,
        "protect": resource.protect,
        "external": resource.external,
        "id": resource.id or (UNKNOWN_TEXT if resource.external else ""),
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
    """References to resources without the empty version and empty id that only the real engine adds."""
    if isinstance(value, dict):
        kept = dict(value)
        if kept.get("packageVersion") == "":
            del kept["packageVersion"]
        if "urn" in kept and SIGNATURE in kept and kept.get("id") in ("", UNKNOWN_TEXT):
            del kept["id"]
        return {key: _without_versions(item) for key, item in kept.items()}
    return [_without_versions(item) for item in value] if isinstance(value, list) else value
