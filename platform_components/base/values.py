"""Value types for fields of args: each validates its values and describes the allowed ones."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import pulumi
from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from platform_components.base.errors import did_you_mean
from platform_components.base.regions import aws_regions, regions_date

T = TypeVar("T")


class InvalidValueError(ValueError):
    """A value that a validator rejects, with a remedy for this value: `did you mean 512Mi?`."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class _OrOutput:
    """Accepts a `pulumi.Output` without validation: its value is unknown until deployment."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        plain = tuple(arg for arg in get_args(source) if get_origin(arg) is not pulumi.Output)
        inner = handler.generate_schema(Union[plain] if len(plain) > 1 else plain[0])  # noqa: UP007 - built at run time

        def check(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
            return value if isinstance(value, pulumi.Output) else validate(value)

        return core_schema.no_info_wrap_validator_function(check, inner)


Input = Annotated[T | pulumi.Output[T], _OrOutput()]
"""A plain value, or the output of another resource. Only plain values are validated."""


@dataclass(frozen=True, eq=False)  # by identity: metadata of a type must be hashable
class InSchema:
    """Adds keywords to the JSON Schema of a type, so that editors reject what its validator rejects.

    A schema can be more lenient than the validator, never stricter.
    """

    keywords: Mapping[str, Any]

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), **self.keywords}


@dataclass(frozen=True, eq=False)
class InSchemaFrom:
    """Like `InSchema`, with keywords from a table, which is read only when a schema is requested."""

    keywords: Callable[[], Mapping[str, Any]]

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), **self.keywords()}


def in_schema(pattern: str | re.Pattern[str]) -> InSchema:
    """Return the annotation for a string that matches all of `pattern`, in the syntax of ECMAScript too."""
    return InSchema({"pattern": as_ecmascript(pattern)})


def as_ecmascript(pattern: str | re.Pattern[str]) -> str:
    """Return a pattern that matches a complete string, in the syntax of ECMAScript too."""
    text = pattern if isinstance(pattern, str) else pattern.pattern
    return f"^(?:{text})$"


@dataclass(frozen=True)
class matching:  # noqa: N801 - used like a function
    """Validator for `Annotated[str, ...]` that requires a full match of `pattern`, also in the JSON Schema.

    `words` describe the allowed values in the error message, after "must be".
    """

    pattern: str
    words: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return in_schema(self.pattern).__get_pydantic_json_schema__(schema, handler)

    def check(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise ValueError(f"must be {self.words}")
        return text


def _network(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        network = None
    if network is None or "/" not in value:  # without a prefix length it would be a single address
        raise ValueError("must be an IPv4 CIDR block such as 10.20.0.0/16")
    if value != str(network):
        raise ValueError(f"must not have host bits set; the network is {network}")
    return value


def _region(name: str) -> str:
    if name not in aws_regions():
        raise InvalidValueError(
            f"unknown AWS region as of {regions_date()}", did_you_mean(name, aws_regions())
        )
    return name


Flag = Annotated[bool, Strict()]
"""true or false, without conversion from other types."""
Count = Annotated[int, Strict(), Field(ge=0)]
"""A non-negative integer."""
Days = Annotated[int, Strict(), Field(ge=0, le=3653)]
"""A number of days, at most ten years."""
Gigabytes = Annotated[int, Strict(), Field(ge=1, le=65536)]
"""A number of gigabytes (GiB, as AWS measures storage)."""
Percent = Annotated[int, Strict(), Field(ge=1, le=100)]
"""An integer percentage."""
Port = Annotated[int, Strict(), Field(ge=1, le=65535)]
"""A TCP port."""
Cidr = Annotated[str, AfterValidator(_network), in_schema(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,2}")]
"""An IPv4 CIDR block such as `10.20.0.0/16`, without host bits."""
Region = Annotated[
    str,
    matching(r"[a-z]{2,4}(-[a-z]+)+-[0-9]", "an AWS region such as eu-west-1"),
    AfterValidator(_region),
    InSchemaFrom(lambda: {"enum": sorted(aws_regions())}),
]
"""An AWS region such as `eu-west-1`."""
AccountId = Annotated[str, matching(r"[0-9]{12}", "12 digits")]
"""An AWS account ID."""
Label = Annotated[
    str,
    matching(
        r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        "at most 63 lowercase letters, digits and hyphens, and start with a letter",
    ),
]
"""A DNS label: at most 63 lowercase letters, digits and hyphens, starting with a letter."""
ProjectName = Annotated[
    str, matching(r"[A-Za-z0-9_.-]{1,100}", "at most 100 letters, digits, hyphens, underscores and periods")
]
"""The name of a Pulumi project."""
Fact = Annotated[
    str,
    matching(
        r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
        "at most 63 letters, digits, dots, hyphens and underscores, and start and end with a letter or digit",
    ),
]
"""A string that is valid both as an AWS tag value and as a Kubernetes label value."""
