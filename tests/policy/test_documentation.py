"""The rules that docs/policies.md shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from platform_components.policy import check_rules

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"


def test_the_rules_of_the_page_do_what_their_examples_say() -> None:
    """Copied from the page, they pass their tests."""
    over_resources, over_stacks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(over_resources, names)
    words = 'title="Buckets have policies", why="Because.", remedy="add one", severity="low",'
    exec(over_stacks.replace("    ...,\n", f"    {words}\n"), names)
    assert [check.problems for check in check_rules([*names["RULES"], names["RULE"]])] == [(), ()]
