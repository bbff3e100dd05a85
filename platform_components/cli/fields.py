"""`platform fields`: the fields of args, which are also those of a service.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platform_components.cli.completion import component_names
from platform_components.cli.failure import AsJson, Debug, failures_reported
from platform_components.cli.output import console, styled

if TYPE_CHECKING:
    from platform_components.base.args import Args
    from platform_components.base.sizing import Sizing

_SERVICE_FILE = "service.yaml"
_NOT_COMPONENTS = frozenset({"Args", "ComponentArgs", "Context", "Platform"})
"""Public args that describe neither a component nor a part of one."""


@dataclass(frozen=True)
class Field:
    """One field, as text."""

    name: str
    type: str
    """Type and range: `integer, 20 to 65536`."""
    default: str
    """`required`, the default, or the default of each tier."""
    description: str


def fields(
    component: Annotated[
        str,
        typer.Argument(
            metavar="COMPONENT",
            help="Component or part, such as Database, or service.yaml.",
            autocompletion=component_names,
        ),
    ] = _SERVICE_FILE,
    as_json: AsJson = False,
    directory: Annotated[
        Path,
        typer.Option(
            "--cwd",
            "-C",
            help="Directory of the project, or one below it. Its platform.yaml overrides defaults of tiers.",
            exists=True,
            file_okay=False,
        ),
    ] = Path(),
    debug: Debug = False,
) -> None:
    """List the fields of a component or of service.yaml: name, type, default and description.

    With --json it is a JSON Schema, with which editors complete and check a service.yaml.
    """
    with failures_reported(debug, as_json, "fields"):
        from platform_components.base.schema import schema_of

        schema = schema_of(args_of(component))
        if component == _SERVICE_FILE:
            _make_image_optional(schema)
        if as_json:
            typer.echo(json.dumps(schema, indent=2))
            return
        from rich.padding import Padding

        out = console()
        for field in listed(schema, _sizing_of(directory)):
            out.print(styled((field.name, "bold"), f"  {field.type}  ", (field.default, "dim")))
            out.print(Padding(field.description, (0, 0, 0, 4)))


def args_of(component: str) -> type[Args]:
    """The args of a component or part by its name, in upper or lower case, or those of a service.yaml.

    Raises:
        InvalidInput: there is no such component.
    """
    from platform_components.base.errors import InvalidInput, Problem, did_you_mean

    if component == _SERVICE_FILE:
        from platform_components.service_file import ServiceDocument

        return ServiceDocument
    known = args_by_name()
    for name, args in known.items():
        if name.lower() == component.lower():
            return args
    remedy = did_you_mean(component, [*known, _SERVICE_FILE])
    raise InvalidInput("COMPONENT", [Problem(f'"{component}"', "no such component", remedy)])


def args_by_name() -> dict[str, type[Args]]:
    """The args of every component and part, by name: `Database` for `DatabaseArgs`, `EgressRule`."""
    import platform_components
    from platform_components.base.args import Args

    public = {name: getattr(platform_components, name) for name in dir(platform_components)}
    return {
        name.removesuffix("Args"): kind
        for name, kind in public.items()
        if name not in _NOT_COMPONENTS and isinstance(kind, type) and issubclass(kind, Args)
    }


def _make_image_optional(schema: dict[str, Any]) -> None:
    """Make `image` optional: for a service.yaml in stacks/, the stack's config sets it."""
    schema["required"].remove("image")
    schema["properties"]["image"]["description"] += (
        " In stacks/ the stack's config sets it, and this must not."
    )


def _sizing_of(directory: Path) -> Sizing:
    from platform_components.base.settings import Platform
    from platform_components.base.sizing import Sizing
    from platform_components.files.project_file import project_root

    platform = Platform.find(project_root(directory))
    return platform.sizes if platform else Sizing()


def listed(schema: Mapping[str, Any], sizing: Sizing) -> Iterator[Field]:
    """The fields of a schema, required ones first."""
    required = schema.get("required", [])
    rows = sorted(schema["properties"].items(), key=lambda row: row[0] not in required)
    for name, field in rows:
        yield Field(
            name=name,
            type=_type(field),
            default="required" if name in required else _default(field, sizing),
            description=" ".join(field.get("description", "").split()),
        )


def _type(field: Mapping[str, Any], plural: str = "") -> str:
    """The type as text. `plural` is "s" for the type of the entries of a list or mapping."""
    if "anyOf" in field:
        options = (option for option in field["anyOf"] if option.get("type") != "null")
        return " or ".join(_type(option, plural) for option in options)
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2].removesuffix("Args")
        return f"{name} (platform fields {name})"
    if "enum" in field:
        return ("values of " if plural else "one of ") + ", ".join(map(str, field["enum"]))
    if "const" in field:
        return str(field["const"])
    match field.get("type"):
        case "integer":
            return f"integer{plural}{_range(field)}"
        case "boolean":
            return "true or false"
        case "array":
            return f"list{plural} of {_type(field['items'], 's')}" if "items" in field else f"list{plural}"
        case "object":
            values = field.get("additionalProperties")
            names = f" of names to {_type(values, 's')}" if isinstance(values, dict) else ""
            return f"mapping{plural}{names}"
        case "string":
            return f"string{plural}"
        case list(types):
            return " or ".join(f"{each}{plural}" for each in types)
    return "any value"


def _range(field: Mapping[str, Any]) -> str:
    minimum, maximum = field.get("minimum"), field.get("maximum")
    if minimum is None or maximum is None:
        return "" if minimum is None else f", at least {minimum}"
    return f", {minimum} to {maximum}"


def _default(field: Mapping[str, Any], sizing: Sizing) -> str:
    if "sizing" in field:
        from platform_components.base.sizing import TIERS

        cells = ((tier, sizing.cell(field["sizing"], tier).value) for tier in TIERS)
        return "by tier: " + ", ".join(f"{tier} {json.dumps(cell).strip(chr(34))}" for tier, cell in cells)
    default = field.get("default")
    return "none" if default in (None, [], {}) else json.dumps(default).strip('"')
