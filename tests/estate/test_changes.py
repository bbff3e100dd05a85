"""Changes of inputs, and known outputs in the preview of an update."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine import UNKNOWN, Secret
from tests.estate.changes import ABSENT, Change, changes, planned


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, [Change("a.b[1]", 2, 3)]),
        ({"a": [1]}, {"a": [1, 2]}, [Change("a", [1], [1, 2])]),
        ({"a": {"b": 1}}, {}, [Change("a.b", 1, ABSENT)]),
        ({}, {"a": {"b": 1}}, [Change("a.b", ABSENT, 1)]),
        ({"a": 1}, {"a": UNKNOWN}, [Change("a", 1, UNKNOWN)]),
        ({"a": "x"}, {"a": Secret("x")}, []),
        ({"a": None, "b": {}}, {}, []),
        ({"name": "chosen-1a2b3c4", "__defaults": ["name"]}, {}, []),
        (
            {"name": "chosen-1a2b3c4", "__defaults": ["name"]},
            {"name": "stated"},
            [Change("name", "chosen-1a2b3c4", "stated")],
        ),
        ({"tags": {}, "tagsAll": {"Name": "x"}}, {"tags": {}}, []),
    ],
)
def test_changes_are_leaves(old: dict[str, Any], new: dict[str, Any], expected: list[Change]) -> None:
    """Each has its path; values that the provider added to the recorded inputs are not changes."""
    assert changes(old, new) == expected


def test_the_preview_of_an_update_has_the_old_outputs_and_the_new_inputs() -> None:
    """Computed values remain, also inside a changed input; removed inputs are removed."""
    outputs = {"arn": "arn:1", "vpc": {"ids": ["a"], "computed": "sg-1"}, "gone": 1}
    old = {"vpc": {"ids": ["a"]}, "gone": 1}
    new = {"vpc": {"ids": ["a", "b"]}}
    assert planned(outputs, old, new) == {"arn": "arn:1", "vpc": {"ids": ["a", "b"], "computed": "sg-1"}}
