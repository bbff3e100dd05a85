"""service.yaml: a service declared as data, for teams that don't need their own program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from platform_components.base import Context, Input, InvalidInput, Label, Problem, did_you_mean
from platform_components.base.errors import join_path
from platform_components.base.phrases import remedy_of_nothing
from platform_components.base.settings import Platform
from platform_components.base.yaml_file import read_yaml
from platform_components.files.project_file import PLATFORM_FILE
from platform_components.service_stack import ServiceStack, ServiceStackArgs

_UNSET: Final = object()
"""The value `null`, which unsets a field in an environment. A key without a value is often a mistake."""
_IMAGE_REMEDY = "correct it in the config of the stack, which sets it"
_IMAGE_ORIGIN = "config of the stack"


class ServiceDocument(ServiceStackArgs):
    """The complete file, merged for one environment."""

    also_known_as = MappingProxyType({**ServiceStackArgs.also_known_as, "name": "service"})

    service: Label
    """Name of the service in platform.yaml and in Kubernetes."""

    environments: Mapping[Label, Mapping[str, Any]] = Field(default_factory=dict)
    """Overrides of fields, by the name of the environment. Mappings are merged; `null` unsets a field."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """In an environment, every field is optional and can be null."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        fields = schema["properties"]
        overlay = {
            "type": "object",
            "properties": {
                name: _overriding(field) for name, field in fields.items() if name not in _SAME_EVERYWHERE
            },
            "additionalProperties": False,
        }
        names = fields["environments"]["patternProperties"]
        fields["environments"]["patternProperties"] = dict.fromkeys(names, overlay)
        return schema


