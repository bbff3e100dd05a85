"""The results of provider functions in a preview, with the types that the SDK declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from platform_components.engine import sdk
from platform_components.engine.functions import FunctionCall, FunctionResult, Functions, FunctionUse
from platform_components.engine.journal import CURRENT, Call, Journal
from platform_components.engine.values import UNKNOWN, Unknown, is_unknown


def invoked(invoke: FunctionCall, functions: Functions, journal: Journal) -> Mapping[str, Any] | Unknown:
    """Return the result of a call, which is unknown if any argument or the provider's configuration is.

    The fields of the result are those of the current call. The call and its origin are recorded in the
    journal.
    """
    call = CURRENT.get()
    result = FunctionResult(UNKNOWN, "unknown")
    if not is_unknown(invoke.arguments) and not is_unknown(invoke.provider):
        class_ = call.result_class if call else None
        fields, optional = sdk.fields_of(class_), sdk.optional_fields_of(class_)
        result = functions(replace(invoke, fields=fields, optional_fields=optional))
    if call is not None:
        token, arguments = invoke.token, invoke.arguments
        use = FunctionUse(token, arguments, result.origin, result.source, result.region, call.source)
        journal.note_function(call, use)
    if result.warning:
        journal.diagnose("warning", result.warning, source=call.source if call else None)
    if isinstance(result.value, Unknown) or call is None:
        return result.value
    return _typed(result.value, result, invoke.token, call, journal)


def _typed(
    value: Mapping[str, Any], result: FunctionResult, token: str, call: Call, journal: Journal
) -> Mapping[str, Any]:
    """The result with the types of its class: a part of another type, for which the SDK fails, is unknown."""
    if call.result_class is None or not sdk.fields_of(call.result_class):
        return value
    typed, unfit = sdk.conforming(value, call.result_class)
    if unfit and result.origin == "answered":
        what = f"the answer for {token} has values of another type than the SDK declares: {', '.join(unfit)}"
        journal.diagnose("warning", f"{what}; they are unknown", source=call.source)
    return typed
