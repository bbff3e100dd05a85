"""Examples: the resources that a rule passes or fails. They document the rule and test it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, cast

from platform_components.base.errors import Problem, did_you_mean
from platform_components.policy.context import PolicyContext

_DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "protect": False,
        "ignore_changes": (),
        "delete_before_replace": None,
        "retain_on_delete": False,
        "deleted_with": "",
        "aliases": (),
        "additional_secret_outputs": (),
        "custom_timeouts": MappingProxyType({}),
    }
)


@dataclass(frozen=True)
class Example:
    """A resource, as a rule receives it."""

    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    environment: str = "dev"
    says: str = ""
    """For a failing example: a text that a violation must contain."""
    name: str = "example"
    external: bool = False
    options: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    """Resource options by their Python names: `{"protect": True}`. Default: those of a plain resource."""
    custom: bool = field(default=True, kw_only=True)
    """False for a component."""
    child_of: Example | None = field(default=None, kw_only=True)
    refers_to: Mapping[str, Example | tuple[Example, ...]] = field(default_factory=dict, kw_only=True)
    """The resources that a property is computed from. Only a stack rule can follow them."""

    @property
    def urn(self) -> str:
        types = self.type
        if self.child_of is not None:
            types = f"{self.child_of.urn.split('::')[2]}${types}"
        return f"urn:pulumi:example.{self.environment}::examples::{types}::{self.name}"

    @property
    def context(self) -> PolicyContext:
        """A context with the library's sizing table, one region and one team."""
        plain = PolicyContext.of(self.environment)
        return PolicyContext(plain.environment, plain.tier, regions=("eu-west-1",), teams=("payments-team",))

    @property
    def facts(self) -> PolicyContext:
        """The former name of `context`."""
        warnings.warn("Example.facts is now Example.context", DeprecationWarning, stacklevel=2)
        return self.context

    @property
    def parent(self) -> str:
        return self.child_of.urn if self.child_of else ""

    @property
    def provider(self) -> str:
        package = self.type.partition(":")[0]
        urn = f"urn:pulumi:example.{self.environment}::examples::pulumi:providers:{package}::default"
        return f"{urn}::id" if self.custom else ""

    @property
    def property_dependencies(self) -> dict[str, tuple[str, ...]]:
        return {
            name: tuple(each.urn for each in (others if isinstance(others, tuple) else (others,)))
            for name, others in self.refers_to.items()
        }

    @property
    def dependencies(self) -> tuple[str, ...]:
        return tuple({urn: None for urns in self.property_dependencies.values() for urn in urns})

    @property
    def protect(self) -> bool:
        return cast(bool, self._option("protect"))

    @property
    def ignore_changes(self) -> tuple[str, ...]:
        return cast("tuple[str, ...]", self._option("ignore_changes"))

    @property
    def delete_before_replace(self) -> bool | None:
        return cast("bool | None", self._option("delete_before_replace"))

    @property
    def retain_on_delete(self) -> bool:
        return cast(bool, self._option("retain_on_delete"))

    @property
    def deleted_with(self) -> str:
        return cast(str, self._option("deleted_with"))

    @property
    def aliases(self) -> tuple[str, ...]:
        return cast("tuple[str, ...]", self._option("aliases"))

    @property
    def additional_secret_outputs(self) -> tuple[str, ...]:
        return cast("tuple[str, ...]", self._option("additional_secret_outputs"))

    @property
    def custom_timeouts(self) -> Mapping[str, float]:
        return cast("Mapping[str, float]", self._option("custom_timeouts"))

    @property
    def stack(self) -> tuple[Example, ...]:
        """The example and its parents: all resources that a rule can access."""
        return (*(self.child_of.stack if self.child_of else ()), self)

    def within(self, environment: str) -> Example:
        """The same resource in another environment."""
        return replace(self, environment=environment)

    def problems(self, where: str) -> Iterator[Problem]:
        """Problems of the example itself."""
        for name in self.options:
            if name not in _DEFAULTS:
                yield Problem(f"{where}.options.{name}", "no such option", did_you_mean(name, _DEFAULTS))

    def _option(self, name: str) -> Any:
        return self.options.get(name, _DEFAULTS[name])


@dataclass(frozen=True)
class StackExample:
    """A stack, as a stack rule receives it: resources of one environment."""

    resources: tuple[Example, ...]
    says: str = ""
    """For a failing example: a text that a violation must contain."""

    @property
    def environment(self) -> str:
        return self.resources[0].environment

    @property
    def context(self) -> PolicyContext:
        return self.resources[0].context

    @property
    def stack(self) -> tuple[Example, ...]:
        return self.resources

    def problems(self, where: str) -> Iterator[Problem]:
        """Problems of the example itself."""
        if not self.resources:
            yield Problem(f"{where}.resources", "must not be empty", "add an Example")
        if len({resource.environment for resource in self.resources}) > 1:
            yield Problem(f"{where}.resources", "have several environments", "use one")
        urns = [resource.urn for resource in self.resources]
        for index, resource in enumerate(self.resources):
            at = f"{where}.resources[{index}]"
            yield from resource.problems(at)
            if urns.index(resource.urn) != index:
                yield Problem(f"{at}.name", "is already used for this type", "rename it", resource.name)
            mentioned = [resource.parent, *resource.dependencies]
            if any(urn and urn not in urns for urn in mentioned):
                yield Problem(at, "refers to a resource that is not in the example", "add that resource")