def _overriding(field: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a field in an environment. Those of parts are not repeated: their fields can be null."""
    described = {key: field[key] for key in ("description",) if key in field}
    if field.get("type") == "object" or "$ref" in str(field.get("anyOf")):
        return {"type": ["object", "null"], **described}
    return {"anyOf": [dict(field), {"type": "null"}], **described}


_SAME_EVERYWHERE = tuple(
    name for name in ServiceDocument.model_fields if name not in ServiceStackArgs.model_fields
)


@dataclass(frozen=True)
class ServiceFile:
    """A `service.yaml`, merged for one environment."""

    name: str
    args: ServiceStackArgs


def load_service(
    path: Path, context: Context, image: Input[str] | None = None, platform: Platform | None = None
) -> ServiceFile:
    """Read a `service.yaml`: `service: <name>`, the fields of ServiceStackArgs, and `environments`.

    In an environment, the fields under `environments.<name>` override the others: mappings are merged, `null`
    unsets a field or a part, other values are replaced.
    The image is either passed as `image` or set in the file. With a `platform`, the service and the
    environments must be in it, and each environment is checked with its own tier.

    Raises:
        InvalidInput: the file is invalid; lists all errors, including those of other environments.
    """
    subject = platform.path_of(path) if platform else path.name
    if platform:
        context = context.narrowed(Context, callers=platform.callers)
    folder = path.parent.name
    document = read_yaml(path, subject, written_null=_UNSET)
    if not document:
        name = folder if platform and folder in platform.stacks else "<name>"
        raise InvalidInput(subject, [Problem("file", "is empty", f"add at least `service: {name}`")])
    overlays = _overlays(document)
    # The requested environment is last: its args are the result.
    others = [name for name in overlays if name != context.environment]
    shared = {key: value for key, value in document.items() if key != "environments"}
    drafts = [_Draft.of(shared, name, overlays[name], image, subject) for name in others]
    # Only this one contains all overrides: a copy in each would take the square of their number.
    drafts.append(
        _Draft.of(document, context.environment, overlays.get(context.environment, {}), image, subject)
    )

    problems = [*_empty(document, document), *_overrides_in_environment(document)]
    problems += _fixed_fields(overlays)
    if image is not None:
        problems += _images(document, overlays)
    if platform:
        problems += _unknown_names(platform, folder, document, overlays)
    args = None
    for draft in drafts:
        args, found = draft.checked(subject, _context_of(draft.environment, context, platform, folder))
        problems += found
    if problems or args is None:
        raise InvalidInput(subject, _without_repeats(problems))
    return ServiceFile(args.service, args.narrowed(ServiceStackArgs))


@dataclass(frozen=True)
class _Draft:
    """The file, merged for one environment, before it is checked."""

    environment: str
    overlay: Mapping[str, Any]
    """The fields under `environments` for it."""
    values: Mapping[str, Any]
    """All fields, merged."""
    origins: Mapping[str, str]
    """Origins of the fields that are not at the top level of the file."""

    @classmethod
    def of(
        cls,
        document: Mapping[str, Any],
        environment: str,
        overlay: Mapping[str, Any],
        image: Input[str] | None,
        subject: str,
    ) -> _Draft:
        values = _with_none(_merged(document, overlay))
        origins = dict.fromkeys(overlay, f"{subject} environments.{environment}")
        if image is not None:
            values["image"], origins["image"] = image, _IMAGE_ORIGIN
        return cls(environment, overlay, values, origins)

    def checked(self, subject: str, context: Context | None) -> tuple[ServiceDocument | None, list[Problem]]:
        """Return the args and the problems, each at the path of its value in the file.

        The args are None if they can't be parsed. Without a context, which requires platform.yaml, the
        rules of the tier are not checked.
        """
        try:
            args = ServiceDocument.parse(self.values, subject, origins=self.origins)
        except InvalidInput as error:
            return None, [self._placed(problem) for problem in error.problems]
        problems = _in_context(args, context) if context else ()
        return args, [self._placed(problem) for problem in problems]

    def _placed(self, problem: Problem) -> Problem:
        if problem.where == "image" and self.origins.get("image") == _IMAGE_ORIGIN:
            return replace(problem, remedy=_IMAGE_REMEDY)
        if _states(self.overlay, problem.where):
            return problem.under(f"environments.{self.environment}")
        return problem


def _context_of(environment: str, context: Context, platform: Platform | None, layer: str) -> Context | None:
    """Return the context of an environment in the file; None if it requires an entry in platform.yaml."""
    if environment == context.environment:
        return context
    if platform is None or environment not in platform.environments or layer not in platform.stacks:
        return None
    return platform.context(layer, environment) if platform.exists(layer, environment) else None


def _overlays(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the overrides of the environments that are mappings. The model rejects the others."""
    environments = document.get("environments")
    if not isinstance(environments, Mapping):
        return {}
    return {name: overlay for name, overlay in environments.items() if isinstance(overlay, Mapping)}


def _merged(base: Mapping[str, Any], over: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return `base` with the values of `over`: mappings are merged, `null` unsets, others are replaced.

    In `customize`, a `null` that unsets no override stays: it removes the value of the component.
    """
    merged = dict(base)
    for key, value in over.items():
        at = (*path, key)
        below = merged.get(key)
        if value is _UNSET and (key in merged or not _in_customize(at)):
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            merged[key] = _merged(below if isinstance(below, Mapping) else {}, value, at)
            if below and not merged[key] and _in_customize(at):
                del merged[key]  # all overrides in it are unset
        else:
            merged[key] = value
    return merged


def _in_customize(path: Sequence[str]) -> bool:
    """Whether a path is that of a value in `customize`, below a child."""
    return "customize" in path[:-2]


def _with_none(value: Any) -> Any:
    """The value with None for each remaining `null`, which is reported."""
    if isinstance(value, Mapping):
        return {key: _with_none(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_none(item) for item in value]
    return None if value is _UNSET else value


def _in_context(args: ServiceDocument, context: Context) -> Iterator[Problem]:
    """Yield the problems that ServiceStack would report, so that all are in one message."""
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
        yield Problem("service", what, "two services with the same name would overwrite each other", service)
    elif isinstance(service, str) and service not in platform.stacks:
        what = f"is not a stack in {PLATFORM_FILE}"
        yield Problem("service", what, did_you_mean(service, platform.stacks), service)
    for environment in overlays:
        if environment not in platform.environments:
            where, remedy = f"environments.{environment}", did_you_mean(environment, platform.environments)
            yield Problem(where, f"is not an environment in {PLATFORM_FILE}", remedy)


def _fixed_fields(overlays: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for environment, overlay in overlays.items():
        for field in _SAME_EVERYWHERE:
            if field in overlay:
                where = f"environments.{environment}.{field}"
                yield Problem(where, "must be the same in every environment", "remove it here")


def _empty(value: object, document: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[Problem]:
    """Yield a problem for each key without a value, and for each `null` that unsets nothing.

    In `customize`, `null` removes a value of the component.
    """
    overrides = path[:1] == ("environments",) and len(path) > 2
    in_document = path[2:] if overrides else path
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _empty(item, document, (*path, str(key)))
    elif value is _UNSET and _in_customize(in_document):
        return
    elif path and overrides and value is _UNSET:
        if not _states(document, ".".join(in_document)):
            yield Problem(".".join(path), "unsets a field that is not set", "remove the line")
    elif path and value in (None, _UNSET):
        yield Problem(".".join(path), "has no value", remedy_of_nothing(ServiceDocument, in_document))


def _overrides_in_environment(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each mapping in `environment`, which contains the variables of the container."""
    variables = document.get("environment")
    for name, value in variables.items() if isinstance(variables, Mapping) else ():
        if isinstance(value, Mapping):
            remedy = "did you mean environments? It contains the overrides of each environment"
            yield Problem(f"environment.{name}", "must be a string", remedy)


def _images(document: Mapping[str, Any], overlays: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield a problem for each image in the file, which the config of the stack sets."""
    named = {"": document} | {f"environments.{name}": overlay for name, overlay in overlays.items()}
    for where, fields in named.items():
        if "image" in fields:
            yield Problem(
                join_path(where, "image"),
                "is set by the config of the stack",
                "remove it here, and set `image` there",
            )


def _states(overlay: Mapping[str, Any], path: str) -> bool:
    """Whether the overlay sets the value at a path."""
    for key, value in overlay.items():
        if path == key or path.startswith(f"{key}["):
            return True
        if path.startswith(f"{key}."):
            rest = path.removeprefix(f"{key}.")
            return _states(value, rest) if isinstance(value, Mapping) else True
    return False


def _without_repeats(problems: list[Problem]) -> list[Problem]:
    """Return the first problem of each path, because each environment reports those of shared fields."""
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.where, problem)
    return list(first.values())
