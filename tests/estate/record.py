"""Record the states of a checkout's stacks, as the real engine writes them after a deployment.

    make setup                                          # in the checkout that is recorded
    python -m tests.estate.record CHECKOUT DIRECTORY    # here

Requires `pulumi` and `pulumi-language-python` on PATH; no plugins, no account. The checkout is not changed.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml

from platform_components.base.settings import Platform
from platform_components.engine import wire
from platform_components.engine.urn import PROVIDER_TYPE
from tests.engine.cli import Cli
from tests.engine.cloud_provider import CloudProvider
from tests.engine.echo_provider import serving
from tests.estate.states import write_state

_MOMENTS = ("created", "modified", "sourcePosition", "stackTrace")
_NO_TIME = "0001-01-01T00:00:00Z"


def project_of(checkout: Path, environment: Path, target: Path) -> list[str]:
    """Copy a checkout's project, to run in a virtual environment; return its stacks in deployment order."""
    for name in ("stacks", "platform.yaml", "Pulumi.yaml"):
        source = checkout / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target / name)
    settings = yaml.safe_load((target / "Pulumi.yaml").read_text(encoding="utf-8"))
    settings["runtime"]["options"]["virtualenv"] = str(environment)
    (target / "Pulumi.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    platform = Platform.load(checkout)
    return [stack for each in platform.environments for stack in platform.stack_names(each)]


def record(checkout: Path, target: Path) -> None:
    """Deploy every stack in memory and write its state to the directory."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, serving(CloudProvider()) as port:
        cli = Cli(Path(scratch), port)
        for stack in project_of(checkout, checkout / ".venv", cli.project):
            cli.run("stack", "init", stack)
            cli.run("up", "--yes", "--skip-preview", "--stack", stack)
            write_state(target, stack, scrubbed(json.loads(cli.run("stack", "export", "--stack", stack))))
            sys.stdout.write(f"{stack}\n")


def scrubbed(exported: dict[str, Any]) -> dict[str, Any]:
    """Remove what differs between two recordings: times, paths, order, salts, the ids of providers."""
    exported["deployment"]["resources"] = _ordered(exported["deployment"]["resources"])
    if wire.SECRET in json.dumps(exported):
        raise SystemExit("a state holds a secret: it can't be recorded")
    return without_times(exported)


def without_times(exported: dict[str, Any]) -> dict[str, Any]:
    """Remove what differs between two recordings, except for the order."""
    deployment = exported["deployment"]
    deployment["manifest"]["time"] = _NO_TIME
    deployment["manifest"].pop("plugins", None)
    deployment.pop("secrets_providers", None)
    for resource in deployment["resources"]:
        for key in _MOMENTS:
            resource.pop(key, None)
        for urns in (resource.get("dependencies", []), *resource.get("propertyDependencies", {}).values()):
            urns.sort()
    text = json.dumps(exported)
    for resource in deployment["resources"]:
        if resource["type"].startswith(PROVIDER_TYPE):
            text = text.replace(resource["id"], str(uuid5(NAMESPACE_URL, resource["urn"])))
    cleaned: dict[str, Any] = json.loads(text)
    return cleaned


def _ordered(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort by URN, but each resource after its dependencies: an import rejects any other order."""
    by_urn = {resource["urn"]: resource for resource in sorted(resources, key=lambda item: str(item["urn"]))}
    ordered: dict[str, dict[str, Any]] = {}

    def place(urn: str) -> None:
        resource = by_urn[urn]
        provider = resource.get("provider", "").rpartition("::")[0]
        for needed in (resource.get("parent"), provider, *resource.get("dependencies", ())):
            if needed and needed not in ordered:
                place(needed)
        ordered[urn] = resource

    for urn in by_urn:
        if urn not in ordered:
            place(urn)
    return list(ordered.values())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    record(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
