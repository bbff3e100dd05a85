"""The resources of a state that depend on others, in the order of the state."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from platform_components.engine.state.deployment import Deployment, ResourceState


def dependents_of(
    deployment: Deployment, root: ResourceState, ignored: Collection[str]
) -> Iterator[ResourceState]:
    """Yield the resources that depend on one, directly or not, each after those that it depends on.

    As DependencyGraph.DependingOn in pkg/resource/graph/dependency_graph.go of pulumi/pulumi: a state is in
    topological order, so one pass is enough. Children are no dependents of their parent.
    """
    found = {root.urn}
    after = False
    for each in deployment.resources:
        if each is root:
            after = True
        elif after and each.urn not in ignored and not found.isdisjoint(references_of(each)):
            found.add(each.urn)
            yield each


def references_of(resource: ResourceState) -> Iterator[str]:
    """Yield the URNs of the resources that one depends on, without its parent."""
    yield from resource.dependencies
    for urns in resource.property_dependencies.values():
        yield from urns
    yield from resource.replace_with
    if resource.deleted_with:
        yield resource.deleted_with
    if resource.provider:
        yield provider_urn(resource.provider)


def provider_urn(reference: str) -> str:
    """The URN in a reference to a provider: `urn::id`."""
    return reference.rpartition("::")[0]
