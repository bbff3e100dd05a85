"""Unit tests of stacks and components: `render` returns the graph that a program declares."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from platform_components.engine import UNKNOWN, Graph, ProgramError, Resource, Secret, evaluate as _evaluate
from platform_components.engine.functions import FunctionCall, FunctionResult, Functions as _Functions
from platform_components.functions import Answers as _Answers, OfflineFunctions as _OfflineFunctions

__all__ = [
    "UNKNOWN",
    "FunctionCall",
    "FunctionResult",
    "Graph",
    "ProgramError",
    "Resource",
    "Secret",
    "render",
]


def render(
    program: str | Path | Callable[[], object],
    *,
    project: str = "test",
    stack: str = "dev",
    config: Mapping[str, Any] | None = None,
    references: Mapping[str, Mapping[str, Any]] | None = None,
    answers: Mapping[str, Mapping[str, Any]] | Sequence[str | Path] = (),
    functions: _Functions | None = None,
) -> Graph:
    """Return the graph that a program, or a function, declares. Needs no cloud and no CLI.

        graph = render(lambda: Bucket("assets", context=production))
        assert graph.one("aws:s3/bucket:Bucket").protect

    `program` is a function, or the path of a file or of a directory with a `__main__.py`. `project` and
    `stack` are the names that the program can query; no Pulumi.yaml and no stack file is read. `config`
    is the complete configuration, with keys such as `size` or `aws:region`. `references` contains the
    outputs of other stacks, by `organization/project/stack`. Values that depend on a deployment are
    unknown, as in a preview. Output that the program prints, and errors that it
    logs, go to standard error. `graph.errors` contains the latter, which do not fail the program.

    `answers` contains the results of provider functions by token, such as
    `{"aws:ec2/getAmi:getAmi": {"id": "ami-1"}}`, or paths of answers files. `functions` replaces the
    offline results with a function of yours. By default, functions are computed, assumed or unknown as in
    a preview; `graph.functions` states which.

    Raises:
        ProgramError: the program fails.
        InvalidInput: there is no program at the path, or an answers file is invalid.
    """
    functions = functions or _OfflineFunctions(_answers(answers))
    try:
        graph = _evaluate(
            program, project=project, stack=stack, config=config, references=references, functions=functions
        )
    except ProgramError as error:
        _show(error.printed)
        raise
    _show(item.message for item in graph.diagnostics if item.severity in ("error", "print"))
    return graph


def _answers(answers: Mapping[str, Mapping[str, Any]] | Sequence[str | Path]) -> _Answers:
    if isinstance(answers, Mapping):
        return _Answers.of(answers)
    return _Answers.load(map(Path, answers))


def _show(lines: Iterable[str]) -> None:
    """Print to standard error, which pytest shows with a failed test."""
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201 - pytest captures it
