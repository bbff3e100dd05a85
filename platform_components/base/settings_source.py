"""The source of a project's settings: its own platform.yaml, or the organization's, named in Pulumi.yaml.

A project in its own repository names the settings under `platform` in Pulumi.yaml, which accepts additional
keys (`AdditionalKeys` in sdk/go/common/workspace/project.go of pulumi/pulumi): a Python package that contains
them, or a copy of the file with its digest. Nothing is downloaded, and no package is imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator

from platform_components.base.args import Args
from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.values import InvalidValueError
from platform_components.base.yaml_file import read_text, read_yaml
from platform_components.files.project_file import PLATFORM_FILE, project_file_in

KEY: Final = "platform"
"""The key in Pulumi.yaml."""
_UPDATE: Final = "run `platform settings update`"
_HEXADECIMAL: Final = frozenset("0123456789abcdef")


def _sha256(text: str) -> str:
    if len(text) != 64 or not _HEXADECIMAL.issuperset(text):
        is_upper = len(text) == 64 and _HEXADECIMAL.issuperset(text.lower())
        raise InvalidValueError(
            "must be 64 lowercase hexadecimal digits", f"write {text.lower()}" if is_upper else _UPDATE
        )
    return text


@dataclass(frozen=True)
class Origin:
    """Which settings apply."""

    source: str
    """Name of the package, or where the file was copied from; `platform.yaml` for the project's own."""
    version: str
    """Empty if they have none."""
    digest: str
    """`sha256:...` of the content."""

    def __str__(self) -> str:
        return f"{self.source} {self.version}".rstrip()


@dataclass(frozen=True)
class Settings:
    """The text of a platform.yaml, before it is parsed."""

    text: str
    subject: str
    """The file, for error messages."""
    origin: Origin
    elsewhere: bool = False
    """Whether it is the file of an organization, used by a project in another repository."""


class SettingsReference(Args):
    """The content of `platform` in Pulumi.yaml: either `package`, or `file` and `sha256`."""

    package: str | None = None
    """Python package that contains the settings, with an optional version: `acme-platform-settings>=3`."""

    file: str | None = None
    """Copy of the settings, relative to Pulumi.yaml, such as `.platform/platform.yaml`."""

    sha256: Annotated[str, AfterValidator(_sha256)] | None = None
    """SHA-256 of the copy, in hexadecimal."""

    version: str = ""
    """Version of the copy. Default: none."""

    source: str = ""
    """Package or path that the copy is updated from. Default: `--from` is required."""


def settings_reference(directory: Path) -> SettingsReference | None:
    """The settings that Pulumi.yaml names; None if it names none.

    Raises:
        InvalidInput: the file is invalid.
    """
    file = project_file_in(directory)
    content = read_yaml(file) if file else {}
    if file is None or KEY not in content:
        return None
    values = content[KEY]
    if not isinstance(values, dict):
        remedy = "such as `platform: {package: acme-platform-settings>=3}`"
        raise InvalidInput(file.name, [Problem(KEY, "must be a mapping", remedy, values)])
    try:
        reference = SettingsReference.parse(values, file.name)
        problems = [*_contradictions(reference)]
    except InvalidInput as error:
        problems = list(error.problems)
    if problems:
        raise InvalidInput(file.name, [problem.under(KEY) for problem in problems])
    return reference


def has_settings(directory: Path) -> bool:
    """Whether a directory has a platform.yaml, or a Pulumi.yaml that names settings."""
    return (directory / PLATFORM_FILE).is_file() or settings_reference(directory) is not None


def read_settings(directory: Path) -> Settings:
    """Read the settings of the project in a directory.

    Raises:
        InvalidInput: there are none, or they are not those that Pulumi.yaml names.
    """
    reference = settings_reference(directory)
    own = directory / PLATFORM_FILE
    if reference is None:
        return own_settings(read_text(own))
    if own.is_file():
        what = f"names settings, and the project has its own {PLATFORM_FILE}"
        raise InvalidInput(_project_file(directory), [Problem(KEY, what, "remove one of them")])
    if reference.package is not None:
        return settings_of_package(reference.package, _project_file(directory), f"{KEY}.package")
    return _copied(directory, reference)


