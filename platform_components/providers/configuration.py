"""Configuration of bridged providers: what CheckConfig adds to it, and what a change of it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from platform_components.engine.plan.providers import Effect
from platform_components.engine.urn import package_of
from platform_components.providers.checked_inputs import coerced
from platform_components.providers.documents import equal_documents

_ADDED: Final[Mapping[str, frozenset[str]]] = {
    "aws": frozenset({"region", "skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation"}),
    "gcp": frozenset({"region", "zone"}),
    "random": frozenset(),
    "tls": frozenset(),
}
"""Properties with defaults or values of environment variables, as recorded with pulumi-aws and pulumi-gcp."""


def checked_configuration(type_: str, given: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of a provider as CheckConfig returns them.

    Objects and lists are JSON texts, which it formats anew (pkg/tfbridge/config_encoding.go).
    """
    added = _ADDED.get(package_of(type_), frozenset())
    kept = {key: value for key, value in old.items() if key in added}
    return kept | {key: _formatted(value, old.get(key)) for key, value in given.items() if value is not None}


def configuration_effect(type_: str) -> Effect:
    """Return what a change of the configuration does to the resources of a provider.

    Only properties with ForcesProviderReplace replace them: none in the known packages. pulumi-aws 7 removed
    it from `region`, because a Region is a property of each resource.
    """
    return "update" if package_of(type_) in _ADDED else "unknown"


def _formatted(given: Any, old: Any) -> Any:
    if isinstance(given, str) and isinstance(old, str):
        return old if equal_documents(given, old) else given
    return coerced(given, old)
