"""Compares the graph of the embedded engine with recorded previews of the real one, without a CLI.

The recordings come from test_against_cli.py, which also checks that they are current.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.engine.states import (
    AFTER_A_REFACTORING,
    ASSET,
    CONFIG,
    PROGRAMS,
    PROJECT,
    RECORDED,
    assert_aliases_cover,
    assert_equal_states,
    evaluate_like_the_cli,
    read_recording,
)


@pytest.mark.parametrize("program", sorted(path.stem for path in PROGRAMS.glob("*.py")))
def test_the_graph_equals_the_recorded_preview(tmp_path: Path, program: str) -> None:
    """URNs, parents, providers, inputs, options, dependencies and lines equal those of the real engine."""
    shutil.copy(PROGRAMS / f"{program}.py", tmp_path / "__main__.py")
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.dev.yaml").write_text(CONFIG)
    (tmp_path / "asset.txt").write_text(ASSET)
    assert_equal_states(evaluate_like_the_cli(tmp_path), read_recording(RECORDED / f"{program}.json"))


def test_aliases_cover_a_refactoring(tmp_path: Path) -> None:
    """The real engine recreated nothing in this preview: the aliases match all previous resources."""
    program = tmp_path / "__main__.py"
    program.write_text(AFTER_A_REFACTORING)
    assert_aliases_cover(read_recording(RECORDED / "before_a_refactoring.json"), program)
