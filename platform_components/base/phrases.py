"""Messages for invalid fields: converts pydantic's validation errors to `Problem`s with a remedy."""

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

_ADD_QUOTES = "put it in quotes"
_NUMBER = r"-?[0-9]+"
_VALID_WITHOUT_QUOTES = {
    **dict.fromkeys(("int_type", "int_parsing"), re.compile(_NUMBER)),
    **dict.fromkeys(("float_type", "float_parsing"), re.compile(rf"{_NUMBER}(\.[0-9]+)?")),
    **dict.fromkeys(("bool_type", "bool_parsing"), re.compile("true|false", re.IGNORECASE)),
}
"""By error type: strings that would be valid without their quotes."""
_YAML_TYPES = (str, int, float, datetime.date, list, tuple, type(None))
"""Types that a YAML file can contain. A value of any other type was passed by a program."""
_MOST_SUGGESTIONS = 200
"""Problems of one message for which a similar field is searched, which takes a millisecond each."""
_SEPARATORS = re.compile(r"[\s,:\[\]{}]")
"""Characters that separate several items, or that need quotes in a YAML list."""
_LONGEST_ITEM = 40
_EXPECTED = {
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "string": "a string",
    "dict": "a mapping",
    "mapping": "a mapping",
    "list": "a list",
    "tuple": "a list",
    "model": "a mapping",
    "none": "empty",
    "invalid": "a string",
}


def problems_of(model: type[pydantic.BaseModel], error: pydantic.ValidationError) -> list[Problem]:
    """All problems of a failed validation of `model`, in the order of its fields."""
    details = [detail for detail in error.errors(include_url=False) if not _follows_from_another(detail)]
    return [
        _problem(model, detail, suggest=number < _MOST_SUGGESTIONS) for number, detail in enumerate(details)
    ]


def _follows_from_another(detail: ErrorDetails) -> bool:
    """Whether a list is only too short because its invalid entries, reported separately, do not count."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _problem(model: type[pydantic.BaseModel], detail: ErrorDetails, *, suggest: bool) -> Problem:
    kind, value, path = detail["type"], detail["input"], detail["loc"]
    of_key = path[-1:] == ("[key]",)
    path = path[:-1] if of_key else path
    where = ""
    for step in path:
        where = join_path(where, f"[{step}]" if isinstance(step, int) else step)
    if of_key or kind == "invalid_key":
        return Problem(where, f"key {_phrase(kind, detail)}", _ADD_QUOTES if _lacks_quotes(value) else "")
    holder = _holder(model, path[:-1])
    name = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        # The meaning of the field is unknown, so any text in it may be secret.
        shown = not value if isinstance(value, str | list | tuple | Mapping) else True
        remedy = _suggestion(holder, name) if suggest else ""
        return Problem(where, "unknown field", remedy, value if shown else ABSENT)
    if kind == "missing":
        return Problem(where, "is required", _purpose(holder, name))
    shown = _may_be_shown(model, path)
    return Problem(where, _phrase(kind, detail), _remedy(model, path, detail), value if shown else ABSENT)


def _suggestion(holder: type[pydantic.BaseModel] | None, name: str) -> str:
    """The field nearest to an unknown name, or all fields if none is near."""
    if holder is None:
        return ""
    aliases: Mapping[str, str] = getattr(holder, "also_known_as", {})
    near = aliases[name] if name in aliases else nearest(name, holder.model_fields)
    if near:
        return f"did you mean {near}?"
    known = sorted(holder.model_fields)
    return one_of(known, most=len(known))


def _lacks_quotes(value: object) -> bool:
    """Whether YAML parsed an unquoted string as another type: `4711`, `2030-01-01`."""
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
            entries = "entry" if limits["min_length"] == 1 else "entries"
            return f"must have at least {limits['min_length']} {entries}"
        case "too_long":
            return f"must have at most {limits['max_length']} entries"
        case "string_too_short":
            return (
                "must not be empty"
                if limits["min_length"] == 1
                else f"must have at least {limits['min_length']} characters"
            )
        case "string_too_long":
            return f"must have at most {limits['max_length']} characters"
        case "model_type" if not isinstance(detail["input"], _YAML_TYPES):
            return f"must be {limits['class_name']}(...)"
        case "int_from_float":
            return "must be an integer"
        case "is_instance_of":
            return f"must be a {limits['class']}"
    expected = _EXPECTED.get(kind.split("_", maxsplit=1)[0])
    return f"must be {expected}" if expected else detail["msg"]


def _remedy(model: type[pydantic.BaseModel], path: tuple[int | str, ...], detail: ErrorDetails) -> str:
    kind, value = detail["type"], detail["input"]
    if isinstance(value, pulumi.Output):
        return "pass a plain value; an Output is unknown until deployment"
    if remedy := getattr(detail.get("ctx", {}).get("error"), "remedy", ""):
        return str(remedy)
    is_string = kind == "string_type" or repr(str(value)) in detail.get("ctx", {}).get("expected", "")
    if is_string and _lacks_quotes(value):
        return _ADD_QUOTES
    unquoted = _VALID_WITHOUT_QUOTES.get(kind)
    if unquoted and isinstance(value, str) and unquoted.fullmatch(value):
        return "remove the quotes"
    if kind == "model_type":
        return _remedy_for_part(_holder(model, path), path, value)
    if kind in ("mapping_type", "dict_type") and isinstance(value, list):
        return _remedy_for_list(_holder(model, path), value)
    if kind in ("tuple_type", "list_type") and isinstance(value, str):
        return _remedy_for_string(value if _may_be_shown(model, path) else "")
    holder = _holder(model, path[:-1])
    field = holder.model_fields.get(str(path[-1])) if holder and path else None
    if field is None or field.is_required():
        return ""
    if isinstance(field.default, Sized):
        return "remove it to use the tier's default"
    if isinstance(field.default, str | int | float):
        return f"remove it to use the default, {as_written(field.default)}"
    return ""


def remedy_of_nothing(model: type[pydantic.BaseModel], path: tuple[int | str, ...]) -> str:
    """The remedy for a key without a value, which YAML parses as null and often means "all defaults"."""
    *_, (part, field) = _walk(model, path)
    several = field is not None and get_origin(field.annotation) in (Mapping, tuple)
    how = "" if several else _remedy_for_part(part, path, None)
    return f"{how or 'set a value'}, or remove the line"


def _remedy_for_part(
    part: type[pydantic.BaseModel] | None, path: tuple[int | str, ...], value: object
) -> str:
    """How to declare one part, such as a service's database, instead of a scalar value."""
    if value is False:
        return "remove it to disable it"
    if part and path and isinstance(value, str | int | float | None) and _has_no_required_field(part):
        return f"write {shown_name(str(path[-1]))}: {{}} for one with all defaults"
    return ""


