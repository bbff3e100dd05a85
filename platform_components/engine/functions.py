"""The interface through which the engine gets the results of provider functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from platform_components.base.errors import is_sensitive_name
from platform_components.base.markers import MARK, UNKNOWN, Unknown
from platform_components.engine.source import Source
from platform_components.engine.values import without_secrets

_LONGEST_ARGUMENT = 200
"""Longer strings are documents."""

Origin = Literal["computed", "answered", "assumed", "unknown"]


@dataclass(frozen=True)
class FunctionCall:
    """A call of a provider function, such as `aws:ec2/getAmi:getAmi`.

    All values are known in the calls that Functions get.
    """

    token: str
    arguments: Mapping[str, Any]
    provider: Mapping[str, Any]
    """Configuration of the provider: of an explicit one its inputs, otherwise the stack's (`region`)."""
    fields: tuple[str, ...] = ()
    """Fields of the result that the SDK declares; empty if it declares none."""
    optional_fields: frozenset[str] = frozenset()
    """Those of them that the SDK declares as optional."""
    default_provider: bool = True
    """Whether the provider is the default one, which has the stack's configuration."""


@dataclass(frozen=True)
class FunctionResult:
    """The result of a call. Parts that are UNKNOWN become unknown Outputs."""

    value: Mapping[str, Any] | Unknown
    origin: Origin
    source: str = ""
    """The file and entry of an answer, such as `platform.yaml answers[0]`."""
    warning: str = ""
    """Text of a warning at the line of the call."""
    region: str = ""
    """Region of the call, if the function has one."""


Functions = Callable[[FunctionCall], FunctionResult]
"""Returns the result of a call. Raises DeclarationError if the function fails with these arguments."""


def unknown_functions(call: FunctionCall) -> FunctionResult:
    """Return an unknown result for every call."""
    return FunctionResult(UNKNOWN, "unknown")


@dataclass(frozen=True)
class FunctionUse:
    """A call of a provider function by the program."""

    token: str
    arguments: Mapping[str, Any] | Unknown
    """UNKNOWN if the function was not called, because parts of its arguments are unknown."""
    origin: Origin
    answer: str = ""
    """The file and entry of an answer."""
    region: str = ""
    """Region of the call, if the function has one."""
    source: Source | None = field(default=None)
    """Line of user code."""

    def to_dict(self) -> dict[str, Any]:
        """Return JSON data without secrets. `answer` and `source` are omitted if they are empty."""
        return {
            "token": self.token,
            "arguments": _shown(without_secrets(self.arguments)),
            "origin": self.origin,
            **({"answer": self.answer} if self.answer else {}),
            **({"source": str(self.source)} if self.source else {}),
        }


def _shown(value: Any, name: str = "") -> Any:
    """Arguments as JSON data, without strings whose name indicates a secret, and without documents.

    A document, such as a Kubernetes manifest, can contain secrets.
    """
    if isinstance(value, Mapping):
        return {key: _shown(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item, name) for item in value]
    if not isinstance(value, str):
        return value
    if is_sensitive_name(name):
        return MARK
    is_document = len(value) > _LONGEST_ARGUMENT or "\n" in value or value.startswith("{")
    return f"[{len(value)} characters]" if is_document else value
