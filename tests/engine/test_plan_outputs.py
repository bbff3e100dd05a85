"""Outputs of updated resources in a preview."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine.plan.difference import differences
from platform_components.engine.plan.outputs import updated_outputs
from platform_components.engine.plan.verdict import Verdict
from platform_components.engine.state.deployment import ResourceState
from platform_components.engine.state.sealed import Incomparable
from platform_components.engine.values import UNKNOWN, Secret
from tests.engine.deployments import Opened


def updated(outputs: Any, before: Any, after: Any) -> Any:
    """The output `a` of a resource whose input `a` changes."""
    old = ResourceState(
        urn="urn:pulumi:dev::shop::a:b:C::c",
        type="a:b:C",
        custom=True,
        inputs={"a": before},
        outputs={"a": outputs, "arn": "arn:c"},
    )
    inputs = {"a": after}
    found = updated_outputs(old, inputs, Verdict(differences(old.inputs, inputs)))
    assert found["arn"] == "arn:c"
    return found["a"]


@pytest.mark.parametrize(
    ("output", "before", "after", "expected"),
    [
        ({"x": 1, "id": "i"}, {"x": 1}, {"x": 2}, {"x": 2, "id": "i"}),
        ({"x": 1, "y": 1, "id": "i"}, {"x": 1, "y": 1}, {"x": 2}, {"x": 2, "id": "i"}),
        ({"x": {"y": 1, "id": "i"}}, {"x": {"y": 1}}, {"x": {"y": 2}}, {"x": {"y": 2, "id": "i"}}),
        ({"id": "i"}, None, {"x": 2, "__defaults": []}, {"x": 2, "id": "i"}),
        ([{"x": 1, "id": "i"}], [{"x": 1}], [{"x": 2}], [{"x": 2, "id": "i"}]),
        ('{"x":1}', {"x": 1}, {"x": 2}, {"x": 2}),
        ("1", "1", "2", "2"),
    ],
)
def test_what_the_program_did_not_set_stays(output: Any, before: Any, after: Any, expected: Any) -> None:
    """At any depth. A field that the program no longer sets is unknown to the preview, and omitted."""
    assert updated(output, before, after) == expected


def test_computed_fields_of_added_items_are_unknown() -> None:
    """It is unknown which item has which computed values."""
    found = updated([{"x": 1, "id": "i"}], [{"x": 1}], [{"x": 1}, {"x": 2}])
    assert found == [{"x": 1, "id": UNKNOWN}, {"x": 2, "id": UNKNOWN}]


def test_computed_fields_of_a_secret_stay_secret() -> None:
    """Without a key, a property whose computed fields can't be read is unknown."""
    opened = Secret(Opened({"x": 1, "id": "i"}))
    assert updated(opened, {"x": 1}, {"x": 2}) == Secret({"x": 2, "id": "i"})
    assert updated(Secret(Incomparable()), {"x": 1}, {"x": 2}) == Secret(UNKNOWN)
    assert updated({"x": 1, "id": "i"}, {"x": 1}, Secret({"x": 2})) == Secret({"x": 2, "id": "i"})
