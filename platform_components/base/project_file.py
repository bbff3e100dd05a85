"""Pulumi.yaml: its possible names, and the search for it, as in the Pulumi CLI."""

from __future__ import annotations

from pathlib import Path

from platform_components.base.settings import PROJECT_FILE

SUFFIXES = (".yaml", ".yml")
"""In the order of precedence. The files of the stacks have the same one as the project's."""


def project_file_in(directory: Path) -> Path | None:
    """Return the project file of a directory; None if there is none."""
    candidates = ((directory / PROJECT_FILE).with_suffix(suffix) for suffix in SUFFIXES)
    return next((file for file in candidates if file.is_file()), None)


def enclosing_project(directory: Path) -> Path | None:
    """Return the nearest directory with a project file: this one or a parent; None if there is none."""
    here = directory.resolve()
    return next((each for each in (here, *here.parents) if project_file_in(each)), None)


def stack_file_name(stack: str, project_file: str) -> str:
    """Return the name of a stack's configuration file: `Pulumi.<stack>.yaml`."""
    name = Path(project_file)
    return f"{name.stem}.{stack}{name.suffix}"
