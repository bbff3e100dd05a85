"""The configuration that Pulumi.yaml declares: keys, types, defaults and secrets.

The rules are those of Pulumi: `Project.Validate` and `ValidateConfigValue` in
sdk/go/common/workspace/project.go, project.json next to it, and `validateStackConfigValues` in
pkg/workspace/config.go of pulumi/pulumi.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from platform_components.base.errors import ABSENT, Problem, did_you_mean
from platform_components.base.markers import UNKNOWN
from platform_components.engine.config_path import Steps, parse_path

_TYPES: Final = ("string", "boolean", "integer", "array", "object")
_ATTRIBUTES: Final = ("type", "items", "description", "secret", "default", "value")
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_ITEMS_REMEDY = "add the type of its items: `items: {type: string}`"


@dataclass(frozen=True)
class ConfigType:
    """The declared type of a value."""

    name: str
    items: ConfigType | None = None
    """Type of the items of an array."""

    def __str__(self) -> str:
        return f"array<{self.items}>" if self.items else self.name

    def accepts(self, value: object) -> bool:
        """Whether Pulumi accepts the value, see `as_text`. An unknown value is accepted."""
        if value is UNKNOWN:
            return True
        match self.name:
            case "string":
                return isinstance(value, str)
            case "integer":
                if isinstance(value, str):
                    return _INTEGER.fullmatch(value) is not None and -(2**63) <= int(value) < 2**63
                return isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0
            case "boolean":
                return isinstance(value, bool) or value in ("true", "false")
            case "object":
                return isinstance(value, Mapping)
        items = self.items
        return isinstance(value, list) and items is not None and all(map(items.accepts, value))


@dataclass(frozen=True)
class Declaration:
    """One key under `config` of Pulumi.yaml."""

    key: str
    """The key with its namespace."""
    path: Steps
    """The path of its value: the first step is a key with its namespace."""
    type: ConfigType | None = None
    """None: any type."""
    secret: bool = False
    default: Any = None
    """The value in stacks that do not set the key. None, as in Pulumi: every stack must set it."""

    @property
    def must_be_encrypted(self) -> bool:
        """Whether Pulumi rejects a value in plain text; it checks only keys with a type."""
        return self.secret and self.type is not None


def full_key(key: str, project: str) -> str:
    """Return a key with its namespace, which is the project's by default.

    `namespace:config:name` is a former spelling of `namespace:name` (`ParseKey` in
    sdk/go/common/resource/config/key.go).
    """
    if ":" not in key:
        return f"{project}:{key}"
    namespace, _, name = key.partition(":")
    return f"{namespace}:{name.removeprefix('config:')}"


def key_problem(key: str) -> Problem | None:
    """Return the problem of a key that Pulumi does not accept."""
    if key.count(":") < 2 or (key.count(":") == 2 and key.split(":")[1] == "config"):
        return None
    return Problem(f"config.{key}", "must be `name` or `namespace:name`", "remove the extra colons")


def path_of(key: str) -> Steps | None:
    """The path of the value of a key with its namespace; None if its name is not a path."""
    namespace, _, name = key.partition(":")
    steps = parse_path(name)
    return steps and (f"{namespace}:{steps[0]}", *steps[1:])


def as_text(value: object) -> object:
    """Return a scalar as the string that Pulumi stores; other values unchanged."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else value


