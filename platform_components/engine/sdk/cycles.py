"""Detection of circular dependencies, without the SDK's recursion.

For each dependency, the SDK walks all transitive dependencies in nested generators: a chain of about 980
resources exceeds the default recursion limit, and the time grows with the square of its length.
"""

from __future__ import annotations

from typing import Any

from pulumi.runtime import resource_cycle_breaker

_DEPENDENTS = "_platform_has_dependents"


def reachable(from_resource: Any, to_resource: Any) -> bool:
    """Whether the first resource depends on the second one, directly or transitively.

    Replaces `_reachable`, which the SDK calls before it adds the dependency of the second on the first.
    """
    if from_resource is to_resource:
        return True
    dependencies = resource_cycle_breaker._deps
    if not hasattr(to_resource, _DEPENDENTS) or from_resource in dependencies(to_resource):
        return False  # nothing depends on it yet, or the dependency is known and was checked
    seen, left = {from_resource}, [from_resource]
    while left:
        for resource in dependencies(left.pop()):
            if resource is to_resource:
                return True
            if resource not in seen:
                seen.add(resource)
                left.append(resource)
    return False


def add_dependency(from_resource: Any, to_resource: Any) -> None:
    """Record a dependency. Replaces `_add_dep`."""
    setattr(to_resource, _DEPENDENTS, True)
    known = resource_cycle_breaker._deps(from_resource)
    setattr(from_resource, resource_cycle_breaker._DEPENDENCIES_PROPERTY, known | {to_resource})
