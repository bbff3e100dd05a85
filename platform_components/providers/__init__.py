"""What providers do in Check and Diff, as far as it is known: facts of clouds, by package of the resource.

The engine compares a program with a state without running providers. Their Check adds defaults, generated
names and computed tags to the inputs, and their Diff decides what replaces a resource. The models supply
both.
"""

from __future__ import annotations

from functools import cache
from pkgutil import resolve_name
from typing import Final

from platform_components.engine.plan.providers import ProviderModel
from platform_components.engine.urn import package_of

_MODELS: Final = {
    "aws": "platform_components.providers.aws:AwsProvider",
    "kubernetes": "platform_components.providers.kubernetes:KubernetesProvider",
    "pulumi": "platform_components.engine.plan.providers:PlainProvider",  # the engine's own types
}
"""Models by package, imported when first used."""

_BRIDGED: Final = "platform_components.providers.bridged:BridgedProvider"
"""The model of other packages: it recognises the resources of bridged providers by their inputs."""


def known_providers(type_: str) -> ProviderModel:
    """Return the model of the provider of a type, and of the provider itself (`pulumi:providers:aws`)."""
    return _model(package_of(type_))


@cache
def _model(package: str) -> ProviderModel:
    model: ProviderModel = resolve_name(_MODELS.get(package, _BRIDGED))()
    return model
