"""The interface through which the plan gets what a provider would answer to Check and Diff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from platform_components.engine.state.deployment import ResourceState

Effect = Literal["update", "replace", "unknown"]


@dataclass(frozen=True)
class Checked:
    """Inputs as the provider's Check would return them, as far as that is known."""

    inputs: Mapping[str, Any]
    undecided: tuple[str, ...] = ()
    """Top-level properties of which the result of Check is unknown; they count as undetermined."""


class ProviderModel(Protocol):
    """What a provider does with the resources of one package."""

    def check(self, type_: str, given: Mapping[str, Any], old: ResourceState | None) -> Checked:
        """Return the inputs that Check would return for those of the program.

        `old` is the resource in the state; None for a resource that is created. What Check fills in
        (defaults, generated names, computed tags) is carried over from the old inputs.
        """

    def effect(self, type_: str, path: str, old: Any, new: Any) -> Effect:
        """Return what the change of a property does. `path` has no indexes or keys: `ingress.fromPort`."""

    def deletes_first(self, type_: str, old: ResourceState, new: Mapping[str, Any]) -> bool:
        """Whether a replacement deletes the old resource before it creates the new one."""


@runtime_checkable
class ConfigurableModel(ProviderModel, Protocol):
    """A model whose answers depend on the configuration of the provider, or on several properties at once."""

    def configured(self, inputs: Mapping[str, Any]) -> ProviderModel:
        """Return the model of a provider with these inputs."""

    def effect_within(
        self,
        type_: str,
        path: str,
        old: Any,
        new: Any,
        *,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> Effect:
        """Return what the change of a property does, given all inputs before and after."""


def configured_model(model: ProviderModel, inputs: Mapping[str, Any]) -> ProviderModel:
    """Return the model of a provider with these inputs, if they matter to it."""
    return model.configured(inputs) if isinstance(model, ConfigurableModel) else model


Providers = Callable[[str], ProviderModel]
"""Returns the model of a provider by the type of a resource."""


class PlainProvider:
    """A provider of which nothing is known: Check changes nothing, and any change may replace."""

    def check(self, type_: str, given: Mapping[str, Any], old: ResourceState | None) -> Checked:
        return Checked(given)

    def effect(self, type_: str, path: str, old: Any, new: Any) -> Effect:
        return "unknown"

    def deletes_first(self, type_: str, old: ResourceState, new: Mapping[str, Any]) -> bool:
        return False


_PLAIN = PlainProvider()


def plain_providers(type_: str) -> ProviderModel:
    """Return the provider of which nothing is known, for every type."""
    return _PLAIN
