"""Compares plans of generated programs with those of the real engine. Nothing is recorded."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import Phase, given, settings, strategies as st

from tests.engine.plans import random_programs
from tests.engine.plans.comparison import our_deletions, our_fates, planned, real_deletions, real_fates
from tests.engine.plans.recording import Recorder, wrong_order

pytestmark = [
    pytest.mark.engine,
    # The SDK leaves an event loop open for each program that it runs in a process.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


_NUMBERS = count()


@given(data=st.data())
@settings(max_examples=8, derandomize=True, database=None, phases=[Phase.generate])
def test_plans_of_generated_programs_are_equal(recorder: Recorder, data: st.DataObject) -> None:
    """Random resources with random options, of which some change."""
    before = data.draw(random_programs.nodes())
    after = data.draw(random_programs.edited(before))
    stack = f"generated-{next(_NUMBERS)}"

    recorder.deploy(stack, lambda: random_programs.declare(before))
    state = recorder.state(stack)["deployment"]["resources"]
    theirs = recorder.preview(stack, lambda: random_programs.declare(after))
    plan = planned(stack, state, lambda: random_programs.declare(after))

    assert (theirs["errors"], plan.refused) == ([], {})
    ours, real = our_fates(plan), real_fates(theirs["steps"])
    for urn, fate in real.items():
        if fate.operation == "replace" and not fate.replaced_by and urn in ours:  # see WITHOUT_A_REASON
            ours[urn] = replace(ours[urn], replaced_by=frozenset())
    assert ours == real
    assert wrong_order(our_deletions(plan), state) == []
    assert sorted(our_deletions(plan)) == sorted(real_deletions(theirs["steps"]))
