"""The state of a stack: the resources that its last deployment left, and operations that did not end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from platform_components.engine.urn import PROVIDER_TYPE, STACK_TYPE, name_of

OperationKind = Literal["creating", "updating", "deleting", "reading", "importing"]


@dataclass(frozen=True, kw_only=True, repr=False)
class ResourceState:
    """A resource as a deployment left it. Secrets are a `Secret`, whose value is a `Sealed` or plain.

    The fields are those of ResourceV3 (pulumi/pulumi, sdk/go/common/apitype/core.go).
    """

    urn: str
    type: str
    custom: bool
    id: str = ""
    parent: str = ""
    provider: str = ""
    """`urn::id` of its provider; empty for components and providers."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """As the provider checked them: with its defaults."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    external: bool = False
    """Whether it is only read."""
    delete: bool = False
    """Whether it was replaced, but its deletion failed or did not run."""
    pending_replacement: bool = False
    """Whether it was deleted for a replacement that did not run."""
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    replacement_trigger: Any = None
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    import_id: str = ""
    init_errors: tuple[str, ...] = ()
    """Errors after it was created, such as pods that never became ready. The next deployment retries."""
    taint: bool = False
    """Whether `pulumi state taint` marked it for replacement."""
    view_of: str = ""
    """URN of the resource that owns it, which alone changes it."""
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    """Seconds, by operation."""

    def __repr__(self) -> str:
        return f'<ResourceState {self.type} "{self.name}">'

    @property
    def name(self) -> str:
        return name_of(self.urn)

    @property
    def is_stack(self) -> bool:
        return self.type == STACK_TYPE

    @property
    def is_provider(self) -> bool:
        return self.type.startswith(PROVIDER_TYPE)

    @property
    def is_managed(self) -> bool:
        """Whether it exists in a cloud: not a component, a provider or external."""
        return self.custom and not self.external and not self.is_provider


@dataclass(frozen=True)
class PendingOperation:
    """An operation of which the last deployment did not learn the result."""

    kind: OperationKind
    urn: str
    type: str
    id: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Deployment:
    """The state of one stack."""

    source: str
    """Where it was read: a path or a URL without credentials."""
    resources: tuple[ResourceState, ...]
    """In the order of the file: each after its provider, its parent and its dependencies."""
    pending: tuple[PendingOperation, ...] = ()
    time: str = ""
    """Time of the last deployment, ISO 8601; empty if the file has none."""
    is_snapshot: bool = False
    """Whether secrets are digests (`platform state snapshot`), so that nothing can be decrypted."""
    warnings: tuple[str, ...] = ()
    """What a reader of the plan must know: an update is running, or Pulumi noted an error."""

    def __repr__(self) -> str:
        return f"<Deployment {self.source}: {len(self.resources)} resources>"

    @cached_property
    def current(self) -> Mapping[str, ResourceState]:
        """The resources by URN, without those that are still to be deleted."""
        return {each.urn: each for each in self.resources if not each.delete}

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The outputs of the stack."""
        return next((each.outputs for each in self.resources if each.is_stack and not each.delete), {})
