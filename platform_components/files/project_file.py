"""The names of a project's files, and the search for Pulumi.yaml, as in the Pulumi CLI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROJECT_FILE = "Pulumi.yaml"
PLATFORM_FILE = "platform.yaml"
ALL_ENVIRONMENTS = "all"
"""The value of --env that selects every environment."""
STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""Also that of a project."""
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


def project_root(directory: Path) -> Path:
    """Return the directory of the enclosing project; without one, the directory itself."""
    return enclosing_project(directory) or directory


def stack_file_name(stack: str, project_file: str) -> str:
    """Return the name of a stack's configuration file: `Pulumi.<stack>.yaml`."""
    name = Path(project_file)
    return f"{name.stem}.{stack}{name.suffix}"


def stack_names_in(directory: Path, project_file: str) -> tuple[str, ...]:
    """Return the names of the stacks that have a configuration file in a directory, sorted.

    Files whose name contains no valid stack name, such as `Pulumi..yaml`, are ignored, as in Pulumi.
    """
    prefix, suffix = stack_file_name("*", project_file).split("*")
    files = directory.glob(f"{prefix}*{suffix}")
    names = (file.name.removeprefix(prefix).removesuffix(suffix) for file in files)
    return tuple(sorted(name for name in names if STACK_NAME.fullmatch(name)))


def with_config_directory(project: Mapping[str, Any]) -> Mapping[str, Any]:
    """Move a `config` that is a path, its former meaning, to `stackConfigDir`, as Pulumi does."""
    if isinstance(project.get("config"), str) and "stackConfigDir" not in project:
        return {**project, "stackConfigDir": project["config"], "config": None}
    return project
