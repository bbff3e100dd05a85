"""Results of provider functions without a cloud: answers, computed results, assumptions, or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from platform_components.base.errors import did_you_mean
from platform_components.engine.functions import FunctionCall, FunctionResult
from platform_components.engine.values import UNKNOWN, Unknown
from platform_components.files.project_file import PLATFORM_FILE
from platform_components.functions.accounts import (
    CALLER_IDENTITY,
    has_credentials,
    is_allowed,
)
from platform_components.functions.answers import Answers
from platform_components.functions.assumed import ASSUMED
from platform_components.functions.computed import COMPUTED
from platform_components.functions.computed.aws import region_of

_AWS: Final = "aws:"

_RENDERED: Final[Mapping[str, str]] = {
    "kubernetes:helm:template": "the objects of a Helm chart are unknown offline, and no rule evaluates "
    "them: `helm template` and yaml.ConfigFile let previews show them",
    "kubernetes:kustomize:directory": "the objects of a kustomization are unknown offline, and no rule "
    "evaluates them: `kubectl kustomize` and yaml.ConfigFile let previews show them",
}
"""Warnings for functions that run another tool."""


@dataclass(frozen=True)
class OfflineFunctions:
    """Returns the results of provider functions for one stack. An answer of a file has precedence."""

    answers: Answers = field(default_factory=Answers)
    environment: str = ""
    account: str = ""
    """AWS account ID of the environment; empty if it is not known."""
    region: str = ""
    """AWS region of the environment, for default providers whose configuration has none."""

    def __call__(self, call: FunctionCall) -> FunctionResult:
        """Return the result of a call.

        Raises:
            DeclarationError: the function fails with these arguments.
        """
        call = self._with_region(call)
        return replace(self._result(call), region=region_of(call))

    def _with_region(self, call: FunctionCall) -> FunctionCall:
        if not (self.region and call.default_provider and call.token.startswith(_AWS)) or region_of(call):
            return call
        return replace(call, provider={**call.provider, "region": self.region})

    def _result(self, call: FunctionCall) -> FunctionResult:
        region = region_of(call)
        entry = self.answers.find(call.token, call.arguments, region=region, environment=self.environment)
        if entry is not None:
            result = _completed(entry.result, call)
            return FunctionResult(result, "answered", entry.source, _unknown_fields(entry.result, call))
        if call.token == CALLER_IDENTITY and self._is_environments(call):
            result = _completed({"accountId": self.account, "id": self.account}, call)
            return FunctionResult(
                result, "answered", f"{PLATFORM_FILE} environments.{self.environment}.account"
            )
        computed = COMPUTED[call.token](call) if call.token in COMPUTED else UNKNOWN
        if not isinstance(computed, Unknown):
            return FunctionResult(_completed(computed, call), "computed")
        assumed = ASSUMED[call.token](call) if call.token in ASSUMED else UNKNOWN
        if not isinstance(assumed, Unknown):
            return FunctionResult(_completed(assumed, call), "assumed")
        return FunctionResult(UNKNOWN, "unknown", warning=_RENDERED.get(call.token, ""))

    def _is_environments(self, call: FunctionCall) -> bool:
        """Whether the account of the environment is that of a call."""
        return bool(self.account) and not has_credentials(call) and is_allowed(call, self.account)


def _completed(result: Mapping[str, Any], call: FunctionCall) -> Mapping[str, Any]:
    """The result with all fields of the SDK. Those that it lacks are unknown, except for what is passed on.

    An AWS function returns the region of the call, and the arguments that the SDK declares as optional fields
    of the result: it computes all others, so that `get_vpc(tags=...)` returns all tags of the VPC.
    """
    if not call.fields:
        return result
    passed_on: dict[str, Any] = {}
    if call.token.startswith(_AWS):
        passed_on = {name: call.arguments[name] for name in call.optional_fields & call.arguments.keys()}
        passed_on["region"] = region_of(call) or UNKNOWN
    return {name: result.get(name, passed_on.get(name, UNKNOWN)) for name in call.fields}


def _unknown_fields(result: Mapping[str, Any], call: FunctionCall) -> str:
    unknown = sorted(set(result) - set(call.fields)) if call.fields else []
    if not unknown:
        return ""
    hint = did_you_mean(unknown[0], call.fields)
    return f"the answer for {call.token} has unknown fields: {', '.join(unknown)}; {hint}"
