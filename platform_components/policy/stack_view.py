"""StackView: all resources of a stack and their references, for stack rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from platform_components.policy.resource import STACK_TYPE, PolicyResource, ResourceReference, Snapshot
from platform_components.policy.view import OnRead, ResourceView

OnType = Callable[[str], None]
"""Called with each type token that a rule reads."""


def _ignore(type_: str) -> None:
    """Do not record the types."""


class StackView:
    """The resources of one stack, without the root stack and resources that the program only reads.

    Resources refer to one another through outputs: `bucket=bucket.id` makes the public access block refer to
    its bucket through `bucket`, even if the bucket's name is unknown.
    """

    def __init__(self, snapshot: Snapshot, on_read: OnRead | None = None, on_type: OnType = _ignore) -> None:
        self._snapshot = snapshot
        self._on_read = on_read
        self._on_type = on_type

    @cached_property
    def resources(self) -> tuple[ResourceView, ...]:
        """All resources, components and providers included, in the order of the program."""
        return tuple(self._views.values())

    def of_type(self, *types: str) -> tuple[ResourceView, ...]:
        """The resources of these types, type by type, each in the order of the program."""
        for type_ in types:
            self._on_type(type_)
        return tuple(view for type_ in types for view in self._by_type.get(type_, ()))

    def find(self, resource: ResourceReference | None) -> ResourceView | None:
        """The resource with this URN, such as a view's `parent`; None if it is not in this stack."""
        return self._views.get(resource.urn) if resource else None

    def children(self, resource: ResourceView | ResourceReference) -> tuple[ResourceView, ...]:
        """The resources whose parent this is. Raises Undetermined."""
        return tuple(self._by_parent.get(resource.urn, ()))

    def dependencies(self, resource: ResourceView) -> tuple[ResourceView, ...]:
        """The resources that a resource depends on: references and `depends_on`."""
        return self._found(self._declared(resource).dependencies)

    def references(self, resource: ResourceView, *properties: str) -> tuple[ResourceView, ...]:
        """The resources that a resource references in these properties. Default: any property."""
        for name in properties:
            resource.note((name,))
        by_property = self._declared(resource).property_dependencies
        return self._found(urn for name in (properties or by_property) for urn in by_property.get(name, ()))

    def referrers(self, resource: ResourceView, *properties: str, type: str) -> tuple[ResourceView, ...]:
        """The resources of a type that reference this one in these properties. Default: any property.

        `stack.referrers(bucket, "bucket", type="aws:s3/bucketPolicy:BucketPolicy")` are a bucket's policies.
        """
        self._on_type(type)
        if self._on_read is not None:
            for name in properties:
                self._on_read(type, (name,))
        return tuple(
            self._views[urn]
            for urn, through in self._referrers.get(resource.urn, {}).items()
            if self._views[urn].type == type and (not properties or through & set(properties))
        )

    @cached_property
    def _views(self) -> dict[str, ResourceView]:
        return {
            resource.urn: ResourceView.of(
                resource, self._snapshot.inputs(resource), self._snapshot.by_urn, self._on_read
            )
            for resource in self._snapshot.resources
            if resource.type != STACK_TYPE and not resource.external
        }

    @cached_property
    def _by_type(self) -> dict[str, list[ResourceView]]:
        grouped: dict[str, list[ResourceView]] = {}
        for view in self.resources:
            grouped.setdefault(view.type, []).append(view)
        return grouped

    @cached_property
    def _by_parent(self) -> dict[str, list[ResourceView]]:
        grouped: dict[str, list[ResourceView]] = {}
        for view in self.resources:
            if view.parent:
                grouped.setdefault(view.parent.urn, []).append(view)
        return grouped

    @cached_property
    def _referrers(self) -> dict[str, dict[str, set[str]]]:
        """For each referenced resource, the referring resources with their properties."""
        found: dict[str, dict[str, set[str]]] = {}
        for view in self.resources:
            for name, urns in self._declared(view).property_dependencies.items():
                for urn in urns:
                    found.setdefault(urn, {}).setdefault(view.urn, set()).add(name)
        return found

    def _declared(self, resource: ResourceView) -> PolicyResource:
        return self._snapshot.by_urn[resource.urn]

    def _found(self, urns: Iterable[str]) -> tuple[ResourceView, ...]:
        """The views without duplicates, in the same order."""
        return tuple(self._views[urn] for urn in dict.fromkeys(urns) if urn in self._views)
