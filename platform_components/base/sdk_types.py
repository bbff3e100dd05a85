"""Resource types and their arguments, from the generated classes of the Pulumi SDKs.

The only module that uses these private parts: the tables in which an SDK registers its classes, and the
types that `pulumi.input_type` stores on a class. The SDK of a type is imported on first use of the type.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Union, get_args, get_origin

import pulumi
from pulumi import _types
from pulumi.runtime import rpc

_PROVIDER: Final = "pulumi:providers:"
ENTRY: Final = "[]"
"""A step of a path: any entry of a list."""


@dataclass(frozen=True)
class Argument:
    """An argument of a resource, or a property of an object in one."""

    name: str
    """Its name in programs: `backup_retention_period`."""
    provider_name: str
    """Its name in the provider's schema: `backupRetentionPeriod`."""
    kind: Any
    """Type of its values."""
    required: bool


@cache
def fields_of(kind: type) -> Mapping[str, Argument]:
    """Return the properties of an object, a class of args, by both spellings of their names."""
    kinds, parameters = _fields(kind), inspect.signature(kind).parameters
    found: dict[str, Argument] = {}
    for name, provider_name in _types.input_type_py_to_pulumi_names(kind).items():
        required = name in parameters and parameters[name].default is inspect.Parameter.empty
        argument = Argument(name, provider_name, kinds[provider_name], required)
        found |= {name: argument, provider_name: argument}
    return found


def is_object(kind: Any) -> bool:
    """Whether a type is the class of an object's args, so that an SDK defines its properties."""
    return isinstance(kind, type) and _types.is_input_type(kind)


def properties(value: Any) -> Mapping[str, Any] | None:
    """Return the properties of a mapping, or of an instance of an args class; None for other values."""
    if isinstance(value, Mapping):
        return value
    return _types.input_type_to_untranslated_dict(value) if is_object(type(value)) else None


@dataclass(frozen=True)
class UnknownName:
    """A name that an SDK does not have, and the most similar one that it has."""

    name: str
    similar: str = ""
    is_output: bool = False
    """Whether the resource has an output of that name."""


def find_type(token: str) -> UnknownName | None:
    """Return None if an installed SDK has this type, otherwise the most similar token of its package.

    Raises:
        LookupError: the SDK is not installed.
    """
    if _class_of(token) is not None:
        return None
    return UnknownName(token, _similar(token, _tokens(_package_of(token))))


def find_property(token: str, path: Sequence[str]) -> UnknownName | None:
    """Return None if resources of this type have a nested argument, otherwise its first unknown name.

    A path is `("spec", "replicas")`, with the provider's names (`backupRetentionPeriod`) and `"[]"` for any
    entry of a list. If the SDK does not define the names, such as the keys of tags, all are valid.

    Raises:
        LookupError: no installed SDK has the type.
    """
    resource = _class_of(token)
    if resource is None:
        raise LookupError(token)
    found: list[Any] = [args_class(resource)]
    for step in path:
        below = [kind for holder in found for kind in _below(holder, step)]
        if below:
            found = [one for kind in below for one in alternatives(kind)]
        elif any(_is_container(kind) for kind in found):
            known = [name for kind in found if _types.is_input_type(kind) for name in _fields(kind)]
            is_output = len(path) == 1 and step in _types.resource_types(resource)
            return UnknownName(step, _similar(step, known), is_output)
        else:
            return None  # a string, a number or any value: nothing more to check
    return None


def _fields(kind: type) -> dict[str, type]:
    """The types of an object's properties by the provider's names."""
    return _types.input_type_types(kind)


def _is_container(kind: Any) -> bool:
    origin = get_origin(kind)
    return _types.is_input_type(kind) or (isinstance(origin, type) and issubclass(origin, Mapping | Sequence))


def _below(kind: Any, step: str) -> list[Any]:
    """The type at one step below a type; empty if there is none."""
    if _types.is_input_type(kind):
        known = _fields(kind)
        return [known[step]] if step in known else []
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return [arguments[1]]
    if isinstance(origin, type) and issubclass(origin, Sequence) and step == ENTRY:
        return [arguments[0]]
    return []


def alternatives(kind: Any) -> list[Any]:
    """Return the types that a value can have, without None, Output and Awaitable."""
    if get_origin(kind) not in (Union, types.UnionType):
        return [kind]
    return [
        one for alternative in get_args(kind) if not _wraps(alternative) for one in alternatives(alternative)
    ]


def _wraps(kind: Any) -> bool:
    return kind is type(None) or getattr(get_origin(kind), "__name__", "") in ("Awaitable", "Output")


def _package_of(token: str) -> str:
    return token.removeprefix(_PROVIDER).partition(":")[0]


@cache
def _sdk(package: str) -> types.ModuleType | None:
    name = f"pulumi_{package.replace('-', '_')}"
    return import_module(name) if find_spec(name) else None


@cache
def _tokens(package: str) -> Mapping[str, tuple[str, str]]:
    """The type tokens of an SDK that is imported: each with the module and the name of its class."""
    found = {f"{_PROVIDER}{package}": (f"pulumi_{package.replace('-', '_')}", "Provider")}
    for key, modules in rpc._RESOURCE_MODULES.items():
        if key.partition(":")[0] == package:
            for module in modules:
                info = module.mod_info  # type: ignore[attr-defined] # of every generated SDK
                found |= {token: (info["fqn"], name) for token, name in info["classes"].items()}
    return found


def _class_of(token: str) -> type[pulumi.Resource] | None:
    package = _package_of(token)
    if _sdk(package) is None:
        raise LookupError(token)
    place = _tokens(package).get(token)
    if place is None:
        return None
    module, name = place
    found: type[pulumi.Resource] = getattr(import_module(module), name)
    return found


def args_class(resource: type[pulumi.Resource]) -> Any:
    """Return the class of a resource's arguments; in the SDK for Kubernetes, `DeploymentInitArgs`."""
    module = sys.modules[resource.__module__]
    name = resource.__name__
    return getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")


def _similar(name: str, known: Iterable[str]) -> str:
    return next(iter(get_close_matches(name, list(known), n=1)), "")
