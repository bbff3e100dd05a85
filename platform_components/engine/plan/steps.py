"""The plan: one step per resource, each with the properties that it changes and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from platform_components.engine.source import Source
from platform_components.engine.state.deployment import PendingOperation

Operation = Literal["create", "update", "replace", "delete", "same", "import", "read", "undetermined"]
"""`undetermined`: nothing but secrets can differ, and these can't be compared without a key."""

Order = Literal["create first", "delete first"]

ChangeKind = Literal["add", "update", "delete", "undetermined"]


Reason = Literal["secret", "provider", "unknown"]
"""Why it is undetermined whether a value changes: it is a secret without a key, only the provider decides, or
the preview does not know the new value."""


@dataclass(frozen=True, repr=False)
class PropertyChange:
    """A difference of one value. Secrets are a `Secret`, unknowns UNKNOWN."""

    path: str
    """`tags.Owner`, `ingress[0].fromPort`, `metadata.annotations["example.com/a"]`."""
    kind: ChangeKind
    old: Any = None
    new: Any = None
    reason: Reason | None = None
    """Of `undetermined`: why."""

    def __repr__(self) -> str:
        return f"<PropertyChange {self.kind} {self.path}>"


@dataclass(frozen=True, kw_only=True, repr=False)
class Step:
    """What the deployment does with one resource."""

    operation: Operation
    urn: str
    """The URN after the deployment; of a deletion that of the state."""
    type: str
    name: str
    custom: bool
    parent: str = ""
    id: str = ""
    """ID of the existing resource; empty if there is none."""
    adopted_from: str = ""
    """Former URN, if an alias found the resource in the state."""
    changed: tuple[str, ...] = ()
    """Top-level properties that differ, sorted; Pulumi's diffReasons."""
    changes: tuple[PropertyChange, ...] = ()
    """The differences in detail."""
    replaced_by: tuple[str, ...] = ()
    """Paths of the properties whose change replaces the resource; Pulumi's replaceReasons."""
    possibly_replaced_by: tuple[str, ...] = ()
    """Paths of changed properties of which it is unknown whether their change replaces the resource."""
    undetermined: tuple[str, ...] = ()
    """Paths of secrets that can't be compared."""
    order: Order | None = None
    """Of a replacement."""
    causes: tuple[str, ...] = ()
    """URNs of the resources whose change leads to this one, sorted: replaced or updated dependencies, a
    replaced provider, a `replace_with`."""
    retained: bool = False
    """Of a deletion or replacement: whether the old resource stays in the cloud, outside the state
    (`retain_on_delete`, or a resource that was only read)."""
    deleted_with: str = ""
    """Of a deletion: URN of the resource whose deletion deletes this one too (`deleted_with`)."""
    former: Mapping[str, Any] = field(default_factory=dict)
    """Of a deletion or replacement: the inputs in the state."""
    unprotected: bool = False
    """Whether the state protects the resource, and the program does not any more."""
    protected: bool = False
    """Whether the state protects the resource. Its deletion or replacement fails."""
    leftover: bool = False
    """Of a deletion: whether an earlier replacement left the resource."""
    source: Source | None = None
    """Line of the program; none for a deletion."""

    def __repr__(self) -> str:
        return f'<Step {self.operation} {self.type} "{self.name}">'

    @property
    def is_managed(self) -> bool:
        """Whether it concerns a resource in a cloud: not a component or a provider."""
        return self.custom and not self.type.startswith("pulumi:")

    @property
    def is_change(self) -> bool:
        """Whether the deployment changes something, or may."""
        return self.operation not in ("same", "read")

    @property
    def possibly_replaces(self) -> bool:
        """Whether an update may turn out to be a replacement: `update, possibly replace`."""
        return self.operation == "update" and bool(self.possibly_replaced_by)


@dataclass(frozen=True)
class Comparison:
    """What a plan compares the program with."""

    source: str
    """Path or URL of the state, without credentials; empty if there is none."""
    time: str = ""
    """Time of the last deployment, ISO 8601."""
    resources: int = 0
    """Number of resources in the state."""
    is_snapshot: bool = False
    exists: bool = False
    """False: the stack is not deployed, or its state was not requested (`--no-state`)."""


@dataclass(frozen=True, repr=False)
class Plan:
    """The steps of one stack: those of the program in its order, then deletions, dependents first."""

    steps: tuple[Step, ...]
    compared: Comparison
    pending: tuple[PendingOperation, ...] = ()
    outputs: tuple[PropertyChange, ...] = ()
    """Differences between the stack's outputs."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """By URN, why the deployment refuses: `is protected`. A plan with such steps fails."""

    def __repr__(self) -> str:
        return f"<Plan of {len(self.steps)} steps>"

    @cached_property
    def counts(self) -> Counter[Operation]:
        """The number of resources in a cloud per operation."""
        return Counter(step.operation for step in self.steps if step.is_managed)

    @cached_property
    def changes(self) -> tuple[Step, ...]:
        """The steps that change something, or may."""
        return tuple(step for step in self.steps if step.is_change)

    @property
    def is_empty(self) -> bool:
        """Whether the deployment changes nothing, neither resources nor outputs."""
        return not self.changes and not self.outputs
