"""What the real engine plans for a pair: recorded with the state that it wrote."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

from tests.engine.cli import Cli
from tests.engine.cloud_provider import CloudProvider
from tests.engine.echo_provider import serving
from tests.engine.plans.pairs import Pair
from tests.engine.states import with_versions
from tests.estate.record import without_times

RECORDED: Final = Path(__file__).parents[1] / "recorded_plans"

PROJECT: Final = "plans"
CONFIG: Final = {"aws:region": "eu-west-1"}

_ONE_BY_ONE: Final = ("--parallel", "1", "--exec-kind", "auto.inline")
"""So that the order does not depend on timing."""

DELETIONS: Final = ("delete", "delete-replaced", "discard", "discard-replaced")

Plan = dict[str, Any]
"""`steps` in their order, and `errors`."""


class Recorder:
    """The real CLI with the project of all pairs. The programs run in this process."""

    def __init__(self, cli: Cli, client: str, language: LanguageServer) -> None:
        self._cli = cli
        self._client = f"--client={client}"
        self._language = language
        config = "".join(f"  {key}:\n    value: {value}\n" for key, value in CONFIG.items())
        (cli.project / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\nconfig:\n{config}")

    def record(self, pair: Pair) -> dict[str, Any]:
        """Deploy the first program of a pair and preview the second one; returns the state and the plan."""
        self.deploy(pair.name, lambda: pair.program(False))
        state = self.state(pair.name)
        if pair.edit is not None:
            pair.edit(state["deployment"]["resources"])
            file = self._cli.project.parent / "edited.json"
            file.write_text(json.dumps(state))
            self._cli.run("stack", "import", "--stack", pair.name, "--file", str(file))
        plan = self.preview(pair.name, lambda: pair.program(True))
        resources = without_times(state)["deployment"]["resources"]
        return {"state": resources, **plan, "steps": _with_stable_deletions(plan["steps"], resources)}

    def deploy(self, stack: str, program: Callable[[], None]) -> None:
        """Create a stack and deploy it."""
        self._language.program = lambda: _in_order(program)
        self._cli.run("stack", "init", stack)
        self._cli.run("up", "--yes", "--skip-preview", *_ONE_BY_ONE, self._client, "--stack", stack)

    def state(self, stack: str) -> Any:
        """Return the state of a stack with its secrets, which are invented, in plain text."""
        return json.loads(self._cli.run("stack", "export", "--show-secrets", "--stack", stack))

    def preview(self, stack: str, program: Callable[[], None]) -> Plan:
        """Preview a program, and return the plan."""
        self._language.program = lambda: _in_order(program)
        shown = ("--json", "--show-sames", "--show-reads", "--show-replacement-steps")
        found = json.loads(self._cli.preview(*shown, *_ONE_BY_ONE, self._client, "--stack", stack))
        errors = [each["message"] for each in found.get("diagnostics", ()) if each["severity"] == "error"]
        return {"steps": [_step(step) for step in found.get("steps", ())], "errors": errors}


def _in_order(program: Callable[[], None]) -> None:
    """Run a program whose resources are registered one after the other: otherwise threads race."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
    program()


@contextmanager
def recorder(directory: Path) -> Iterator[Recorder]:
    """Run the provider and the programs on this machine, for the CLI in a directory."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    language = LanguageServer(lambda: None)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(language, server)
    client = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        with serving(CloudProvider()) as port:
            yield Recorder(Cli(directory, port), client, language)
    finally:
        server.stop(grace=None).wait()


def _with_stable_deletions(
    steps: Sequence[Mapping[str, Any]], resources: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The steps with sorted deletions at the end: the order of independent ones varies."""
    start = next((n for n, step in reversed([*enumerate(steps, 1)]) if step["op"] not in DELETIONS), 0)
    deleted = steps[start:]
    wrong = wrong_order([step["urn"] for step in deleted], resources)
    assert not wrong, wrong
    return [*steps[:start], *sorted(deleted, key=lambda step: (step["urn"], step["op"]))]


def wrong_order(deleted: Sequence[str], resources: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The pairs of a dependency and its dependent that are deleted in this order, by their short URNs."""
    found = []
    for resource in resources:
        provider = resource.get("provider", "").rpartition("::")[0]
        needed = {provider, resource.get("parent", ""), *resource.get("dependencies", ())} - {""}
        dependent = short(resource["urn"])
        for dependency in map(short, needed):
            both = dependency in deleted and dependent in deleted
            if both and deleted.index(dependency) < deleted.index(dependent):
                found.append((dependency, dependent))
    return sorted(found)


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: sorted(step[key]) for key in ("diffReasons", "replaceReasons") if step.get(key)}
    changes = {path: change["kind"] for path, change in sorted((step.get("detailedDiff") or {}).items())}
    old = step.get("oldState") or {}
    former = {"from": short(old["urn"])} if old.get("urn", step["urn"]) != step["urn"] else {}
    return {
        "op": step["op"],
        "urn": short(step["urn"]),
        **former,
        **kept,
        **({"detailedDiff": changes} if changes else {}),
    }


def short(urn: str) -> str:
    """A URN without stack and project."""
    return urn.split("::", 2)[2]


def file_of(pair: Pair) -> Path:
    return RECORDED / f"{pair.name}.json"


def read(pair: Pair) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads(with_versions(file_of(pair).read_text(), restore=True))
    return recording


def write(pair: Pair, recording: Mapping[str, Any]) -> None:
    """Write a recording with one line per step and resource."""
    RECORDED.mkdir(exist_ok=True)
    lines = [f'"{key}": [{_lines(items)}]' for key, items in recording.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    file_of(pair).write_text(with_versions(text, restore=False))


def _lines(items: Sequence[Any]) -> str:
    return ",".join("\n " + json.dumps(item, sort_keys=True) for item in items)
