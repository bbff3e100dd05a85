"""Options of the commands that compare stacks with their states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from platform_components.workspace.selection import Selection
    from platform_components.workspace.states import States

StateFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="STACK=FILE",
        help="File with the state of a stack, from `pulumi stack export`, or a directory with <stack>.json "
        "files. Can be repeated. Default: the backend.",
    ),
]

NoState = Annotated[
    bool, typer.Option("--no-state", help="Compare with nothing, as if no stack were deployed.")
]


def states_of(selection: Selection, files: Sequence[str] | None, no_state: bool) -> States:
    """Return the states of the selected stacks by the options of a command.

    Raises:
        InvalidInput: the options are invalid, or contradict each other.
    """
    from platform_components.base.errors import InvalidInput, Problem
    from platform_components.engine.state.secrets import Unsealer
    from platform_components.states.kms import data_key
    from platform_components.workspace.states import NO_STATES, find_states

    if not no_state:
        return find_states(selection, files or (), Unsealer(data_key))
    if files:
        raise InvalidInput("--no-state", [Problem("--state", "must not be combined", "remove one of them")])
    return NO_STATES
