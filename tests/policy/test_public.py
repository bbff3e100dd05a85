"""The public names of `platform_components.policy`."""

from __future__ import annotations

from types import ModuleType

import pytest

from platform_components import policy


def test_what_is_public_is_what_is_bound() -> None:
    """No name is public by accident, and none is promised that is missing."""
    bound = {
        name
        for name, value in vars(policy).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert bound == set(policy.__all__)
    assert policy.__all__ == sorted(policy.__all__)


@pytest.mark.parametrize(("old", "new"), [("Facts", "PolicyContext"), ("judge", "evaluate_policies")])
def test_a_former_name_still_works(old: str, new: str) -> None:
    """With a warning that says the new one."""
    with pytest.warns(DeprecationWarning, match=f"{old} is now {new}"):
        assert getattr(policy, old) is getattr(policy, new)


def test_an_examples_former_field_still_works() -> None:
    """With a warning that says the new one."""
    example = policy.Example("aws:sqs/queue:Queue", {}, "staging")
    with pytest.warns(DeprecationWarning, match=r"Example\.facts is now Example\.context"):
        assert example.facts == example.context


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="has no attribute 'verdict'"):
        getattr(policy, "verdict")  # noqa: B009 - mypy knows too that there is none
