"""The graph: the resources of a program, in the order of the program, and its outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

from platform_components.base.redaction import Redactor, ValueRedactor
from platform_components.engine.functions import FunctionUse
from platform_components.engine.plan.steps import Plan
from platform_components.engine.source import Source
from platform_components.engine.urn import PROVIDER_TYPE, STACK_TYPE
from platform_components.engine.values import without_secrets

Severity = Literal["info", "warning", "error", "print"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Resource:
    """A resource declared by a program. Property names are the provider's (`forceDestroy`)."""

    urn: str
    type: str
    name: str
    custom: bool
    """False for a component, which only groups resources."""
    parent: str = ""
    """URN of the parent; empty for the root stack and for default providers."""
    provider: str = ""
    """`urn::id` of the provider that manages it; empty for components and providers."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Outputs as known before deployment: of a component its registered outputs, otherwise the inputs."""
    dependencies: tuple[str, ...] = ()
    """URNs of the dependencies, sorted."""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: Any = None
    delete_before_replace: bool | None = None
    """None: the provider decides."""
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Former URNs, including those implied by its parent's aliases."""
    additional_secret_outputs: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    """Timeouts in seconds, by operation."""
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hide_diffs: tuple[str, ...] = ()
    version: str = ""
    """Version of the provider plugin."""
    plugin_download_url: str = ""
    import_id: str = ""
    """ID of the existing resource to import."""
    external: bool = False
    """Whether the resource is only read: a `.get()`, or a reference to another stack."""
    id: str = ""
    """ID of a resource that exists: one that is read, or in the state. Empty for others."""
    source: Source | None = None
    """Line of user code that created the resource, or the component that it is part of."""

    def __repr__(self) -> str:
        return f'<Resource {self.type} "{self.name}">'

    @property
    def is_stack(self) -> bool:
        return self.type == STACK_TYPE

    @property
    def is_provider(self) -> bool:
        return self.type.startswith(PROVIDER_TYPE)

    @property
    def is_managed(self) -> bool:
        """Whether a deployment creates it in a cloud: not a component, a provider or external."""
        return self.custom and not self.external and not self.is_provider

    def to_dict(self) -> dict[str, Any]:
        """Return JSON data without secrets. Fields with their default value are omitted."""
        shown: dict[str, Any] = {"urn": self.urn, "type": self.type, "name": self.name, "custom": self.custom}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name == "source":
                value = str(value or "")
            if item.name not in shown and value not in (None, "", False, (), {}):
                shown[item.name] = without_secrets(value)
        return shown


@dataclass(frozen=True)
class Read:
    """A stack that the program references."""

    stack: str
    """`organization/project/stack`."""
    outputs: tuple[str, ...]
    """Names of the outputs that the program reads, sorted."""
    known: bool
    """False if that stack's outputs are not available; then all of them are unknown."""


@dataclass(frozen=True)
class Diagnostic:
    """A message of the program, or of the engine about the program."""

    severity: Severity
    """`error` is a message of `pulumi.log.error`, which does not fail the program; `print` is a line of its
    standard output or standard error."""
    message: str
    urn: str = ""
    source: Source | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "severity": self.severity,
            "message": self.message,
            **({"urn": self.urn} if self.urn else {}),
            **({"source": str(self.source)} if self.source else {}),
        }


