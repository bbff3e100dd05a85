"""The resources that policies evaluate, from the built-in engine, Pulumi's CLI or an example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Protocol

from platform_components.base.markers import Secret, Unknown
from platform_components.base.redaction import Redactor

STACK_TYPE: Final = "pulumi:pulumi:Stack"
_PLAIN: Final = frozenset({str, int, float, bool, Unknown, type(None)})


class PolicyResource(Protocol):
    """One resource of a stack. Values that its source does not pass on are UNKNOWN.

    Inputs have the provider's names (`backupRetentionPeriod`), and the marks of `base.markers`.
    """

    @property
    def urn(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def custom(self) -> bool:
        """False for a component."""

    @property
    def external(self) -> bool:
        """Only read: another stack manages it."""

    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def parent(self) -> str | Unknown:
        """URN; empty for the root stack."""

    @property
    def provider(self) -> str | Unknown:
        """`urn::id`; empty for a component."""

    @property
    def dependencies(self) -> Sequence[str]:
        """URNs."""

    @property
    def property_dependencies(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def protect(self) -> bool | Unknown: ...
    @property
    def ignore_changes(self) -> Sequence[str] | Unknown: ...
    @property
    def delete_before_replace(self) -> bool | Unknown | None: ...
    @property
    def retain_on_delete(self) -> bool | Unknown: ...
    @property
    def deleted_with(self) -> str | Unknown: ...
    @property
    def aliases(self) -> Sequence[str] | Unknown: ...
    @property
    def additional_secret_outputs(self) -> Sequence[str] | Unknown: ...
    @property
    def custom_timeouts(self) -> Mapping[str, float] | Unknown: ...


@dataclass(frozen=True)
class ResourceReference:
    """A resource by its URN: `urn:pulumi:<stack>::<project>::<type of parent>$<type>::<name>`."""

    urn: str

    @property
    def type(self) -> str:
        return self._parts[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        return self._parts[3]

    @property
    def stack(self) -> str:
        return self._parts[0].removeprefix("urn:pulumi:")

    @property
    def project(self) -> str:
        return self._parts[1]

    @property
    def _parts(self) -> list[str]:
        return self.urn.split("::", maxsplit=3)


class Snapshot:
    """The resources of one evaluation. Their inputs are read-only copies, created once for all rules."""

    def __init__(self, resources: Iterable[PolicyResource]) -> None:
        self.resources = tuple(resources)
        self.by_urn: Mapping[str, PolicyResource] = {resource.urn: resource for resource in self.resources}
        self._inputs: dict[int, Mapping[str, Any]] = {}

    def inputs(self, resource: PolicyResource) -> Mapping[str, Any]:
        """The inputs of one of the resources, so that no rule can change them for another."""
        key = id(resource)
        if key not in self._inputs:
            self._inputs[key] = _read_only(resource.inputs)
        return self._inputs[key]

    @cached_property
    def redact(self) -> Redactor:
        """Removes the secrets of all resources from a text."""
        redact = Redactor(short=True)
        for resource in self.resources:
            redact.learn_marked(resource.inputs)
        return redact

    @property
    def stack(self) -> ResourceReference:
        """The root stack, whether or not it is among the resources."""
        for resource in self.resources:
            if resource.type == STACK_TYPE:
                return ResourceReference(resource.urn)
        if not self.resources:
            return ResourceReference(f"urn:pulumi:::::{STACK_TYPE}::")
        first = ResourceReference(self.resources[0].urn)
        name = f"{first.project}-{first.stack}"
        return ResourceReference(f"urn:pulumi:{first.stack}::{first.project}::{STACK_TYPE}::{name}")


def _read_only(value: Any) -> Any:
    if type(value) in _PLAIN:  # most values are, and checks of abstract types are slow
        return value
    if isinstance(value, Mapping):
        return MappingProxyType({key: _read_only(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(_read_only(item) for item in value)
    if isinstance(value, Secret):
        return Secret(_read_only(value.value))
    return value
