"""What a program declares: its resources, in the order of the program, and its outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

from platform_components.engine.source import Source
from platform_components.engine.urn import PROVIDER_TYPE, STACK_TYPE
from platform_components.engine.values import without_secrets

Severity = Literal["info", "warning", "print"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Resource:
    """One resource as the program declares it. Names of properties are the provider's (`forceDestroy`)."""

    urn: str
    type: str
    name: str
    custom: bool
    """False for a component, which groups resources and is nothing in a cloud itself."""
    parent: str = ""
    """URN; empty for the root stack and for default providers."""
    provider: str = ""
    """`urn::id` of the provider that manages it; empty for components and providers."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """What is known before a deployment: of a component what it registered, else the inputs."""
    dependencies: tuple[str, ...] = ()
    """URNs, sorted."""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: Any = None
    delete_before_replace: bool | None = None
    """None leaves it to the provider."""
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """URNs that it may have had, those inherited from its parent's aliases included."""
    additional_secret_outputs: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    """Seconds, by operation."""
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hide_diffs: tuple[str, ...] = ()
    version: str = ""
    """Of the provider's plugin."""
    plugin_download_url: str = ""
    import_id: str = ""
    """Of an existing resource that this one takes over."""
    external: bool = False
    """Read, not managed: a `.get()`, or a reference to another stack."""
    id: str = ""
    """Of one that is read; the others get theirs from a deployment."""
    source: Source | None = None
    """The user's line that made it, or that made the component it is part of."""

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
        """Whether a deployment would hold it in a cloud: no component, no provider, nothing only read."""
        return self.custom and not self.external and not self.is_provider

    def to_dict(self) -> dict[str, Any]:
        """JSON data without secrets; what holds its default is left out."""
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
    """Another stack that the program refers to."""

    stack: str
    """`organization/project/stack`."""
    outputs: tuple[str, ...]
    """Names of the outputs that were asked for, sorted."""
    known: bool
    """False when that stack's outputs weren't given: they are all unknown."""


@dataclass(frozen=True)
class Diagnostic:
    """Something that the program, or the engine about it, has to say."""

    severity: Severity
    """`print` is a line that the program wrote to its standard output or error."""
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
    """The result of one evaluation. The same program and arguments give an equal graph."""

    project: str
    stack: str
    organization: str
    resources: tuple[Resource, ...]
    """In the order of the program: the root stack first, then default providers; parents before children."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    reads: tuple[Read, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    redact: Callable[[Any], Any] = field(default=lambda value: value, repr=False, compare=False)
    """Takes the secrets that the evaluation met out of JSON data, also where they are not marked."""

    def __repr__(self) -> str:
        return f"<Graph {self.qualified_name}: {len(self.resources)} resources>"

    @property
    def qualified_name(self) -> str:
        """`organization/project/stack`: what a StackReference to this stack names."""
        return f"{self.organization}/{self.project}/{self.stack}"

    @property
    def managed(self) -> tuple[Resource, ...]:
        """What a deployment would hold in a cloud."""
        return tuple(resource for resource in self.resources if resource.is_managed)

    @property
    def roots(self) -> tuple[Resource, ...]:
        """What stands directly in the stack: its components, and resources that are part of none."""
        return tuple(r for r in self.resources if r.parent == self._stack_urn and not r.is_stack)

    @cached_property
    def types(self) -> Counter[str]:
        """How many resources there are of each type."""
        return Counter(resource.type for resource in self.resources)

    def find(self, urn: str) -> Resource:
        """The resource of this URN. Raises LookupError."""
        try:
            return self._by_urn[urn]
        except KeyError:
            raise LookupError(f"no resource {urn} in {self._inventory()}") from None

    def of_type(self, type_: str) -> tuple[Resource, ...]:
        return tuple(resource for resource in self.resources if resource.type == type_)

    def named(self, name: str) -> tuple[Resource, ...]:
        return tuple(resource for resource in self.resources if resource.name == name)

    def children(self, urn: str) -> tuple[Resource, ...]:
        """What stands directly below the resource of this URN."""
        return self._by_parent.get(urn, ())

    def one(self, type_: str, name: str | None = None) -> Resource:
        """The only resource of this type (and name). Raises LookupError when there are none or several."""
        found = [r for r in self.of_type(type_) if name is None or r.name == name]
        if len(found) == 1:
            return found[0]
        wanted = type_ if name is None else f'{type_} "{name}"'
        if found:
            names = ", ".join(f'"{resource.name}"' for resource in found)
            raise LookupError(f"{len(found)} resources are {wanted}: {names}")
        raise LookupError(f"no resource is {wanted} in {self._inventory()}")

    def to_dict(self) -> dict[str, Any]:
        """JSON data without secrets, in a stable order."""
        data = {
            "organization": self.organization,
            "project": self.project,
            "stack": self.stack,
            "resources": [resource.to_dict() for resource in self.resources],
            "outputs": without_secrets(self.outputs),
            "reads": [{"stack": r.stack, "outputs": list(r.outputs), "known": r.known} for r in self.reads],
            "diagnostics": [diagnostic.to_dict() for diagnostic in self.diagnostics],
        }
        redacted: dict[str, Any] = self.redact(data)
        return redacted

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
