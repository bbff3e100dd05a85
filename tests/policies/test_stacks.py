"""The project's own stacks, held against the project's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from platform_components.base.settings import Platform
from platform_components.engine import Project, evaluate_stack
from platform_components.policy import PolicyContext, evaluate_policies
from policies import RULES

ROOT = Path(__file__).parents[2]
PLATFORM = Platform.load(ROOT)


@pytest.mark.parametrize("environment", PLATFORM.environments)
def test_every_stack_passes_in_every_environment(environment: str) -> None:
    """Components left to their defaults, and the stacks made of them, break no rule in any tier."""
    context = PolicyContext.of(environment, PLATFORM)
    project, outputs = Project.load(ROOT), dict[str, Mapping[str, Any]]()
    for stack in PLATFORM.stack_names(environment):
        graph = evaluate_stack(project, stack, organization=PLATFORM.organization, references=outputs)
        outputs[graph.qualified_name] = graph.outputs
        report = evaluate_policies(graph.resources, RULES, context)
        assert report.judged >= 2, stack
        assert report.violations == (), stack
        assert report.errors == (), stack
