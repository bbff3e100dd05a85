"""The resources of a state that a deployment deletes, because the program does not declare them any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

from platform_components.engine.plan.steps import Step
from platform_components.engine.state.deployment import Deployment, ResourceState


def deletions(
    deployment: Deployment,
    *,
    kept: Collection[str],
    already: Collection[int],
    remote: Collection[str],
) -> Iterator[Step]:
    """Yield the deletions, dependents before their dependencies (GenerateDeletes in step_generator.go).

    `kept`: URNs in the state that the program declares, also under a new URN. `already`: the `id()` of
    resources that replacements delete. `remote`: URNs of the components that a plugin creates, whose
    children no offline preview knows.
    """
    below = _below(deployment, remote)
    gone = {each.urn for each in deployment.resources if each.delete or each.urn not in kept}
    for each in reversed(deployment.resources):
        if each.view_of or id(each) in already:
            continue
        if each.urn in below and not each.delete:
            yield _step(each, "undetermined")
        # One that waits for its replacement is deleted already (RemovePendingReplaceStep).
        elif each.delete or (each.urn not in kept and not each.pending_replacement):
            yield _step(each, "delete", gone=gone)


def deletion(old: ResourceState, causes: tuple[str, ...]) -> Step:
    """The deletion of a resource that the replacement of others requires."""
    return _step(old, "delete", causes=causes)


def _step(
    old: ResourceState,
    operation: Literal["delete", "undetermined"],
    *,
    gone: Collection[str] = (),
    causes: tuple[str, ...] = (),
) -> Step:
    return Step(
        operation=operation,
        urn=old.urn,
        type=old.type,
        name=old.name,
        custom=old.custom,
        parent=old.parent,
        id=old.id,
        causes=causes,
        retained=old.retain_on_delete or old.external,
        deleted_with=old.deleted_with if old.deleted_with in gone else "",
        former=old.inputs if operation == "delete" else {},
        protected=old.protect,
        leftover=old.delete,
    )


def _below(deployment: Deployment, roots: Collection[str]) -> set[str]:
    """The URNs of the children of components, at any depth. Parents come first in a state."""
    found: set[str] = set()
    for each in deployment.resources if roots else ():
        if each.parent in roots or each.parent in found:
            found.add(each.urn)
    return found
