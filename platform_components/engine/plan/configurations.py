"""The providers that a program declares, with their configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from platform_components.engine.graph import Resource
from platform_components.engine.plan.dependents import provider_urn
from platform_components.engine.plan.providers import (
    ConfigurableModel,
    ProviderModel,
    Providers,
    configured_model,
)
from platform_components.engine.plan.verdict import verdict_on
from platform_components.engine.state.deployment import ResourceState
from platform_components.engine.values import Secret, is_unknown

_ENGINES_OWN: Final = frozenset({"version", "pluginDownloadURL", "pluginChecksums"})
"""Inputs of a provider that the engine processes, and providers ignore."""


class Configurations:
    """Collects the providers of one program."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers
        self._declared: dict[str, Resource] = {}  # by URN
        self._models: dict[str, ProviderModel] = {}  # those with a configuration, by URN of the provider

    def add(self, provider: Resource) -> None:
        """Add a provider that the program declares."""
        self._declared[provider.urn] = provider

    def model(self, resource: Resource) -> ProviderModel:
        """Return the model of a resource's provider, with its configuration if that matters."""
        model = self._providers(resource.type)
        if not resource.provider or not isinstance(model, ConfigurableModel):
            return model
        urn = provider_urn(resource.provider)
        if urn not in self._models:
            declared = self._declared.get(urn)
            self._models[urn] = configured_model(model, configuration(declared.inputs) if declared else {})
        return self._models[urn]

    def replaces(self, before: ResourceState | None, urn: str) -> bool:
        """Whether a provider can't manage the resources of another one (DiffConfig of the new one)."""
        after = self._declared.get(urn)
        if before is None or after is None:
            return True
        former = configured_state(before)
        model = self._providers(former.type)
        checked = model.check(former.type, configuration(after.inputs), former)
        return bool(verdict_on(former.type, former, checked, model).replaced_by)

    def unknown_dependencies(self, urn: str) -> Iterator[tuple[str, bool]]:
        """Yield what the unknown inputs of a provider depend on: URNs, and whether the input is secret."""
        declared = self._declared.get(urn)
        for key, value in configuration(declared.inputs).items() if declared else ():
            if declared and is_unknown(value):
                for dependency in declared.property_dependencies.get(key, ()):
                    yield dependency, isinstance(value, Secret)


def configuration(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the inputs of a provider without those that the engine processes."""
    return {key: value for key, value in inputs.items() if key not in _ENGINES_OWN}


def configured_state(provider: ResourceState) -> ResourceState:
    """Return a provider in the state with its configuration as inputs."""
    return replace(provider, inputs=configuration(provider.inputs))
