"""The value types that fields of args are made of: each knows what is allowed, and says so in words."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import pulumi
from pydantic import AfterValidator, Field, GetCoreSchemaHandler, Strict
from pydantic_core import core_schema

T = TypeVar("T")


class _OrOutput:
    """Lets a `pulumi.Output` through unchecked: its value is not known before the deployment."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        plain = tuple(arg for arg in get_args(source) if get_origin(arg) is not pulumi.Output)
        inner = handler.generate_schema(Union[plain] if len(plain) > 1 else plain[0])  # noqa: UP007 - built at run time

        def check(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
            return value if isinstance(value, pulumi.Output) else validate(value)

        return core_schema.no_info_wrap_validator_function(check, inner)


Input = Annotated[T | pulumi.Output[T], _OrOutput()]
"""A plain value, or the output of another resource. Plain values are checked, outputs are not."""


def matching(pattern: str, words: str) -> AfterValidator:
    """For `Annotated[str, ...]`: the whole text must match; `words` say what it then is, after "must be"."""
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
    if network is None or "/" not in value:  # without a prefix it would mean a single address
        raise ValueError("must be an IPv4 network such as 10.20.0.0/16")
    if value != str(network):
        raise ValueError(f"must be a network, not an address in it: {network}")
    return value


Flag = Annotated[bool, Strict()]
"""true or false; nothing that merely looks like it."""
Count = Annotated[int, Strict(), Field(ge=0)]
"""A whole number, zero or more."""
Days = Annotated[int, Strict(), Field(ge=0, le=3653)]
"""Whole days, ten years at most."""
Gigabytes = Annotated[int, Strict(), Field(ge=1, le=65536)]
"""Whole gigabytes (GiB, as AWS counts storage)."""
Percent = Annotated[int, Strict(), Field(ge=1, le=100)]
"""A whole percentage."""
Port = Annotated[int, Strict(), Field(ge=1, le=65535)]
"""A TCP port."""
Cidr = Annotated[str, AfterValidator(_network)]
"""An IPv4 network such as `10.20.0.0/16`; bits right of the prefix must be zero."""
Region = Annotated[str, matching(r"[a-z]{2}(-[a-z]+)+-[0-9]", "an AWS region such as eu-west-1")]
"""An AWS region such as `eu-west-1`."""
Label = Annotated[
    str,
    matching(
        r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        "lowercase letters, digits and hyphens, start with a letter, 63 characters at most",
    ),
]
"""A DNS label: lowercase letters, digits and hyphens, 63 at most, starting with a letter."""
Fact = Annotated[
    str,
    matching(
        r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
        "letters, digits, dots, hyphens and underscores, 63 at most, with no punctuation at its ends",
    ),
]
"""A short word that is valid both as an AWS tag value and as a Kubernetes label value."""
