"""Documentation and messages use the field's words, not home-made ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tree import ROOT

INSTEAD_OF = {
    r"\bleft out\b": "default, omitted",
    r"\bwho may\b|\bnobody may\b": "allowed principals",
    r"\btold\b|\btells\b": "reported, reports",
    r"\bfor ever\b": "indefinitely",
    r"\bjudged? by\b": "evaluated with",
    r"\bis so\b": "matches",
    r"\bby hand\b": "manually",
}
"""Pattern to the words to use."""

PLACES = ("platform_components/**/*.py", "policies/*.py", "stacks/**/*.py", "docs/**/*.md", "*.md")


@pytest.mark.parametrize("pattern", INSTEAD_OF)
def test_home_made_words_do_not_come_back(pattern: str) -> None:
    """In docstrings, messages, help texts and pages: readers know the terms of AWS, Kubernetes and Pulumi."""
    files = sorted({path for place in PLACES for path in ROOT.glob(place)})
    assert files
    found = [f"{path.relative_to(ROOT)}:{line}" for path in files for line in _lines(path, pattern)]
    assert found == [], f"use: {INSTEAD_OF[pattern]}"


def _lines(path: Path, pattern: str) -> list[int]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, start=1) if re.search(pattern, line, re.IGNORECASE)]
