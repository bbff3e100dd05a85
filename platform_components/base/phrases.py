"""What a person reads when a field is wrong: pydantic's findings, as problems with a remedy."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pydantic
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from platform_components.base.mistakes import ABSENT, Problem, as_written, did_you_mean, join_path
from platform_components.base.sizing import Sized

_IN_QUOTES = "put it in quotes"
_EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "dict": "a mapping",
    "mapping": "a mapping",
    "list": "a list",
    "tuple": "a list",
    "model": "a mapping",
    "none": "empty",
    "invalid": "text",
}


def problems_of(model: type[pydantic.BaseModel], error: pydantic.ValidationError) -> list[Problem]:
    """Every finding of a failed validation of `model`, in the order of its fields."""
    details = error.errors(include_url=False)
    return [_problem(model, detail) for detail in details if not _follows_from_another(detail)]


def _follows_from_another(detail: ErrorDetails) -> bool:
    """A list counts as too short when its entries are wrong, which is reported already."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _problem(model: type[pydantic.BaseModel], detail: ErrorDetails) -> Problem:
    kind, value, path = detail["type"], detail["input"], detail["loc"]
    of_key = path[-1:] == ("[key]",)
    path = path[:-1] if of_key else path
    where = ""
    for step in path:
        where = join_path(where, f"[{step}]" if isinstance(step, int) else step)
    if of_key or kind == "invalid_key":
        return Problem(where, f"as a name, {_phrase(kind, detail)}", _IN_QUOTES if _looks_bare(value) else "")
    holder = _holder(model, path[:-1])
    name = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        known = holder.model_fields if holder else ()
        # Nobody knows what the field was meant to be: any text in it may be secret.
        shown = not value if isinstance(value, str | list | tuple | Mapping) else True
        return Problem(where, "unknown field", did_you_mean(name, known), value if shown else ABSENT)
    if kind == "missing":
        return Problem(where, "required, but left out", _purpose(holder, name))
    shown = _may_be_shown(model, path)
    return Problem(where, _phrase(kind, detail), _remedy(holder, name, detail), value if shown else ABSENT)


def _looks_bare(value: object) -> bool:
    """Whether YAML reads a value as something other than text because it has no quotes: 4711, no."""
    return isinstance(value, int | float | datetime.date)


def _phrase(kind: str, detail: ErrorDetails) -> str:
    limits: dict[str, Any] = detail.get("ctx", {})
    match kind:
        case "greater_than_equal":
            return f"must be at least {limits['ge']}"
        case "less_than_equal":
            return f"must be at most {limits['le']}"
        case "greater_than":
            return f"must be more than {limits['gt']}"
        case "less_than":
            return f"must be less than {limits['lt']}"
        case "literal_error":
            return f"must be {limits['expected']}".replace("'", '"')
        case "value_error":
            return str(limits["error"])
        case "too_short":
            return (
                f"needs at least {limits['min_length']} {'entry' if limits['min_length'] == 1 else 'entries'}"
            )
        case "too_long":
            return f"takes at most {limits['max_length']} entries"
        case "string_too_short":
            return (
                "must not be empty"
                if limits["min_length"] == 1
                else f"must be {limits['min_length']} characters or more"
            )
        case "string_too_long":
            return f"must be {limits['max_length']} characters or fewer"
        case "int_from_float":
            return "must be a whole number"
        case "is_instance_of":
            return f"must be a {limits['class']}"
    expected = _EXPECTED.get(kind.split("_", maxsplit=1)[0])
    return f"must be {expected}" if expected else detail["msg"]


def _remedy(holder: type[pydantic.BaseModel] | None, name: str, detail: ErrorDetails) -> str:
    kind, value = detail["type"], detail["input"]
    if isinstance(value, pulumi.Output):
        return "an Output is known too late: give a plain value"
    is_text = kind == "string_type" or repr(str(value)) in detail.get("ctx", {}).get("expected", "")
    if is_text and _looks_bare(value):
        return _IN_QUOTES
    field = holder.model_fields.get(name) if holder else None
    if field is None or field.is_required():
        return ""
    if isinstance(field.default, Sized):
        return "remove it to get the default of the tier"
    if isinstance(field.default, str | int | float):
        return f"remove it to get {as_written(field.default)}"
    return ""


def _purpose(holder: type[pydantic.BaseModel] | None, name: str) -> str:
    """The first sentence of the field's documentation: what a person should put there."""
    field = holder.model_fields.get(name) if holder else None
    if field is None or not field.description:
        return ""
    return " ".join(field.description.split()).split(". ")[0].rstrip(".")


def _holder(model: type[pydantic.BaseModel], path: tuple[int | str, ...]) -> type[pydantic.BaseModel] | None:
    """The model that the last step of a path stands in."""
    *_, (holder, _) = _walk(model, path)
    return holder


def _may_be_shown(model: type[pydantic.BaseModel], path: tuple[int | str, ...]) -> bool:
    """Whether no field that a path goes through is kept out of `repr`."""
    return all(field is None or field.repr for _, field in _walk(model, path))


def _walk(
    model: type[pydantic.BaseModel], path: tuple[int | str, ...]
) -> Iterator[tuple[type[pydantic.BaseModel] | None, FieldInfo | None]]:
    """Follow the annotations along a path: at each step the model that it leads to, and its field if any.

    Starts with the model itself.
    """
    holder: type[pydantic.BaseModel] | None = model
    inside: Any = None
    yield holder, None
    for step in path:
        field = holder.model_fields.get(str(step)) if holder else None
        if field:
            inside = field.annotation
        holder = next(_models_in(inside), None)
        yield holder, field


def _models_in(annotation: Any) -> Iterator[type[pydantic.BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)
