"""Providers that pulumi-terraform-bridge generates from Terraform providers, such as AWS and Google Cloud."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, ClassVar, Final

from platform_components.engine.plan.providers import Checked, Effect
from platform_components.engine.state.deployment import ResourceState
from platform_components.engine.urn import PROVIDER_TYPE, package_of
from platform_components.providers.checked_inputs import DEFAULTS, CheckedInputs, without_nulls
from platform_components.providers.configuration import checked_configuration, configuration_effect
from platform_components.providers.effects import terraform_effects

_NAMES: Final = ("name", "namePrefix")


class BridgedProvider:
    """A bridged provider. The list of defaults in the inputs of a resource shows that it is bridged."""

    packages: ClassVar[frozenset[str]] = frozenset({"random", "tls"})
    """Packages that are bridged although Terraform's Plugin Framework, which they use, lists no defaults."""

    def check(self, type_: str, given: Mapping[str, Any], old: ResourceState | None) -> Checked:
        if old is None:
            return Checked(without_nulls(given))
        if type_.startswith(PROVIDER_TYPE):
            return Checked(checked_configuration(type_, given, old.inputs))
        if DEFAULTS not in old.inputs and package_of(type_) not in self.packages:
            return Checked(given)
        computed = self.computed(given, old)
        inputs = CheckedInputs(self.sets(type_), self.documents(type_))
        checked = inputs.check(computed, old.inputs)
        if DEFAULTS not in old.inputs:
            self._keep_name(checked, old)
        return Checked(checked, tuple(sorted(inputs.undecided)))

    def computed(self, given: Mapping[str, Any], old: ResourceState) -> Mapping[str, Any]:
        """Return the inputs of the program with those that the provider computes before it checks them."""
        return given

    def sets(self, type_: str) -> Container[str]:
        """Paths of the lists whose order is irrelevant."""
        return ()

    def documents(self, type_: str) -> Container[str]:
        """Paths of the texts that are JSON documents, whose formatting is irrelevant."""
        return ()

    def effect(self, type_: str, path: str, old: Any, new: Any) -> Effect:
        if type_.startswith(PROVIDER_TYPE):
            return configuration_effect(type_)
        return self.resource_effect(type_, path, old, new)

    def resource_effect(self, type_: str, path: str, old: Any, new: Any) -> Effect:
        """Return what the change of a property of a resource does."""
        return terraform_effects().of(type_, path)

    def deletes_first(self, type_: str, old: ResourceState, new: Mapping[str, Any]) -> bool:
        """Whether a name that was not generated prevents two resources at the same time.

        Source: pulumi-terraform-bridge, pkg/tfbridge/schema.go, nameRequiresDeleteBeforeReplace: without a
        list of defaults, as with the Plugin Framework, a name counts as generated.
        """
        defaults = new.get(DEFAULTS)  # none of a provider either
        return defaults is not None and any(
            name in new and name not in defaults for name in self.generated_names(type_)
        )

    def generated_names(self, type_: str) -> tuple[str, ...]:
        """Properties that the provider fills with a generated name."""
        return ("name",)

    def _keep_name(self, checked: dict[str, Any], old: ResourceState) -> None:
        """Keep a generated name, which the Plugin Framework doesn't list as a default."""
        if "name" in old.inputs and not any(name in checked for name in _NAMES):
            checked["name"] = old.inputs["name"]
