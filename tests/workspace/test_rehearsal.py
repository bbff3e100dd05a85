"""The rehearsal of a run with many services."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from platform_components.workspace import rehearsal
from platform_components.workspace.messages import Imported
from platform_components.workspace.rehearsal import Rehearsal, rehearse

SERVICES = Imported("platform_components.service_stack")


def test_it_evaluates_a_service_without_traces(capfd: pytest.CaptureFixture[str]) -> None:
    """No thread, no output, and the same directory, path and environment: the conductor forks afterwards."""
    before = (os.getcwd(), list(sys.path), dict(os.environ), threading.active_count())
    rehearse(compared=True)
    assert (os.getcwd(), list(sys.path), dict(os.environ), threading.active_count()) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("messages", "waiting", "times"),
    [
        ([SERVICES, SERVICES], 10, 1),
        ([SERVICES], 9, 0),
        ([Imported("platform_components.foundation")], 10, 0),
    ],
)
def test_it_runs_once_if_it_is_worth_it(
    monkeypatch: pytest.MonkeyPatch, messages: list[Imported], waiting: int, times: int
) -> None:
    """Few stacks, and stacks without services of the library, need none."""
    runs: list[bool] = []
    monkeypatch.setattr(rehearsal, "rehearse", lambda *, compared: runs.append(compared))
    watched = Rehearsal(compared=True)
    for message in messages:
        watched.notice(message, waiting)
    assert runs == [True] * times


def test_a_failure_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers report it for each stack."""

    def fail(*, compared: bool) -> None:
        raise ValueError

    monkeypatch.setattr(rehearsal, "rehearse", fail)
    Rehearsal(compared=False).notice(SERVICES, 10)