def is_plain(value: object) -> bool:
    """Whether a value consists of types that configuration supports."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)


def not_plain(where: str) -> Problem:
    return Problem(where, "has a type that configuration does not support", "put it in quotes")


def parse_declarations(
    declared: Mapping[str, Any], project: str
) -> tuple[dict[str, Declaration], list[Problem]]:
    """Parse the `config` section of Pulumi.yaml: the declarations by full key, and all problems.

    The declarations are sorted by key, the order in which Pulumi applies their defaults.
    """
    declarations: dict[str, Declaration] = {}
    problems: list[Problem] = []
    for key, value in sorted(declared.items()):
        full = full_key(key, project)
        path = path_of(full)
        if problem := key_problem(key):
            problems.append(problem)
        elif path is None:
            remedy = "put a name with periods or brackets in brackets and quotes: `'[\"a.b\"]'`"
            problems.append(Problem(f"config.{key}", "is not a valid path", remedy))
        elif not is_plain(value):
            problems.append(not_plain(f"config.{key}"))
        elif isinstance(value, dict):
            found = [*_declaration_problems(f"config.{key}", value, own=full.startswith(f"{project}:"))]
            problems += found
            if not found:
                default = value.get("default")
                declarations[full] = Declaration(
                    full,
                    path,
                    _type_of(value),
                    bool(value.get("secret")),
                    value.get("value") if default is None else default,
                )
        elif isinstance(value, str | int | list):
            declarations[full] = Declaration(full, path, default=value)
        else:
            what = "must be a string, an integer, true or false, a list, or a declaration"
            problems.append(Problem(f"config.{key}", what, "such as `{type: string}`", value))
    return declarations, problems


def _type_of(schema: Mapping[str, Any]) -> ConfigType | None:
    if schema.get("type") is None:
        return None
    items = schema.get("items")
    return ConfigType(schema["type"], _type_of(items) if isinstance(items, dict) else None)


def _declaration_problems(where: str, schema: Mapping[str, Any], *, own: bool) -> Iterator[Problem]:
    """`own`: whether the key is in the project's namespace; only those can have a type."""
    for attribute in schema:
        if attribute not in _ATTRIBUTES:
            yield Problem(f"{where}.{attribute}", "unknown attribute", did_you_mean(attribute, _ATTRIBUTES))
    if not isinstance(schema.get("secret", False), bool):
        yield Problem(f"{where}.secret", "must be true or false", value=schema["secret"])
    default, value = schema.get("default"), schema.get("value")
    if default is not None and value is not None:
        yield Problem(where, "has both `default` and `value`", "remove one of them")
    if not own:
        yield from _foreign_key_problems(where, schema)
        return
    problems = [*_type_problems(where, schema)]
    yield from problems
    type_ = None if problems else _type_of(schema)
    if type_ and default is not None and not type_.accepts(default):
        yield Problem(f"{where}.default", f"must be of type {type_}", value=_shown(schema, default))
    if type_ and value is not None and not type_.accepts(as_text(value)):
        yield Problem(f"{where}.value", f"must be of type {type_}", value=_shown(schema, value))


def _foreign_key_problems(where: str, schema: Mapping[str, Any]) -> Iterator[Problem]:
    if schema.get("type") is not None:
        yield Problem(f"{where}.type", "is only allowed for keys of the project", "remove it")
    if schema.get("default") is not None:
        yield Problem(f"{where}.default", "is only allowed for keys of the project", "write `value` instead")
    elif schema.get("value") is None:
        yield Problem(f"{where}.value", "is required for a key of another namespace", "add it")


def _type_problems(where: str, schema: Mapping[str, Any]) -> Iterator[Problem]:
    type_, items = schema.get("type"), schema.get("items")
    if "type" in schema and type_ not in _TYPES:
        remedy = did_you_mean(type_, _TYPES) if isinstance(type_, str) else did_you_mean("", _TYPES)
        yield Problem(f"{where}.type", "unknown type", remedy, type_)
    if items is not None and not isinstance(items, dict):
        yield Problem(f"{where}.items", "must be a mapping", "such as {type: string}", items)
    elif items is not None:
        if "type" not in items:
            yield Problem(f"{where}.items.type", "is required", did_you_mean("", _TYPES))
        yield from _type_problems(f"{where}.items", items)
    elif type_ == "array":
        yield Problem(where, "is an array without `items`", _ITEMS_REMEDY)


def _shown(schema: Mapping[str, Any], value: object) -> object:
    return ABSENT if schema.get("secret") else value
