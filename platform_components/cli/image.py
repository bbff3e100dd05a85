"""`platform image set`: the image of stacks, in their configuration files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from platform_components.cli.completion import environment_names, stack_names
from platform_components.cli.failure import AsJson, Debug, Directory, failures_reported, print_json
from platform_components.cli.output import say, write
from platform_components.cli.usage import Command

app = typer.Typer(help="Set the image of a service in the files of its stacks.", no_args_is_help=True)


@app.callback()
def _options() -> None:
    """Without it, typer would make the only command the group itself."""


@app.command("set", cls=Command)
def set_image(
    stacks: Annotated[
        list[str],
        typer.Argument(metavar="STACK", help="Stacks, such as payments.dev.", autocompletion=stack_names),
    ],
    digest: Annotated[
        str,
        typer.Argument(metavar="DIGEST", help="sha256:... of the same repository, or REPO[:TAG]@sha256:..."),
    ],
    environment: Annotated[
        str | None,
        typer.Option("--env", help="Environment of stacks without one.", autocompletion=environment_names),
    ] = None,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Set the image in the configuration files of stacks, for a commit. Everything else in them stays.

    Either all files are valid and written, or none is.
    """
    with failures_reported(debug, as_json, "image set"):
        from platform_components.cli.output_file import check_writable, write_atomically
        from platform_components.kubernetes.container import repository_of, short_image
        from platform_components.workspace.image import image_changes
        from platform_components.workspace.selection import select

        selection = select(directory, stacks, environment)
        changes = image_changes(selection.project, selection.shown, digest)
        pending = [change for change in changes if change.changed]
        for change in pending:
            check_writable(change.path, change.file)
        for change in pending:
            write_atomically(change.path, change.text)
        if as_json:
            rows = [
                {
                    "stack": change.stack,
                    "file": change.file,
                    "before": change.before,
                    "after": change.after,
                    "changed": change.changed,
                }
                for change in changes
            ]
            print_json({"stacks": rows})
        for change in changes:
            before, after = short_image(change.before) if change.before else "none", short_image(change.after)
            if not as_json:
                text = f"{before} -> {after}" if change.changed else f"{after} (unchanged)"
                write(f"{change.stack}  {text}  {change.file}")
            if change.before and repository_of(change.before) != repository_of(change.after):
                say(f"{change.stack}: the image is now from another repository: {change.after}")
