"""The update of the settings that a project elsewhere has a copy of."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.settings import Platform
from platform_components.base.settings_source import (
    KEY,
    Origin,
    Settings,
    SettingsReference,
    inside,
    settings_digest,
    settings_of_package,
    settings_reference,
)
from platform_components.base.sizing import SIZING, Sizing, Tier
from platform_components.base.yaml_file import read_text
from platform_components.engine import Project
from platform_components.engine.pulumi_yaml import PulumiLoader
from platform_components.files.project_file import PLATFORM_FILE
from platform_components.files.yaml_edit import CannotEdit, with_entry

_OPTION: Final = "--from"
_DEFAULT_FILE: Final = f".platform/{PLATFORM_FILE}"


@dataclass(frozen=True)
class Difference:
    """A setting of the project that the update changes."""

    setting: str
    """`orders.prod owner`, `sizing.production.database.storage_gb`."""
    before: Any
    """None if it is new."""
    after: Any
    """None if it is removed."""


@dataclass(frozen=True)
class SettingsUpdate:
    """New settings of a project, before anything is written."""

    origin: Origin
    differences: tuple[Difference, ...]
    files: tuple[tuple[Path, str], ...]
    """The files to write, in this order, with their new content. Empty if nothing changes."""


def settings_update(project: Project, source: str | None, *, working_directory: Path) -> SettingsUpdate:
    """Return the update of a project's settings. Nothing is written.

    `source` is an installed package, or the path of a platform.yaml or of a directory with one, relative to
    the working directory. Default: the source of the present settings.

    Raises:
        InvalidInput: the source or the present settings can't be used.
    """
    if (project.root / PLATFORM_FILE).is_file():
        what = f"is the project's own {PLATFORM_FILE}"
        raise InvalidInput(PLATFORM_FILE, [Problem("file", what, "edit it; there is nothing to update")])
    reference = settings_reference(project.root)
    if reference is not None and reference.package is not None:
        what = "is an installed package, not a copy"
        remedy = f"run `pip install --upgrade '{reference.package}'`"
        raise InvalidInput(project.file, [Problem(f"{KEY}.package", what, remedy, reference.package)])
    settings, recorded = _settings_from(project, reference, source, working_directory)
    after = Platform.of(project.root, settings)
    origin = after.settings or settings.origin
    name = reference.file if reference and reference.file else _DEFAULT_FILE
    target = inside(project.root, name)
    if target is None:
        what = "must be inside the project"
        raise InvalidInput(project.file, [Problem(f"{KEY}.file", what, f"such as {_DEFAULT_FILE}", name)])
    file = project.root / project.file
    text = read_text(file)
    values = {
        "source": recorded,
        "version": origin.version,
        "sha256": origin.digest.removeprefix("sha256:"),
        "file": name,
    }
    edited = _with_values(text, project, reference, values)
    writes = ((target, settings.text), (file, edited))
    pending = tuple((path, new) for path, new in writes if not path.is_file() or read_text(path) != new)
    return SettingsUpdate(origin, tuple(_differences(_present(project), after, project.name)), pending)


def _settings_from(
    project: Project, reference: SettingsReference | None, source: str | None, working_directory: Path
) -> tuple[Settings, str]:
    """The new settings, and the source to record: a package, or a path relative to the project."""
    recorded = reference.source if reference else ""
    subject, where, base = _OPTION, "source", working_directory
    if source is None:
        if not recorded:
            what = f"is required: {project.file} names no source"
            remedy = f"pass a package, or the path of a {PLATFORM_FILE}"
            raise InvalidInput(_OPTION, [Problem(where, what, remedy)])
        source, subject, where, base = recorded, project.file, f"{KEY}.source", project.root
    path = base / source
    if "/" not in source and not path.exists():
        return settings_of_package(source, subject, where), source
    path = path / PLATFORM_FILE if path.is_dir() else path
    if not path.is_file():
        raise InvalidInput(subject, [Problem(where, f"is not a {PLATFORM_FILE}", "correct the path", source)])
    text = read_text(path)
    relative = Path(os.path.relpath(path.resolve(), project.root)).as_posix()
    return Settings(text, relative, Origin(relative, "", settings_digest(text)), elsewhere=True), relative


def _present(project: Project) -> Platform | None:
    """The present settings; None if there are none, or they are not those that Pulumi.yaml names."""
    try:
        return Platform.find(project.root)
    except InvalidInput:
        return None  # the update repairs them


def _with_values(
    text: str, project: Project, reference: SettingsReference | None, values: dict[str, str]
) -> str:
    """The text of Pulumi.yaml with these values; new ones are in the reverse order."""
    for key, value in values.items():
        if reference is None or getattr(reference, key) != value or key not in reference.model_fields_set:
            try:
                text = with_entry(text, KEY, key, value, PulumiLoader)
            except CannotEdit as error:
                problem = Problem(f"{KEY}.{key}", error.what, error.remedy)
                raise InvalidInput(project.file, [problem]) from None
    return text


def _differences(before: Platform | None, after: Platform, project: str) -> Iterator[Difference]:
    """Yield what changes for the stacks of a project."""
    new = _relevant(after, project)
    old = _relevant(before, project) if before else _sizing(Sizing(), _tiers(after, project))
    for setting in [*new, *(name for name in old if name not in new)]:
        if old.get(setting) != new.get(setting):
            yield Difference(setting, old.get(setting), new.get(setting))


def _relevant(platform: Platform, project: str) -> dict[str, Any]:
    """The settings on which the stacks of a project depend, by name."""
    found: dict[str, Any] = {
        "organization": platform.organization,
        "project": platform.project,
        "regions": list(platform.regions),
    }
    for layer, about in platform.stacks.items():
        if platform.project_of(layer, project) != project:
            continue
        for name, place in platform.environments.items():
            if platform.exists(layer, name):
                for field in ("tier", "region", "account", "backend", "secrets_provider"):
                    found[f"{layer}.{name} {field}"] = getattr(place, field)
        for field in ("owner", "cost_center", "data_classification"):
            found[f"{layer} {field}"] = getattr(about, field)
        found[f"{layer} reads"] = [f"{platform.project_of(read, project)}/{read}" for read in about.reads]
    return found | _sizing(platform.sizes, _tiers(platform, project))


def _tiers(platform: Platform, project: str) -> list[Tier]:
    """The tiers of the stacks of a project."""
    return sorted(
        {
            place.tier
            for layer in platform.stacks
            for name, place in platform.environments.items()
            if platform.project_of(layer, project) == project and platform.exists(layer, name)
        }
    )


def _sizing(sizes: Sizing, tiers: Sequence[Tier]) -> dict[str, Any]:
    return {f"sizing.{tier}.{row}": sizes.cell(row, tier).value for tier in tiers for row in SIZING}
