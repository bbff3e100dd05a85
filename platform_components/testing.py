"""What stacks and components are unit-tested with: `render` turns code into the graph it declares."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from platform_components.engine import UNKNOWN, Graph, ProgramError, Resource, Secret, evaluate as _evaluate

__all__ = ["UNKNOWN", "Graph", "ProgramError", "Resource", "Secret", "render"]


def render(
    program: str | Path | Callable[[], object],
    *,
    project: str = "test",
    stack: str = "dev",
    config: Mapping[str, Any] | None = None,
    references: Mapping[str, Mapping[str, Any]] | None = None,
) -> Graph:
    """What a program, or a function that makes resources, declares. Needs no cloud and no CLI.

        graph = render(lambda: Bucket("assets", context=production))
        assert graph.one("aws:s3/bucket:Bucket").protect

    `program` is a function, or the path of a file or of a directory with a `__main__.py`. `project` and
    `stack` are only names that it may ask for: no Pulumi.yaml and no file of a stack is read, so the
    configuration is what `config` has, under keys such as `size` or `aws:region`. `references` has the
    outputs of other stacks, by `organization/project/stack`. What only a deployment can tell is unknown,
    as in a preview. What the program prints goes to standard error.

    Raises ProgramError when the program fails, InvalidInput when there is none at the path.
    """
    try:
        graph = _evaluate(program, project=project, stack=stack, config=config, references=references)
    except ProgramError as error:
        _show(error.printed)
        raise
    _show(item.message for item in graph.diagnostics if item.severity == "print")
    return graph


def _show(lines: Iterable[str]) -> None:
    """Where pytest shows it beside the test that fails."""
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201 - where pytest shows what a test prints
