"""Records what the real engine plans, and compares the recordings with it."""

from __future__ import annotations

import pytest

from tests.engine.plans import recording
from tests.engine.plans.pairs import Pair, all_pairs
from tests.engine.plans.recording import Recorder

pytestmark = [
    pytest.mark.engine,
    # The SDK leaves an event loop open for each program that it runs in a process.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.mark.parametrize("pair", all_pairs().values(), ids=str)
def test_the_recording_is_current(recorder: Recorder, pair: Pair) -> None:
    """The real engine writes the same state and plans the same steps."""
    found = recorder.record(pair)
    file = recording.file_of(pair)
    if not file.exists():
        recording.write(pair, found)
    assert recording.read(pair) == found, f"remove {file.name} and run this again to record anew"
