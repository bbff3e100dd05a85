"""Markers: what stands where a property's value is not plain data."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from platform_components.base.markers import UNKNOWN, Secret, Unknown


def test_an_unknown_value_answers_no_question() -> None:
    """A condition on it would decide by a guess; the error names the comparison that works."""
    with pytest.raises(TypeError, match="value is UNKNOWN"):
        bool(UNKNOWN)


def _through_pickle(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, _through_pickle])
def test_there_is_one_unknown_value(copied: Callable[[Any], Any]) -> None:
    """`value is UNKNOWN` holds of a graph that was copied, or that came from another process."""
    assert copied({"arn": UNKNOWN})["arn"] is UNKNOWN
    assert isinstance(UNKNOWN, Unknown)


@pytest.mark.parametrize("shown", [str, repr, "{}".format, lambda secret: repr({"password": secret})])
def test_a_secret_is_never_shown(shown: Callable[[Any], str]) -> None:
    """However it gets into a text."""
    assert "hunter2" not in shown(Secret("hunter2"))


def test_secrets_are_compared_by_their_values() -> None:
    """A second preview of the same program shows no difference."""
    assert Secret("hunter2") == Secret("hunter2")
    assert Secret("hunter2") != Secret("hunter3")
