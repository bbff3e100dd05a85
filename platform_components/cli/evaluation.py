"""The evaluation of the stacks of a command, with progress in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from platform_components.cli.output import say
from platform_components.cli.progress import progress_shown

if TYPE_CHECKING:
    from platform_components.functions import Answers
    from platform_components.workspace.messages import PackSource
    from platform_components.workspace.record.recording import Recording
    from platform_components.workspace.run import Run
    from platform_components.workspace.selection import Selection
    from platform_components.workspace.states import States


def evaluated(
    selection: Selection,
    *,
    answers: Sequence[Path] | None,
    time_limit: float,
    jobs: int | None,
    pack: PackSource | None = None,
    values: bool = False,
    recorded: Answers | None = None,
    states: States | None = None,
    recording: Recording | None = None,
) -> Run:
    """Evaluate the selected stacks; the parameters are those of `evaluate_selection`. Prints its warnings."""
    from platform_components.workspace.run import evaluate_selection
    from platform_components.workspace.states import NO_STATES

    with progress_shown() as progress:
        run = evaluate_selection(
            selection,
            pack=pack,
            values=values,
            answers=answers or (),
            recorded=recorded,
            states=states or NO_STATES,
            time_limit=time_limit,
            jobs=jobs,
            progress=progress,
            recording=recording,
        )
    for warning in run.warnings:
        say(warning)
    return run
