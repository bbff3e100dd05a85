"""The resolved values of a component's args as plain data, with their origins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from platform_components.base.component import Component
from platform_components.base.errors import (
    NOT_SHOWN,
    InvalidInput,
    Problem,
    did_you_mean,
    is_sensitive_name,
    nearest,
    one_of,
)
from platform_components.base.frozen import thawed
from platform_components.base.sizing import TIERS

_SUBJECT = "COMPONENT[.FIELD]"


@dataclass(frozen=True)
class Value:
    """One field of one component's args, resolved."""

    component: str
    kind: str
    field: str
    value: Any
    """JSON data; `(known after the deployment)` for the output of another resource, and `[not shown]` if the
    name of the field indicates a secret."""
    origin: str
    description: str
    sizing: str
    """The row of the sizing table with the default of the field; empty if there is none."""
    tiers: Mapping[str, Any]
    """The default in each tier, including overrides in platform.yaml."""


def values_of(component: Component[Any]) -> Iterator[Value]:
    """Every field of a component's args, without nested args: those belong to the nested components.

    After them every value of `customize`, as `customize.instance.multi_az`.
    """
    for name, about in type(component.args).model_fields.items():
        value = getattr(component.args, name)
        if component.args.holds_args(name) or (name == "customize" and not value):
            continue
        extra = about.json_schema_extra
        row = str(extra["sizing"]) if isinstance(extra, dict) and "sizing" in extra else ""
        yield Value(
            component=component.name,
            kind=type(component).__name__,
            field=name,
            value=_plain(name, value),
            origin=component.args.origin(name),
            description=" ".join((about.description or "").split()),
            sizing=row,
            tiers={tier: component.context.sizing.cell(row, tier).value for tier in TIERS} if row else {},
        )
    for child, found in component.overrides.items():
        for path, value in found.items():
            yield Value(
                component=component.name,
                kind=type(component).__name__,
                field=f"customize.{child}.{path}",
                value=_plain(path, thawed(value)),
                origin=component.args.origin("customize"),
                description=f"Overrides the argument of the child {child}.",
                sizing="",
                tiers={},
            )


def narrowed(values: Sequence[Value], path: str) -> list[Value]:
    """The values of `COMPONENT` or `COMPONENT.FIELD`; a component is identified by name or kind.

    Raises:
        InvalidInput: there is no such component, or it has no such field.
    """
    if not path:
        return list(values)
    component, _, field = path.partition(".")
    matching = [value for value in values if component.lower() in (value.component, value.kind.lower())]
    if not matching:
        raise InvalidInput(_SUBJECT, [_no_component(component, field, values)])
    chosen = [value for value in matching if field in ("", value.field)]
    if not chosen:
        remedy = did_you_mean(field, {value.field for value in matching})
        raise InvalidInput(_SUBJECT, [Problem(f'"{path}"', f"{component} has no such field", remedy)])
    return chosen


def _no_component(word: str, field: str, values: Sequence[Value]) -> Problem:
    """The problem of an unknown component, which can be the name of a field instead."""
    where = f'"{word}"'
    if not values:
        return Problem(where, "the stack has no components of this library", "remove it")
    names = {value.component for value in values}
    kinds = {value.kind.lower() for value in values}
    meant = nearest(word, names | kinds)
    known = nearest(word, {value.field for value in values})
    if field or meant or not known:
        return Problem(
            where, "no such component", f"did you mean {meant}?" if meant else did_you_mean(word, names)
        )
    paths = [f"{value.component}.{known}" for value in values if value.field == known]
    what = "is a field, not a component" if word == known else "no such component"
    return Problem(where, what, f"did you mean {paths[0]}?" if len(paths) == 1 else one_of(paths))


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, pulumi.Output):
        return "(known after the deployment)"
    if is_sensitive_name(name) and value is not None:
        return NOT_SHOWN
    if isinstance(value, Mapping):
        return {str(key): _plain(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return f"({type(value).__name__})"
