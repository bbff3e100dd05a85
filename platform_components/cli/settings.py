"""`platform settings update`: the organization's settings that a project elsewhere has a copy of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from platform_components.cli.failure import AsJson, Debug, Directory, failures_reported, print_json
from platform_components.cli.output import say, write
from platform_components.cli.usage import Command

app = typer.Typer(help="Settings of the organization, for a project elsewhere.", no_args_is_help=True)


@app.callback()
def _options() -> None:
    """Without it, typer would make the only command the group itself."""


@app.command("update", cls=Command)
def update(
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PATH_OR_PACKAGE",
            help="platform.yaml, a directory with one, or an installed package. Default: the present source.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the differences; write nothing.")] = False,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Copy the settings into the project, with their digest in Pulumi.yaml. Shows what changes for it.

    Nothing is downloaded: install the package, or check out the repository, first.
    """
    with failures_reported(debug, as_json, "settings update"):
        from platform_components.cli.output_file import check_writable, write_atomically
        from platform_components.engine import Project
        from platform_components.files.project_file import project_root
        from platform_components.workspace.settings_update import settings_update

        project = Project.load(project_root(directory))
        found = settings_update(project, source, working_directory=Path.cwd())
        if not as_json:
            for each in found.differences:
                write(f"{each.setting}  {_text(each.before)} -> {_text(each.after)}")
        if not dry_run:
            for path, _ in found.files:
                check_writable(path, path.name, create_directory=True)
            for path, text in found.files:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(path, text)
        written = bool(found.files) and not dry_run
        if as_json:
            differences = [vars(each) for each in found.differences]
            print_json({"settings": vars(found.origin), "differences": differences, "written": written})
        if written:
            say(f"settings of {found.origin} are written; commit them")
        elif found.files:
            say("nothing is written: --dry-run")
        else:
            say(f"settings of {found.origin} are up to date")


def _text(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value)
