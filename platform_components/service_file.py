"""service.yaml: a service written as data, for teams that need no program of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import Field

from platform_components.base import Context, InvalidInput, Label, Problem, did_you_mean
from platform_components.base.errors import join_path
from platform_components.base.phrases import remedy_of_nothing
from platform_components.base.settings import PLATFORM_FILE, Platform
from platform_components.base.yaml_file import read_yaml
from platform_components.service_stack import ServiceStack, ServiceStackArgs

_IMAGE_REMEDY = "it comes from the config of the stack, not from this file"


class ServiceDocument(ServiceStackArgs):
    """The whole file, as it holds for one environment."""

    also_known_as = MappingProxyType({**ServiceStackArgs.also_known_as, "name": "service"})

    service: Label
    """Name of the service: its stacks' in platform.yaml, and what Kubernetes calls it."""

    environments: Mapping[Label, Mapping[str, Any]] = Field(default_factory=dict)
    """Fields that differ in single environments, by the environment's name."""


_SAME_EVERYWHERE = tuple(
    name for name in ServiceDocument.model_fields if name not in ServiceStackArgs.model_fields
)


@dataclass(frozen=True)
class ServiceFile:
    """What a `service.yaml` says for one environment."""

    name: str
    args: ServiceStackArgs


def load_service(path: Path, context: Context, image: str | None = None) -> ServiceFile:
    """Read a `service.yaml`: `service: <name>`, the fields of ServiceStackArgs, and `environments`.

    What stands under `environments.<name>` goes over the rest, mapping into mapping, in that environment.
    The image is either given as `image`, or stands in the file. Near a platform.yaml, its names of
    services and environments hold.

    Raises:
        InvalidInput: every mistake of the file at once, those of other environments included.
    """
    root = _platform_root(path)
    subject = str(path.relative_to(root)) if root else path.name
    document = read_yaml(path, subject)
    overlays = _overlays(document)
    platform = Platform.load(root) if root else None
    if not document:
        name = path.parent.name if platform and path.parent.name in platform.stacks else "<name>"
        raise InvalidInput(subject, [Problem("file", "is empty", f"the least it takes is `service: {name}`")])

    problems = list(_empty(document))
    if image is not None:
        problems += _images(document, overlays)
    if platform:
        problems += _unknown_names(platform, path.parent.name, document, overlays)
    for environment, overlay in overlays.items():
        for field in _SAME_EVERYWHERE:
            if field in overlay:
                where = f"environments.{environment}.{field}"
                problems.append(Problem(where, "must be the same in every environment", "remove it here"))

    args: ServiceDocument | None = None
    # The environment at hand comes last, so that its args are those that remain.
    for environment in [*(name for name in overlays if name != context.environment), context.environment]:
        overlay = overlays.get(environment, {})
        values = _merged(document, overlay) | ({} if image is None else {"image": image})
        at = f"environments.{environment}"
        origins = dict.fromkeys(overlay, f"{subject} {at}")
        origins |= {} if image is None else {"image": "config of the stack"}
        try:
            args = ServiceDocument.parse(values, subject, origins=origins)
            its_context = _context_of(environment, context, platform, path.parent.name)
            if its_context:
                found = _in_context(args, its_context)
                problems += [_placed(problem, at, overlay, image) for problem in found]
        except InvalidInput as error:
            problems += [_placed(problem, at, overlay, image) for problem in error.problems]
    if problems or args is None:
        raise InvalidInput(subject, _without_repeats(problems))
    return ServiceFile(args.service, args.narrowed(ServiceStackArgs))


def _platform_root(path: Path) -> Path | None:
    """The nearest directory above with a platform.yaml."""
    return next((parent for parent in path.parents if (parent / PLATFORM_FILE).is_file()), None)


def _context_of(environment: str, context: Context, platform: Platform | None, layer: str) -> Context | None:
    """The context of one of the file's environments; None where only platform.yaml could tell it."""
    if environment == context.environment:
        return context
    if platform is None or environment not in platform.environments or layer not in platform.stacks:
        return None
    there = f"{layer}.{environment}" in platform.stack_names(environment)
    return platform.context(layer, environment) if there else None


def _overlays(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What the environments change, as far as it has the right shape; the model refuses the rest."""
    given = document.get("environments")
    if not isinstance(given, Mapping):
        return {}
    return {name: overlay for name, overlay in given.items() if isinstance(overlay, Mapping)}


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`: mappings are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(below, value)
        else:
            merged[key] = value
    return merged


def _in_context(args: ServiceDocument, context: Context) -> Iterator[Problem]:
    """The mistakes that ServiceStack would find; here they are reported with the file's others."""
    service = args.narrowed(ServiceStackArgs)
    for problem in ServiceStack.input_errors(args.service, service):
        yield replace(problem, where="service") if problem.where == "name" else problem
    try:
        service.resolve(context, "")
    except InvalidInput as error:
        yield from error.problems


def _unknown_names(
    platform: Platform, folder: str, document: Mapping[str, Any], overlays: Mapping[str, Any]
) -> Iterator[Problem]:
    service = document.get("service")
    if isinstance(service, str) and folder in platform.stacks and service != folder:
        what = f"must be {folder}, the stack whose folder it is in"
        yield Problem("service", what, "two services of one name would overwrite each other", service)
    elif isinstance(service, str) and service not in platform.stacks:
        yield Problem(
            "service", f"is no stack in {PLATFORM_FILE}", did_you_mean(service, platform.stacks), service
        )
    for environment in overlays:
        if environment not in platform.environments:
            where, remedy = f"environments.{environment}", did_you_mean(environment, platform.environments)
            yield Problem(where, f"is no environment of {PLATFORM_FILE}", remedy)


def _empty(value: object, path: tuple[str, ...] = ()) -> Iterator[Problem]:
    """Keys without a value."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _empty(item, (*path, str(key)))
    elif value is None and path:
        in_document = path[2:] if path[0] == "environments" and len(path) > 2 else path
        yield Problem(".".join(path), "has no value", remedy_of_nothing(ServiceDocument, in_document))


def _images(document: Mapping[str, Any], overlays: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """The images that the file names, though the stack's config decides."""
    named = {"": document} | {f"environments.{name}": overlay for name, overlay in overlays.items()}
    for where, fields in named.items():
        if "image" in fields:
            yield Problem(
                join_path(where, "image"),
                "comes from the stack's config",
                "remove it here, and set `image` there",
            )


def _placed(problem: Problem, at: str, overlay: Mapping[str, Any], image: str | None) -> Problem:
    """The problem at the path where the person wrote the value."""
    if problem.where == "image" and image is not None:
        return replace(problem, remedy=_IMAGE_REMEDY)
    return problem.under(at) if _states(overlay, problem.where) else problem


def _states(overlay: Mapping[str, Any], path: str) -> bool:
    """Whether the value at a path comes from the overlay."""
    for key, value in overlay.items():
        if path == key or path.startswith(f"{key}["):
            return True
        if path.startswith(f"{key}."):
            rest = path.removeprefix(f"{key}.")
            return _states(value, rest) if isinstance(value, Mapping) else True
    return False


def _without_repeats(problems: list[Problem]) -> list[Problem]:
    """The first problem of each path: what is wrong for all environments was found in each."""
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.where, problem)
    return list(first.values())