def _remedy_for_string(text: str) -> str:
    """How to write a string as a list. An empty text stands for one that may not be shown."""
    if text and len(text) <= _LONGEST_ITEM and not _SEPARATORS.search(text):
        return f"write a list: [{text}]"
    return "write a list: [first, second]"


def _remedy_for_list(part: type[pydantic.BaseModel] | None, names: list[Any]) -> str:
    """How to write a list as a mapping."""
    if part and _has_no_required_field(part) and names and isinstance(names[0], str):
        return f"write a mapping: `{shown_name(names[0])}: {{}}`"
    return "write `name: value` lines"


def _has_no_required_field(part: type[pydantic.BaseModel]) -> bool:
    return not any(field.is_required() for field in part.model_fields.values())


def _purpose(holder: type[pydantic.BaseModel] | None, name: str) -> str:
    """The first sentence of the field's documentation."""
    field = holder.model_fields.get(name) if holder else None
    if field is None or not field.description:
        return ""
    return " ".join(field.description.split()).split(". ")[0].rstrip(".")


def _holder(model: type[pydantic.BaseModel], path: tuple[int | str, ...]) -> type[pydantic.BaseModel] | None:
    """The model at the end of a path."""
    *_, (holder, _) = _walk(model, path)
    return holder


def _may_be_shown(model: type[pydantic.BaseModel], path: tuple[int | str, ...]) -> bool:
    """Whether every field on a path has `repr` enabled."""
    return all(field is None or field.repr for _, field in _walk(model, path))


def _walk(
    model: type[pydantic.BaseModel], path: tuple[int | str, ...]
) -> Iterator[tuple[type[pydantic.BaseModel] | None, FieldInfo | None]]:
    """Follow the annotations along a path: yield the model at each step, and its field if there is one.

    The first item is `model` itself.
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