def own_settings(text: str) -> Settings:
    """The settings of a project with its own `platform.yaml`."""
    return Settings(text, PLATFORM_FILE, Origin(PLATFORM_FILE, "", settings_digest(text)))


def settings_of_package(requirement: str, subject: str, where: str) -> Settings:
    """Read the platform.yaml of an installed package, without importing it.

    `subject` and `where` locate the requirement in messages.

    Raises:
        InvalidInput: the package is not installed, has another version, or does not contain the file.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    def invalid(what: str, remedy: str) -> InvalidInput:
        return InvalidInput(subject, [Problem(where, what, remedy, requirement)])

    try:
        wanted = Requirement(requirement)
        plain = not (wanted.url or wanted.extras or wanted.marker)
    except InvalidRequirement:
        plain = False
    if not plain:
        raise invalid("must be a package, with an optional version", "such as acme-platform-settings>=3")
    install = f"run `pip install '{requirement}'`"
    try:
        found = distribution(wanted.name)
    except PackageNotFoundError:
        raise invalid("is not installed", install) from None
    if not wanted.specifier.contains(found.version, prereleases=True):
        raise invalid(f"is installed in version {found.version}", install)
    files = [*_settings_files(found)]
    if len(files) != 1:
        what = f"contains {len(files)} files {PLATFORM_FILE}" if files else f"contains no {PLATFORM_FILE}"
        raise invalid(what, "install another version, as a wheel: an editable install lists no files")
    text = read_text(files[0], f"{PLATFORM_FILE} of {wanted.name}")
    origin = Origin(wanted.name, found.version, settings_digest(text))
    return Settings(text, f"{PLATFORM_FILE} of {origin}", origin, elsewhere=True)


def settings_digest(text: str) -> str:
    """The digest of settings: `sha256:...`."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def inside(directory: Path, path: str) -> Path | None:
    """A path in a directory; None if it leads out of it, also by a link."""
    if "\0" in path:
        return None
    found = (directory / path).resolve()
    return found if found.is_relative_to(directory.resolve()) else None


def _copied(directory: Path, reference: SettingsReference) -> Settings:
    name, subject = str(reference.file), _project_file(directory)
    where = f"{KEY}.file"
    path = inside(directory, name)
    if path is None:
        problem = Problem(where, "must be inside the project", f"such as .platform/{PLATFORM_FILE}", name)
        raise InvalidInput(subject, [problem])
    if not path.is_file():
        raise InvalidInput(subject, [Problem(where, "does not exist", _UPDATE, name)])
    text = read_text(path, name)
    digest = settings_digest(text)
    if digest != f"sha256:{reference.sha256}":
        what = f"is not the digest of {name}, which is {digest.removeprefix('sha256:')}"
        remedy = f"restore the file, or {_UPDATE}"
        raise InvalidInput(subject, [Problem(f"{KEY}.sha256", what, remedy)])
    origin = Origin(reference.source or name, reference.version, digest)
    return Settings(text, name, origin, elsewhere=True)


def _settings_files(found: Distribution) -> Iterator[Path]:
    """The files platform.yaml that a package installed, inside its directory of packages."""
    root = Path(str(found.locate_file("")))
    for file in found.files or ():
        path = inside(root, str(file)) if file.name == PLATFORM_FILE else None
        if path is not None and path.is_file():
            yield path


def _contradictions(reference: SettingsReference) -> Iterator[Problem]:
    given = [
        field for field in ("file", "sha256", "version", "source") if field in reference.model_fields_set
    ]
    if reference.package is not None:
        for field in given:
            yield Problem(field, "does not apply to a package", "remove it")
    elif reference.file is None:
        yield Problem("file", "is required without `package`", _UPDATE)
    elif reference.sha256 is None:
        yield Problem("sha256", "is required with `file`", _UPDATE)


def _project_file(directory: Path) -> str:
    file = project_file_in(directory)
    return file.name if file else KEY
