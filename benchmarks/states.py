"""States of programs that are deployed and unchanged, made from their graphs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from platform_components.engine import Graph, Project, Resource, evaluate_stack
from platform_components.engine.values import without_secrets


def write_state(project: Path, stack: str, file: Path) -> Path:
    """Write the export of a stack whose resources have the inputs of its program, and an ID."""
    graph = evaluate_stack(Project.load(project), stack)
    file.write_text(json.dumps(_export(graph)), encoding="utf-8")
    return file


def _export(graph: Graph) -> dict[str, Any]:
    resources = [_resource(resource) for resource in graph.resources]
    return {"version": 3, "deployment": {"manifest": {}, "resources": resources}}


def _resource(resource: Resource) -> dict[str, Any]:
    inputs = without_secrets(resource.inputs)
    state = {"urn": resource.urn, "type": resource.type, "custom": resource.custom, "parent": resource.parent}
    state |= {"inputs": inputs, "outputs": inputs, "dependencies": list(resource.dependencies)}
    if resource.is_provider:  # its ID is part of the reference of each resource
        state["id"] = _PROVIDER
    elif resource.custom:
        urn, _, _ = resource.provider.rpartition("::")
        state |= {"id": f"id-{resource.name}", "provider": f"{urn}::{_PROVIDER}"}
    return {key: value for key, value in state.items() if value != ""}


_PROVIDER = "6a9b1c5e-0000-4000-8000-000000000000"
