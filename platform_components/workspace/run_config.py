"""Configuration of one run: `--image` and `--config` of a command, assigned to stacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from platform_components.base.errors import InvalidInput, Problem, did_you_mean, one_of
from platform_components.base.settings import split_stack
from platform_components.base.values import InvalidValueError
from platform_components.engine.overrides import OPTION, Override, parse_override
from platform_components.kubernetes.container import checked_image, repository_of
from platform_components.workspace.image import configured_image, image_key
from platform_components.workspace.selection import Selection

IMAGE_OPTION: Final = "--image"


def with_run_config(selection: Selection, images: Sequence[str], config: Sequence[str]) -> Selection:
    """Return a selection whose stacks have the images and the configuration of this run.

    `images` are `REPOSITORY@sha256:...`, for the service whose configured image is from this repository, or
    `STACK=REPOSITORY@sha256:...`. `config` are `KEY=VALUE`, for all selected stacks.

    Raises:
        InvalidInput: an image or a value has another form, or it is not clear which service an image is for.
    """
    overrides: dict[str, list[Override]] = {stack: [] for stack in selection.shown}
    given = [parse_override(text, selection.project.name) for text in config]
    path = (image_key(selection.project),)
    problems = [*_repeated(given)]
    for text in images:
        try:
            stacks, image = _assigned(selection, text)
        except InvalidInput as error:
            problems += error.problems
            continue
        for stack in stacks:
            if any(each.path == path for each in (*overrides[stack], *given)):
                problems.append(Problem(stack, "has several images in this run", "pass one image per stack"))
            overrides[stack].append(Override(path, image))
    if problems:
        subject = IMAGE_OPTION if images else OPTION
        raise InvalidInput(subject, problems)
    complete = {stack: (*given, *own) for stack, own in overrides.items() if given or own}
    return replace(selection, project=replace(selection.project, overrides=complete))


def run_config_keys(selection: Selection) -> Mapping[str, tuple[str, ...]]:
    """The keys that this run sets, by stack. Without the values, which may be secret."""
    return {
        stack: tuple(override.key for override in overrides)
        for stack, overrides in selection.project.overrides.items()
    }


def _assigned(selection: Selection, text: str) -> tuple[tuple[str, ...], str]:
    """The stacks that `--image` is for, and the image."""
    word, equals, reference = text.rpartition("=")
    try:
        image = checked_image(reference)
    except ValueError as error:
        remedy = error.remedy if isinstance(error, InvalidValueError) else ""
        raise InvalidInput(IMAGE_OPTION, [Problem(word or "image", str(error), remedy, reference)]) from None
    return (_named(selection, word) if equals else _matching(selection, image)), image


def _named(selection: Selection, word: str) -> tuple[str, ...]:
    """The selected stacks of a name: `payments.dev`, or `payments` for each of its selected stacks."""
    found = tuple(name for name in selection.shown if word and word in (name, split_stack(name)[0]))
    if not found:
        remedy = did_you_mean(word, selection.shown)
        raise InvalidInput(IMAGE_OPTION, [Problem(f'"{word}"', "is not a selected stack", remedy)])
    return found


def _matching(selection: Selection, image: str) -> tuple[str, ...]:
    """The selected stacks of the service whose image is from the same repository."""
    repository = repository_of(image)
    found = [
        name
        for name in selection.shown
        if repository_of(configured_image(selection.project, name) or "") == repository
    ]
    services = tuple(dict.fromkeys(split_stack(name)[0] or name for name in found))
    if len(services) == 1:
        return tuple(found)
    remedy = f"pass STACK={repository}@sha256:..."
    what = "is the repository of several services" if found else "is the repository of no selected stack"
    known = f"; {one_of(services)}" if found else ""
    raise InvalidInput(IMAGE_OPTION, [Problem(repository, what, f"{remedy}{known}")])


def _repeated(overrides: Sequence[Override]) -> Iterator[Problem]:
    """Yield a problem for each path that is set twice: which value applies would be a matter of the order."""
    seen: set[str] = set()
    for override in overrides:
        if override.key in seen:
            yield Problem(override.place, "is set twice", "remove one of them")
        seen.add(override.key)
