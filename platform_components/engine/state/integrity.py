"""Checks across the resources of a state, as Pulumi's: VerifyIntegrity in pkg/resource/deploy/snapshot.go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from platform_components.base.errors import Problem
from platform_components.engine.state.deployment import ResourceState
from platform_components.engine.state.fields import quoted
from platform_components.engine.urn import PROVIDER_TYPE, is_urn, type_of
from platform_components.engine.wire import UNKNOWN_TEXT

_REPAIR = "run `pulumi state repair` on the stack, and export it again"


def integrity_problems(resources: Sequence[ResourceState]) -> Iterator[Problem]:
    """Yield the problems of references between resources: each follows what it refers to."""
    all_urns = {resource.urn for resource in resources}
    before: set[str] = set()
    current: set[str] = set()
    providers: set[str] = set()
    for index, resource in enumerate(resources):
        where = f"resources[{index}]"
        if resource.is_provider:
            providers.add(f"{resource.urn}::{resource.id or UNKNOWN_TEXT}")
        if resource.provider and not _is_reference(resource.provider):
            fault = f"must be URN::ID of a provider: {quoted(resource.provider)}"
            yield Problem(f"{where}.provider", fault, _REPAIR)
        elif resource.provider and resource.provider not in providers and not resource.pending_replacement:
            yield Problem(where, f"refers to a missing provider: {quoted(resource.provider)}", _REPAIR)
        for field, urn in _references(resource):
            if urn not in before:
                fault = "comes after it" if urn in all_urns else "is missing"
                yield Problem(f"{where}.{field}", f"{fault}: {quoted(urn)}", _REPAIR)
        if not resource.delete:
            if resource.urn in current:
                yield Problem(where, f"duplicate URN: {quoted(resource.urn)}", _REPAIR)
            current.add(resource.urn)
        before.add(resource.urn)


def _references(resource: ResourceState) -> Iterator[tuple[str, str]]:
    if resource.parent:
        yield "parent", resource.parent
    for urn in resource.dependencies:
        yield "dependencies", urn
    listed = set(resource.dependencies)
    for urns in resource.property_dependencies.values():
        for urn in urns:
            if urn not in listed:
                listed.add(urn)
                yield "propertyDependencies", urn
    if resource.deleted_with:
        yield "deletedWith", resource.deleted_with
    for urn in resource.replace_with:
        yield "replaceWith", urn


def _is_reference(provider: str) -> bool:
    """Whether it is the URN of a provider, and an ID (ParseReference in sdk/go/common/providers)."""
    urn = provider.rpartition("::")[0]
    return is_urn(urn) and type_of(urn).startswith(PROVIDER_TYPE)
