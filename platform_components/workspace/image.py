"""The image of a service's stack: the key `image` in the configuration file of the stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.values import InvalidValueError
from platform_components.base.yaml_file import parse_yaml, read_text, read_yaml
from platform_components.engine import Project
from platform_components.engine.config_schema import full_key
from platform_components.engine.pulumi_yaml import StackFileLoader
from platform_components.files.yaml_edit import CannotEdit, with_entry
from platform_components.kubernetes.container import checked_digest, checked_image, repository_of

_DIGEST: Final = "DIGEST"
_SECTION: Final = "config"


@dataclass(frozen=True)
class ImageChange:
    """A new image of one stack, before its file is written."""

    stack: str
    file: str
    """The stack's file, relative to the project."""
    path: Path
    before: str
    """The present image; empty if there is none, or if the value is not an image."""
    after: str
    text: str
    """The new content of the file."""

    @property
    def changed(self) -> bool:
        return self.before != self.after


def image_key(project: Project) -> str:
    """The key of the image, with its namespace."""
    return f"{project.name}:image"


def configured_image(project: Project, stack: str) -> str | None:
    """The image in a stack's file; None if it has none, or an encrypted one.

    Raises:
        InvalidInput: the file can't be read, or is not valid YAML.
    """
    if not project.has_config_file(stack):
        return None
    subject = project.config_file(stack)
    entry = _entry_of(read_yaml(project.root / subject, subject, loader=StackFileLoader), project, subject)
    return entry[1] if entry and isinstance(entry[1], str) else None


def image_changes(project: Project, stacks: Sequence[str], word: str) -> tuple[ImageChange, ...]:
    """Return the changes that set a new image in the files of stacks. Nothing is written.

    `word` is a digest, which keeps the repository of the present image, or `REPOSITORY[:TAG]@sha256:...`.

    Raises:
        InvalidInput: the digest is invalid, or a file can't be changed; lists all problems of one kind.
    """
    try:
        is_digest = "@" not in word and "/" not in word
        checked_digest(word) if is_digest else checked_image(word)
    except ValueError as error:
        remedy = error.remedy if isinstance(error, InvalidValueError) else ""
        raise InvalidInput(_DIGEST, [Problem("image", str(error), remedy, word)]) from None
    changes, problems = [], []
    for stack in stacks:
        try:
            changes.append(_change(project, stack, word, is_digest=is_digest))
        except InvalidInput as error:
            problems += [(error.subject, problem) for problem in error.problems]
    if problems:
        subjects = {subject for subject, _ in problems}
        if len(subjects) == 1:
            raise InvalidInput(subjects.pop(), [problem for _, problem in problems])
        located = [replace(problem, where=f"{subject} {problem.where}") for subject, problem in problems]
        raise InvalidInput("image", located)
    return tuple(changes)


def _change(project: Project, stack: str, word: str, *, is_digest: bool) -> ImageChange:
    file = project.config_file(stack)
    path = project.root / file
    if not path.resolve().is_relative_to(project.root):
        problem = Problem("file", "is a link to a file outside the project", "replace it by a file")
        raise InvalidInput(file, [problem])
    text = read_text(path, file)
    content = parse_yaml(text, file, loader=StackFileLoader)
    key, present = _entry_of(content, project, file) or (image_key(project), "")
    where = f"{_SECTION}.{key}"
    repository = repository_of(present) if isinstance(present, str) else ""
    if present and not isinstance(present, str):
        problem = Problem(where, "must be a string to be changed here", "set it with `pulumi config set`")
        raise InvalidInput(file, [problem])
    if is_digest and not repository:
        what = "has no repository to which the digest applies"
        raise InvalidInput(file, [Problem(where, what, "pass REPOSITORY@sha256:...")])
    image = f"{repository}@{word}" if is_digest else word
    before = present if repository else ""
    if before == image:
        return ImageChange(stack, file, path, before, image, text)
    try:
        edited = with_entry(text, _SECTION, key, image, StackFileLoader)
    except CannotEdit as error:
        raise InvalidInput(file, [Problem(where, error.what, error.remedy)]) from None
    return ImageChange(stack, file, path, before, image, edited)


def _entry_of(content: Mapping[str, Any], project: Project, file: str) -> tuple[str, Any] | None:
    """The key of the image as it is written in the content of a stack's file, and its value.

    Raises:
        InvalidInput: it is there twice, with and without its namespace.
    """
    config = content.get(_SECTION)
    entries = config.items() if isinstance(config, dict) else ()
    key = image_key(project)
    found = [(name, value) for name, value in entries if full_key(name, project.name) == key]
    if len(found) > 1:
        (first, _), (second, _) = found
        what = f"is the same key as `{first}`"
        raise InvalidInput(file, [Problem(f"{_SECTION}.{second}", what, "remove one of them")])
    return found[0] if found else None
