"""What stacks and components are unit-tested with: `render` turns code into the graph it declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from platform_components.engine import UNKNOWN, Graph, Resource, Secret, evaluate

__all__ = ["UNKNOWN", "Graph", "Resource", "Secret", "render"]


def render(
    program: Path | Callable[[], object],
    *,
    project: str = "test",
    stack: str = "dev",
    config: Mapping[str, Any] | None = None,
    references: Mapping[str, Mapping[str, Any]] | None = None,
) -> Graph:
    """What a program, or a function that makes resources, declares. Needs no cloud and no CLI.

        graph = render(lambda: Bucket("assets", context=production))
        assert graph.one("aws:s3/bucket:Bucket").protect

    What only a deployment can tell is unknown, as in a preview. `references` has the outputs of other
    stacks, by `organization/project/stack`. Raises ProgramError when the program fails.
    """
    return evaluate(program, project=project, stack=stack, config=config, references=references)
