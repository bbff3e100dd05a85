"""Value types for fields of args: each validates its values and describes the allowed ones."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import pulumi
from pydantic import AfterValidator, Field, GetCoreSchemaHandler, Strict
from pydantic_core import core_schema

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


def matching(pattern: str, words: str) -> AfterValidator:
    """Return a validator for `Annotated[str, ...]` that requires a full match of `pattern`.

    `words` describe the allowed values in the error message, after "must be".
    """
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"must be {words}")
        return text

    return AfterValidator(check)


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
Cidr = Annotated[str, AfterValidator(_network)]
"""An IPv4 CIDR block such as `10.20.0.0/16`, without host bits."""
Region = Annotated[str, matching(r"[a-z]{2}(-[a-z]+)+-[0-9]", "an AWS region such as eu-west-1")]
"""An AWS region such as `eu-west-1`."""
Label = Annotated[
    str,
    matching(
        r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        "at most 63 lowercase letters, digits and hyphens, and start with a letter",
    ),
]
"""A DNS label: at most 63 lowercase letters, digits and hyphens, starting with a letter."""
Fact = Annotated[
    str,
    matching(
        r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
        "at most 63 letters, digits, dots, hyphens and underscores, and start and end with a letter or digit",
    ),
]
"""A string that is valid both as an AWS tag value and as a Kubernetes label value."""
