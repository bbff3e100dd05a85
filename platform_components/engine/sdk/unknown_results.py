"""Unknown results of plain function calls: Outputs that reject uses which need the value now."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from pulumi import _types, output

from platform_components.engine.errors import DeclarationError
from platform_components.engine.journal import COMPLAINT, UNKNOWN_RESULT, Call, Journal, result_remedy
from platform_components.engine.sdk.output_types import fields_of


class UnknownResult(output.Output[Any]):
    """An unknown value where the SDK promises a plain one.

    Passed to a resource, it is an unknown input; `.apply`, attributes and items are unknown too. Other uses
    raise DeclarationError. The generated code of the SDKs tests and compares values before it passes
    them on; it gets the answers of an absent value.
    """

    _call: Call
    _journal: Journal

    def __getattr__(self, item: str) -> Any:
        if item.startswith("_"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{item}'")
        return self

    def __getitem__(self, key: Any) -> Any:
        return self

    def __copy__(self) -> UnknownResult:
        return self

    def __deepcopy__(self, memo: Any) -> UnknownResult:
        return self

    def __repr__(self) -> str:
        return COMPLAINT  # reported if it becomes part of an input, like that of any Output

    def __bool__(self) -> bool:
        return False if _is_sdk(sys._getframe(1).f_globals) else self._reject("in a condition")

    def __eq__(self, other: object) -> bool:
        return self is other if _is_sdk(sys._getframe(1).f_globals) else self._reject("in a comparison")

    def __ne__(self, other: object) -> bool:
        return self is not other if _is_sdk(sys._getframe(1).f_globals) else self._reject("in a comparison")

    def __hash__(self) -> int:
        return id(self) if _is_sdk(sys._getframe(1).f_globals) else self._reject("as a key")

    def __contains__(self, item: object) -> bool:
        # `result["x"] if "x" in result else []` of pulumi_kubernetes: the item is unknown too.
        return True if _is_sdk(sys._getframe(1).f_globals) else self._reject("with `in`")

    def _reject(self, use: str) -> NoReturn:
        locator = self._journal.locator
        called = self._call.source
        raise DeclarationError(
            f"the result of {self._call.subject}"
            + (f", called at {called}," if called else "")
            + f" is unknown offline, and can't be used {use}",
            remedy=result_remedy([self._call.subject.removeprefix("function ")]),
            location=locator.here() or called or locator.library_line(),
        )


_USES = {
    "as a string": "__str__ __format__ __fspath__ __bytes__",
    "as a number": "__int__ __float__ __index__ __complex__ __round__ __neg__ __abs__",
    "as a sequence": "__iter__ __len__ __reversed__",
    "as a plain value": "__call__",
    "in a comparison": "__lt__ __le__ __gt__ __ge__",
    "in an expression": "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ "
    "__floordiv__ __rfloordiv__ __mod__ __rmod__ __pow__ __rpow__ __and__ __rand__ __or__ __ror__ "
    "__xor__ __rxor__",
    "as plain data": "get __getstate__ __reduce_ex__",
}
"""How a method uses the value, and the names of these methods."""


def _rejecting(use: str) -> Callable[..., NoReturn]:
    def method(self: UnknownResult, *args: Any, **kwargs: Any) -> NoReturn:
        self._reject(use)

    return method


for _use, _names in _USES.items():
    for _name in _names.split():
        setattr(UnknownResult, _name, _rejecting(_use))
UnknownResult.__name__ = UnknownResult.__qualname__ = UNKNOWN_RESULT


def unknown_result(call: Call, journal: Journal) -> UnknownResult:
    """Return an unknown value for the result of a call, or for a part of it."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_result(output._OutputData(resources=set(), value=None, is_known=False, is_secret=False))
    result = UnknownResult._from_data(future)
    assert isinstance(result, UnknownResult)
    result._call, result._journal = call, journal
    return result


def unknown_object(call: Call, journal: Journal, type_: type | None) -> Any:
    """Return an object of a result class, all of whose fields are unknown; without one, an unknown value."""
    unknown = unknown_result(call, journal)
    if type_ is None or not _types.is_output_type(type_):
        return unknown
    return _types.output_type_from_dict(type_, dict.fromkeys(fields_of(type_), unknown))


def with_unknown_results(value: Any, call: Call, journal: Journal) -> Any:
    """Return deserialized data with an unknown value in place of each of the SDK's markers."""
    if isinstance(value, output.Unknown):
        return unknown_result(call, journal)
    if isinstance(value, dict):
        return {key: with_unknown_results(item, call, journal) for key, item in value.items()}
    if isinstance(value, list):
        return [with_unknown_results(item, call, journal) for item in value]
    return value


def _is_sdk(variables: dict[str, Any]) -> bool:
    """Whether a frame with these global variables runs code of an SDK, of asyncio or of the engine."""
    name = str(variables.get("__name__", ""))
    package = name.partition(".")[0]
    return (
        package in ("pulumi", "asyncio", "inspect")
        or (
            package.startswith("pulumi_") and _is_generated(getattr(sys.modules.get(package), "__file__", ""))
        )
        or name.startswith("platform_components.engine.")
    )


@cache
def _is_generated(file: str) -> bool:
    """Whether the package with this file is the SDK of a provider: it has a `pulumi-plugin.json`."""
    return bool(file) and Path(file).with_name("pulumi-plugin.json").is_file()