@dataclass(frozen=True, repr=False)
class Graph:
    """The result of one evaluation. The same program and arguments result in an equal graph."""

    project: str
    stack: str
    organization: str
    resources: tuple[Resource, ...]
    """The root stack, default providers, then the others in the order of the program, parents first."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    reads: tuple[Read, ...] = ()
    functions: tuple[FunctionUse, ...] = ()
    """The calls of provider functions, without repetitions."""
    diagnostics: tuple[Diagnostic, ...] = ()
    plan: Plan | None = None
    """The differences from what is deployed; None if the program was compared with nothing."""
    redact: ValueRedactor = field(default_factory=ValueRedactor, repr=False, compare=False)
    """Removes the secrets of the evaluation from JSON data, including those that are not marked."""
    redact_message: Redactor = field(default_factory=Redactor, repr=False, compare=False)
    """Removes these and the secrets of environment variables from a message."""
    is_redacted: bool = field(default=False, repr=False, compare=False)
    """Whether the secrets have been removed from the graph itself, see `Redaction`."""

    def __repr__(self) -> str:
        return f"<Graph {self.qualified_name}: {len(self.resources)} resources>"

    @property
    def qualified_name(self) -> str:
        """`organization/project/stack`, as in a StackReference to this stack."""
        return f"{self.organization}/{self.project}/{self.stack}"

    @property
    def managed(self) -> tuple[Resource, ...]:
        """The resources that a deployment creates in a cloud."""
        return tuple(resource for resource in self.resources if resource.is_managed)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The errors that the program logged (`pulumi.log.error`), which do not fail it."""
        return tuple(each for each in self.diagnostics if each.severity == "error")

    @property
    def roots(self) -> tuple[Resource, ...]:
        """The direct children of the stack: components, and resources outside components."""
        return tuple(r for r in self.resources if r.parent == self._stack_urn and not r.is_stack)

    @cached_property
    def types(self) -> Counter[str]:
        """The number of resources of each type."""
        return Counter(resource.type for resource in self.resources)

    def find(self, urn: str) -> Resource:
        """Return the resource with this URN.

        Raises:
            LookupError: no resource has this URN.
        """
        try:
            return self._by_urn[urn]
        except KeyError:
            raise LookupError(f"no resource {urn} in {self._inventory()}") from None

    def of_type(self, type_: str) -> tuple[Resource, ...]:
        return tuple(resource for resource in self.resources if resource.type == type_)

    def named(self, name: str) -> tuple[Resource, ...]:
        return tuple(resource for resource in self.resources if resource.name == name)

    def children(self, urn: str) -> tuple[Resource, ...]:
        """Return the direct children of the resource with this URN."""
        return self._by_parent.get(urn, ())

    def one(self, type_: str, name: str | None = None) -> Resource:
        """Return the only resource with this type (and name).

        Raises:
            LookupError: there is no such resource, or more than one.
        """
        found = [r for r in self.of_type(type_) if name is None or r.name == name]
        if len(found) == 1:
            return found[0]
        requested = type_ if name is None else f'{type_} "{name}"'
        if found:
            names = ", ".join(f'"{resource.name}"' for resource in found)
            raise LookupError(f"{len(found)} resources match {requested}: {names}")
        raise LookupError(f"no resource matches {requested} in {self._inventory()}")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON data without secrets, in a stable order."""
        if not self.is_redacted:
            from platform_components.engine.redacted import Redaction  # it creates graphs

            return Redaction(self).graph.to_dict()
        return {
            "organization": self.organization,
            "project": self.project,
            "stack": self.stack,
            "resources": [resource.to_dict() for resource in self.resources],
            "outputs": without_secrets(self.outputs),
            "functions": [use.to_dict() for use in self.functions],
            "reads": [{"stack": r.stack, "outputs": list(r.outputs), "known": r.known} for r in self.reads],
            "diagnostics": [diagnostic.to_dict() for diagnostic in self.diagnostics],
        }

    @cached_property
    def _stack_urn(self) -> str:
        return next((resource.urn for resource in self.resources if resource.is_stack), "")

    @cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_parent(self) -> dict[str, tuple[Resource, ...]]:
        grouped: dict[str, list[Resource]] = {}
        for resource in self.resources:
            grouped.setdefault(resource.parent, []).append(resource)
        return {parent: tuple(children) for parent, children in grouped.items()}

    def _inventory(self) -> str:
        listed = [f'  {resource.type} "{resource.name}"' for resource in self.resources]
        return "\n".join([f"{self.stack}, which has:", *listed])
