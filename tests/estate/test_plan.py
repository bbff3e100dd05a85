"""The recorded states through the planner: what `platform preview` reports of the estate.

test_estate.py expects the differences in detail. Here both must name the same operations and properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from platform_components.engine import Project, evaluate_stack
from platform_components.engine.plan.steps import Plan
from platform_components.engine.plan.verdict import top
from platform_components.engine.stack_references import STACK_REFERENCE
from platform_components.engine.state.format import StackName, parse_state
from platform_components.providers import known_providers
from tests.estate.compare import ROOT, expected, references
from tests.estate.states import BASELINE, STACKS

Difference = tuple[str, str, str]
"""Operation, URN in the state and top-level property."""

_LINE: Final = re.compile(r"(?P<operation>\S+) (?P<urn>\S*)(?:  (?P<path>\S+?): .*)?", re.DOTALL)

_SAME_TO_THE_PROVIDER: Final = (
    "kubernetes:networking.k8s.io/v1:NetworkPolicy::notifications-network-policy",
    "spec.ingress",
)
"""An empty list is removed, which the provider omits on both sides: the field of the Go type is omitempty."""


@cache
def plan(stack: str) -> Plan:
    """The plan from the recorded state of a stack to its current program."""
    content = (BASELINE / f"{stack}.json.gz").read_bytes()
    project = Project.load(ROOT)
    name = StackName(project.name, stack)
    state = parse_state(content, subject=stack, source=stack, expected=name)
    graph = evaluate_stack(
        project, stack, references=references(stack), state=state, providers=known_providers
    )
    assert graph.plan
    return graph.plan


def planned(stack: str) -> Iterator[Difference]:
    for step in plan(stack).steps:
        if step.type == STACK_REFERENCE or (step.type.startswith("pulumi:providers:") and not step.parent):
            continue
        urn = step.adopted_from or step.urn
        if step.operation in ("create", "delete"):
            yield step.operation, urn, ""
        for change in step.changes:
            yield step.operation if change.path in step.replaced_by else "update", urn, top(change.path)
    for change in plan(stack).outputs:
        yield "output", "", top(change.path)


def reviewed(stack: str) -> Iterator[Difference]:
    """The differences that docs/upgrading.md explains, without protection, which no preview shows."""
    for line in expected()[stack]:
        match = _LINE.fullmatch(line)
        assert match, line
        operation, urn, path = match["operation"], match["urn"], match["path"] or ""
        type_and_name, same = _SAME_TO_THE_PROVIDER
        is_same = urn.endswith(type_and_name) and path == same
        if operation not in ("protect", "unprotect") and not is_same:
            yield operation, urn, re.split(r"[.\[]", path, maxsplit=1)[0]


@pytest.mark.parametrize("stack", STACKS)
def test_a_preview_of_the_estate_shows_the_reviewed_differences(stack: str) -> None:
    """No more and no fewer; it neither deletes nor replaces, and nothing is undetermined."""
    assert set(planned(stack)) == set(reviewed(stack))
    assert not plan(stack).refused
    assert set(plan(stack).counts) <= {"create", "update", "same", "read"}
