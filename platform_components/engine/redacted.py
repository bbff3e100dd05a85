"""Graphs without secrets, as they leave the process of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cached_property
from typing import Any, Final

from platform_components.base.markers import MARK
from platform_components.base.redaction import Redactor, ValueRedactor, distinct, distinct_keys, hide_named
from platform_components.engine.functions import FunctionUse
from platform_components.engine.graph import Graph, Resource
from platform_components.engine.plan.steps import Plan, PropertyChange, Step
from platform_components.engine.urn import name_of
from platform_components.engine.values import UNKNOWN, Archive, Asset, ResourceReference, Secret

_SECRET: Final = Secret(MARK)
_URNS: Final = frozenset({"parent", "dependencies", "deleted_with", "replace_with", "aliases"})
"""Fields of a resource that contain URNs."""
_FIELDS: Final = tuple(
    item.name
    for item in fields(Resource)
    if item.name not in ("urn", "type", "name", "custom", "provider", "property_dependencies", "source")
)
"""Fields of a resource whose values can contain secrets anywhere."""


class Redaction:
    """Removes the secrets of an evaluation from its graph, and from what refers to its resources.

    Names, types, keys of mappings and messages can contain secrets too. A URN is the same everywhere, and
    different resources keep different URNs. The names of the organization, the project and the stack stay:
    they are those of files.
    """

    @classmethod
    def without_graph(cls, redact: Redactor) -> Redaction:
        """The redaction of what a failed evaluation recorded."""
        return cls(Graph("", "", "", (), redact=ValueRedactor(redact)))

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._redact = graph.redact.redactor
        used: set[str] = set()
        urns = [resource.urn for resource in graph.resources]
        if graph.plan:
            urns += [step.urn for step in graph.plan.steps]
        self._urns = {urn: distinct(self._urn_parts(urn), used) for urn in dict.fromkeys(urns)}

    @cached_property
    def graph(self) -> Graph:
        """The graph without secrets. Secrets and unknowns in it stay marked."""
        graph = self._graph
        if graph.is_redacted:
            return graph
        return replace(
            graph,
            resources=tuple(self._resource(resource) for resource in graph.resources),
            outputs=self.value(graph.outputs),
            reads=tuple(
                replace(read, stack=self.text(read.stack), outputs=tuple(map(self.text, read.outputs)))
                for read in graph.reads
            ),
            # Recording writes them to a file, so they have no secrets of the environment either.
            functions=tuple(map(Redaction.without_graph(graph.redact_message).function, graph.functions)),
            diagnostics=tuple(replace(each, urn=self.urn(each.urn)) for each in graph.diagnostics),
            plan=self._plan(graph.plan) if graph.plan else None,
            redact=ValueRedactor(),
            redact_message=Redactor(),
            is_redacted=True,
        )

    def text(self, text: str) -> str:
        return self._redact(text)

    def type(self, token: str) -> str:
        return self._redact.key(token)

    def urn(self, urn: str) -> str:
        """A URN, also of a resource that is not in the graph, or one with an ID: `urn::id`."""
        if not urn:
            return ""
        return self._urns.get(urn) or self._urn_parts(urn)

    def name(self, urn: str, name: str) -> str:
        """The name of the resource with this URN, as in its URN."""
        return name_of(self._urns[urn]) if urn in self._urns else self.text(name)

    def function(self, use: FunctionUse) -> FunctionUse:
        """A call of a provider function."""
        return replace(
            use,
            token=self.text(use.token),
            arguments=self.value(use.arguments),
            region=self.text(use.region),
        )

    def value(self, value: Any) -> Any:
        """A property value without secrets in its strings and keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Secret):
            return value if value.value is UNKNOWN else _SECRET
        if isinstance(value, Mapping):
            return {key: self.value(item) for key, item in distinct_keys(hide_named(value), self._redact)}
        if isinstance(value, list | tuple):
            return type(value)(map(self.value, hide_named(value)))
        if isinstance(value, Asset):
            shown = {name: self.text(getattr(value, name)) for name in ("path", "text", "uri")}
            return replace(value, **shown)
        if isinstance(value, Archive):
            assets = self.value(value.assets)
            return replace(value, path=self.text(value.path), uri=self.text(value.uri), assets=assets)
        if isinstance(value, ResourceReference):
            return ResourceReference(self.urn(value.urn), self.value(value.id))
        return value

    def _resource(self, resource: Resource) -> Resource:
        urn = self.urn(resource.urn)
        provider, separator, id_ = resource.provider.rpartition("::")
        shown: dict[str, Any] = {
            "urn": urn,
            "type": self.type(resource.type),
            "name": name_of(urn),
            "provider": f"{self.urn(provider)}{separator}{self.text(id_)}",
            "property_dependencies": {
                key: tuple(map(self.urn, urns))
                for key, urns in distinct_keys(resource.property_dependencies, self._redact)
            },
        }
        for name in _FIELDS:
            value = getattr(resource, name)
            if not value:
                continue
            if name in _URNS:
                shown[name] = self.urn(value) if isinstance(value, str) else tuple(map(self.urn, value))
            else:
                shown[name] = self.value(value)
        return replace(resource, **shown)

    def _plan(self, plan: Plan) -> Plan:
        return replace(
            plan,
            steps=tuple(map(self._step, plan.steps)),
            pending=tuple(
                replace(each, urn=self.urn(each.urn), type=self.type(each.type), id=self.text(each.id))
                for each in plan.pending
            ),
            outputs=tuple(map(self._change, plan.outputs)),
            refused={self.urn(urn): self.text(reason) for urn, reason in plan.refused.items()},
        )

    def _step(self, step: Step) -> Step:
        urn = self.urn(step.urn)
        shown: dict[str, Any] = {
            "urn": urn,
            "type": self.type(step.type),
            "name": name_of(urn),
            "parent": self.urn(step.parent),
            "id": self.text(step.id),
        }
        if step.is_change:
            paths = ("changed", "replaced_by", "possibly_replaced_by", "undetermined")
            shown |= {name: tuple(map(self.text, getattr(step, name))) for name in paths}
            shown["changes"] = tuple(map(self._change, step.changes))
            shown["causes"] = tuple(map(self.urn, step.causes))
            shown["deleted_with"] = self.urn(step.deleted_with)
            shown["former"] = self.value(step.former)
        if step.adopted_from:
            shown["adopted_from"] = self.urn(step.adopted_from)
        return replace(step, **shown)

    def _change(self, change: PropertyChange) -> PropertyChange:
        # The name of a property indicates a secret too, as in a mapping.
        name = change.path.rpartition(".")[2]
        old, new = (next(iter(self.value({name: value}).values())) for value in (change.old, change.new))
        return replace(change, path=self.text(change.path), old=old, new=new)

    def _urn_parts(self, urn: str) -> str:
        if urn.count("::") < 3:
            return self.text(urn)
        head, project, types, name = urn.split("::", 3)
        return "::".join((head, project, self.type(types), self.text(name)))
