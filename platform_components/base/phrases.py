"""What a person reads when a field is wrong: pydantic's findings, as problems with a remedy."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_origin

import pulumi
import pydantic
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from platform_components.base.errors import (
    ABSENT,
    Problem,
    as_written,
    join_path,
    nearest,
    one_of,
    shown_name,
)
from platform_components.base.sizing import Sized

_IN_QUOTES = "put it in quotes"
_NUMBER = r"-?[0-9]+"
_WITHOUT_QUOTES = {
    **dict.fromkeys(("int_type", "int_parsing"), re.compile(_NUMBER)),
    **dict.fromkeys(("float_type", "float_parsing"), re.compile(rf"{_NUMBER}(\.[0-9]+)?")),
    **dict.fromkeys(("bool_type", "bool_parsing"), re.compile("true|false", re.IGNORECASE)),
}
"""By kind of finding: the texts that would be right without their quotes."""
_WRITTEN = (str, int, float, datetime.date, list, tuple, type(None))
"""What can stand in a file. Anything else comes from a program."""
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
        # Nobody knows what the field was meant to be: any text in it may be secret.
        shown = not value if isinstance(value, str | list | tuple | Mapping) else True
        return Problem(where, "unknown field", _meant(holder, name), value if shown else ABSENT)
    if kind == "missing":
        return Problem(where, "required, but left out", _purpose(holder, name))
    shown = _may_be_shown(model, path)
    return Problem(where, _phrase(kind, detail), _remedy(model, path, detail), value if shown else ABSENT)


def _meant(holder: type[pydantic.BaseModel] | None, name: str) -> str:
    """The field that an unknown name was meant to be, else all fields."""
    if holder is None:
        return ""
    aliases: Mapping[str, str] = getattr(holder, "also_known_as", {})
    near = aliases[name] if name in aliases else nearest(name, holder.model_fields)
    if near:
        return f"did you mean {near}?"
    known = sorted(holder.model_fields)
    return one_of(known, most=len(known))


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
        case "model_type" if not isinstance(detail["input"], _WRITTEN):
            return f"must be {limits['class_name']}(...)"
        case "int_from_float":
            return "must be a whole number"
        case "is_instance_of":
            return f"must be a {limits['class']}"
    expected = _EXPECTED.get(kind.split("_", maxsplit=1)[0])
    return f"must be {expected}" if expected else detail["msg"]


def _remedy(model: type[pydantic.BaseModel], path: tuple[int | str, ...], detail: ErrorDetails) -> str:
    kind, value = detail["type"], detail["input"]
    if isinstance(value, pulumi.Output):
        return "an Output is known too late: give a plain value"
    is_text = kind == "string_type" or repr(str(value)) in detail.get("ctx", {}).get("expected", "")
    if is_text and _looks_bare(value):
        return _IN_QUOTES
    if kind in _WITHOUT_QUOTES and isinstance(value, str) and _WITHOUT_QUOTES[kind].fullmatch(value):
        return "remove the quotes"
    if kind == "model_type":
        return _remedy_of_part(_holder(model, path), path, value)
    if kind in ("mapping_type", "dict_type") and isinstance(value, list):
        return _remedy_of_list(_holder(model, path), value)
    holder = _holder(model, path[:-1])
    field = holder.model_fields.get(str(path[-1])) if holder and path else None
    if field is None or field.is_required():
        return ""
    if isinstance(field.default, Sized):
        return "remove it to get the default of the tier"
    if isinstance(field.default, str | int | float):
        return f"remove it to get {as_written(field.default)}"
    return ""


def remedy_of_nothing(model: type[pydantic.BaseModel], path: tuple[int | str, ...]) -> str:
    """What to do about a key without a value: easily meant as "with all defaults", and read as none."""
    *_, (part, field) = _walk(model, path)
    several = field is not None and get_origin(field.annotation) in (Mapping, tuple)
    how = "" if several else _remedy_of_part(part, path, None)
    return f"{how or 'write one'}, or remove the line"


def _remedy_of_part(part: type[pydantic.BaseModel] | None, path: tuple[int | str, ...], value: object) -> str:
    """How to write one part, such as a service's database, where something else stands."""
    if value is False:
        return "remove it to have none"
    if part and path and isinstance(value, str | int | float | None) and _may_be_empty(part):
        return f"write {shown_name(str(path[-1]))}: {{}} for one with all defaults"
    return ""


def _remedy_of_list(part: type[pydantic.BaseModel] | None, names: list[Any]) -> str:
    """How to write as a mapping what stands there as a list."""
    if part and _may_be_empty(part) and names and isinstance(names[0], str):
        return f"write a mapping: `{shown_name(names[0])}: {{}}`"
    return "write `name: value` lines"


def _may_be_empty(part: type[pydantic.BaseModel]) -> bool:
    return not any(field.is_required() for field in part.model_fields.values())


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
