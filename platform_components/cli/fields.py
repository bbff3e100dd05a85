"""`platform fields`: what may be written into a component's args, and so into a service.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platform_components.cli.failure import AsJson, Debug, failures_reported
from platform_components.cli.output import console

if TYPE_CHECKING:
    from platform_components.base.args import Args

_SERVICE_FILE = "service.yaml"


@dataclass(frozen=True)
class Field:
    """One field, for people."""

    name: str
    takes: str
    """What it takes, in words: `whole number, 20 to 65536`."""
    left_out: str
    """What happens when it is left out: `required`, a default, or a row of the sizing table."""
    description: str


def fields(
    component: Annotated[
        str, typer.Argument(metavar="COMPONENT", help="Component, such as Database, or service.yaml.")
    ] = _SERVICE_FILE,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the fields of a component or of service.yaml: what each takes, its default, what it means.

    As JSON it is a JSON Schema, which editors complete and check a service.yaml with.
    """
    with failures_reported(debug, as_json):
        from platform_components.base.schema import schema_of

        schema = schema_of(args_of(component))
        if component == _SERVICE_FILE:
            _leave_image_to_config(schema)
        if as_json:
            typer.echo(json.dumps(schema, indent=2))
            return
        from rich.padding import Padding

        out = console()
        for field in listed(schema):
            out.print(f"[bold]{field.name}[/]  {field.takes}  [dim]{field.left_out}[/]")
            out.print(Padding(field.description, (0, 0, 0, 4)))


def args_of(component: str) -> type[Args]:
    """The args of a component by its name in any case, or those that make up a service.yaml.

    Raises:
        InvalidInput: there is no such component.
    """
    import platform_components
    from platform_components.base.errors import InvalidInput, Problem, did_you_mean

    if component == _SERVICE_FILE:
        from platform_components.service_file import ServiceDocument

        return ServiceDocument
    names = [name.removesuffix("Args") for name in dir(platform_components) if name.endswith("Args")]
    known = [name for name in names if name not in ("", "Component")]
    for name in known:
        if name.lower() == component.lower():
            found: type[Args] = getattr(platform_components, f"{name}Args")
            return found
    remedy = did_you_mean(component, [*known, _SERVICE_FILE])
    raise InvalidInput("COMPONENT", [Problem(f'"{component}"', "no such component", remedy)])


def _leave_image_to_config(schema: dict[str, Any]) -> None:
    """Of a service.yaml in stacks/ the image is what a deployment changes: the stack's config has it."""
    schema["required"].remove("image")
    schema["properties"]["image"]["description"] += (
        " In stacks/ the stack's config sets it, and this must not."
    )


def listed(schema: Mapping[str, Any]) -> Iterator[Field]:
    """The fields of a schema, the required ones first."""
    required = schema.get("required", [])
    rows = sorted(schema["properties"].items(), key=lambda row: row[0] not in required)
    for name, field in rows:
        yield Field(
            name=name,
            takes=_takes(field),
            left_out="required" if name in required else _left_out(field),
            description=" ".join(field.get("description", "").split()),
        )


def _takes(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_takes(option) for option in field["anyOf"] if option.get("type") != "null")
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2].removesuffix("Args")
        return f"fields of {name} (platform fields {name})"
    if "enum" in field:
        return "one of " + ", ".join(map(str, field["enum"]))
    if "const" in field:
        return str(field["const"])
    match field.get("type"):
        case "integer":
            return "whole number" + _range(field)
        case "boolean":
            return "true or false"
        case "array":
            return f"list of: {_takes(field['items'])}" if "items" in field else "list"
        case "object":
            inside = field.get("additionalProperties")
            return f"name to: {_takes(inside)}" if isinstance(inside, dict) else "mapping"
        case "string":
            return "text"
    return "any value"


def _range(field: Mapping[str, Any]) -> str:
    least, most = field.get("minimum"), field.get("maximum")
    if least is None or most is None:
        return "" if least is None else f", {least} or more"
    return f", {least} to {most}"


def _left_out(field: Mapping[str, Any]) -> str:
    if "sizing" in field:
        from platform_components.base.sizing import SIZING, TIERS

        cells = zip(TIERS, SIZING[field["sizing"]], strict=True)
        return "by tier: " + ", ".join(f"{tier} {json.dumps(cell).strip(chr(34))}" for tier, cell in cells)
    default = field.get("default")
    return "none" if default in (None, [], {}) else json.dumps(default).strip('"')
