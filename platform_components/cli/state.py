"""`platform state`: publish the states of stacks without secrets, and show what a state contains."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platform_components.cli.completion import environment_names, stack_names
from platform_components.cli.failure import EMPTY, AsJson, Debug, Directory, failures_reported, print_json
from platform_components.cli.output import one_line, say
from platform_components.cli.state_options import StateFiles, states_of
from platform_components.cli.usage import Command

if TYPE_CHECKING:
    from platform_components.engine.state.deployment import Deployment
    from platform_components.engine.state.snapshot import Snapshot

app = typer.Typer(help="Publish and show the states of stacks.", no_args_is_help=True)


@app.command("snapshot", cls=Command)
def snapshot(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIRECTORY", help="Directory for a file <stack>.json per stack."
        ),
    ],
    stacks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STACK",
            help="Stacks, such as payments.dev. Default: all of the environment.",
            autocompletion=stack_names,
        ),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(
            "--env",
            help="Environment. Default: the first one in platform.yaml.",
            autocompletion=environment_names,
        ),
    ] = None,
    state: StateFiles = None,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Write the states of stacks without secrets, for previews without credentials.

    Secrets are replaced by digests, with which a preview reports whether they change.
    """
    with failures_reported(debug, as_json, "state snapshot"):
        from platform_components.cli.output_file import check_writable, write_atomically
        from platform_components.workspace.selection import select
        from platform_components.workspace.snapshots import check_replaceable, take_snapshot

        selection = select(directory, stacks or [], environment)
        files = {stack: output / f"{stack}.json" for stack in selection.shown}
        for path in files.values():
            check_writable(path, create_directory=True)
            check_replaceable(path)
        states = states_of(selection, state, no_state=False)
        taken = {stack: take_snapshot(states, stack) for stack in selection.shown}
        output.mkdir(parents=True, exist_ok=True)
        written: list[dict[str, Any]] = []
        for stack, found in taken.items():
            if found is None:
                removed = "; its former snapshot is removed" if files[stack].exists() else ""
                files[stack].unlink(missing_ok=True)  # a preview would compare with it
                say(f"{stack} has no snapshot: it was never deployed{removed}")
                continue
            write_atomically(files[stack], json.dumps(found.content, indent=1) + "\n")
            written.append(
                {
                    "stack": stack,
                    "file": str(files[stack]),
                    "digests": found.digests,
                    "not_comparable": found.not_comparable,
                    "hidden_names": found.hidden_names,
                }
            )
            _report(stack, found)
        if as_json:
            print_json(
                {"snapshots": written, "not_deployed": [stack for stack in taken if taken[stack] is None]}
            )
        else:
            for each in written:
                typer.echo(one_line(each["file"]))


@app.command("show", cls=Command)
def show(
    stack: Annotated[
        str,
        typer.Argument(metavar="STACK", help="Stack, such as payments.dev.", autocompletion=stack_names),
    ],
    state: StateFiles = None,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Show what the state of a stack contains: resources by type, and operations without a result."""
    with failures_reported(debug, as_json, "state show"):
        from platform_components.workspace.selection import select
        from platform_components.workspace.snapshots import deployment_of

        selection = select(directory, [stack], None)
        (name,) = selection.shown
        deployment = deployment_of(states_of(selection, state, no_state=False), name)
        shown = _shown(name, deployment)
        if as_json:
            print_json(shown)
            return
        if deployment is None:
            typer.echo(f"{one_line(name)} was never deployed")
            return
        kind = "snapshot" if deployment.is_snapshot else "state"
        time = deployment.time or "unknown"
        typer.echo(f"{one_line(name)}   {kind} of {time}   {one_line(deployment.source)}")
        for type_, number in shown["types"].items():
            typer.echo(f"  {number:>5}  {one_line(type_)}")
        typer.echo(f"{shown['resources']} resources")
        for operation in shown["pending"]:
            typer.echo(
                f"pending: {operation['operation']} {one_line(operation['urn'])}; {operation['remedy']}"
            )
        for warning in deployment.warnings:
            say(warning)


def _report(stack: str, found: Snapshot) -> None:
    """Report what a preview can't compare with a snapshot, and why."""
    if found.not_comparable:
        why = found.obstacle or "they are unknown, or so short that they could be guessed"
        say(f"{stack}: {found.not_comparable} secrets can't be compared: {why}")
    if found.hidden_names:
        say(f"{stack}: {found.hidden_names} resources have a secret in their name or ID, which is hidden")


def _shown(stack: str, deployment: Deployment | None) -> dict[str, Any]:
    """The content of a state as JSON data, without values."""
    from platform_components.base.redaction import Redactor
    from platform_components.engine.state.known import learn_known
    from platform_components.workspace.snapshots import remedy_of

    if deployment is None:
        return {**EMPTY["state show"], "stack": stack}
    redact = Redactor()
    learn_known(deployment, redact)
    for each in deployment.resources:
        redact.learn_plain([each.name, each.id, each.inputs, each.outputs])
    managed = [each for each in deployment.resources if each.is_managed]
    types = Counter(redact.key(each.type) for each in managed)
    return {
        "stack": stack,
        "source": deployment.source,
        "time": deployment.time,
        "is_snapshot": deployment.is_snapshot,
        "resources": len(managed),
        "types": dict(sorted(types.items())),
        "pending": [
            {"operation": each.kind, "urn": redact(each.urn), "remedy": remedy_of(each)}
            for each in deployment.pending
        ],
        "warnings": list(deployment.warnings),
    }
