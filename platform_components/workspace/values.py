"""The resolved values of a component's args, as plain data: what each is, and where it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from platform_components.base.component import Component
from platform_components.base.errors import InvalidInput, Problem, did_you_mean, is_sensitive_name
from platform_components.base.sizing import TIERS


@dataclass(frozen=True)
class Value:
    """One field of one component's args, resolved."""

    component: str
    kind: str
    field: str
    value: Any
    """JSON data; `(known after the deployment)` for the output of another resource."""
    origin: str
    description: str
    sizing: str
    """The row of the sizing table that decides the field when it is left out; empty for none."""
    tiers: Mapping[str, Any]
    """What each tier gets when the field is left out, platform.yaml's overrides included."""


def values_of(component: Component[Any]) -> Iterator[Value]:
    """Every field of a component's args; args of its parts are the parts' own, and not repeated."""
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


def narrowed(values: Sequence[Value], words: str) -> list[Value]:
    """The values that `COMPONENT`, or `COMPONENT.FIELD`, means; a component goes by name or by kind.

    Raises:
        InvalidInput: there is no such component, or it has no such field.
    """
    if not words:
        return list(values)
    component, _, field = words.partition(".")
    fitting = [value for value in values if component.lower() in (value.component, value.kind.lower())]
    if not fitting:
        remedy = did_you_mean(component, {value.component for value in values})
        raise InvalidInput("COMPONENT.FIELD", [Problem(f'"{component}"', "no such component", remedy)])
    chosen = [value for value in fitting if field in ("", value.field)]
    if not chosen:
        remedy = did_you_mean(field, {value.field for value in fitting})
        raise InvalidInput(
            "COMPONENT.FIELD", [Problem(f'"{words}"', f"{component} has no such field", remedy)]
        )
    return chosen


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, pulumi.Output):
        return "(known after the deployment)"
    if is_sensitive_name(name) and value is not None:
        return "[not shown]"
    if isinstance(value, Mapping):
        return {str(key): _plain(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return f"({type(value).__name__})"
