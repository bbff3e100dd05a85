"""The cascade of a replacement that deletes first: the resources that must be deleted before it."""

from __future__ import annotations

from collections.abc import Collection

from platform_components.engine.plan.dependents import dependents_of, provider_urn
from platform_components.engine.plan.ignored import with_ignored
from platform_components.engine.plan.providers import Checked, Providers, configured_model
from platform_components.engine.plan.verdict import top, verdict_on, with_replace_on_changes
from platform_components.engine.state.deployment import Deployment, ResourceState
from platform_components.engine.values import UNKNOWN


class Cascade:
    """Collects the resources of a state that replacements of others delete."""

    def __init__(self, deployment: Deployment, providers: Providers) -> None:
        self.condemned: dict[str, tuple[ResourceState, tuple[str, ...]]] = {}
        """By former URN: the resource whose replacement deletes it, and the properties that require that."""
        self.deleted: set[int] = set()
        """The `id()` of the resources that replacements delete."""
        self.protected: list[str] = []
        """URNs of the protected ones among them."""
        self._deployment = deployment
        self._providers = providers

    def start(self, root: ResourceState, seen: Collection[str], *, present: str) -> None:
        """Add the dependents of a replaced resource that a change of their dependency replaces.

        `seen`: URNs in the state of the resources that the program has declared already; these can't depend
        on it any more. `present`: the URN of the replaced resource in the program, by which Pulumi finds what
        is replaced or deleted with it. See calculateDependentReplacements and
        findDependentCascadeReplacements.
        """
        self.deleted.add(id(root))
        gone = {root.urn}
        for each in dependents_of(self._deployment, root, seen):
            keys = self._keys(each, gone)
            if keys is not None:
                gone.add(each.urn)
                self._condemn(each, root, keys)
        for each in self._deployment.resources:
            if each.urn not in seen and (present in each.replace_with or each.deleted_with == present):
                self._condemn(each, root, ())

    def _condemn(self, each: ResourceState, root: ResourceState, keys: tuple[str, ...]) -> None:
        if each.delete or id(each) in self.deleted:  # a leftover is deleted in any case
            return
        self.deleted.add(id(each))
        self.condemned[each.urn] = root, keys
        if each.protect:
            self.protected.append(each.urn)

    def _keys(self, each: ResourceState, gone: Collection[str]) -> tuple[str, ...] | None:
        """The properties that replace a resource if others are deleted; None if nothing does."""
        if not each.custom or each.external:
            return None
        if (each.provider and provider_urn(each.provider) in gone) or each.deleted_with in gone:
            return ()
        unknown = {
            key: UNKNOWN
            for key, urns in each.property_dependencies.items()
            if key in each.inputs and not set(urns).isdisjoint(gone)
        }
        if not unknown:
            return None
        provider = self._deployment.current.get(provider_urn(each.provider))
        model = configured_model(self._providers(each.type), provider.inputs if provider else {})
        checked = Checked(with_ignored(each.ignore_changes, each.inputs, {**each.inputs, **unknown}))
        verdict = verdict_on(each.type, each, checked, model)
        verdict = with_replace_on_changes(verdict, each.replace_on_changes, init_errors=False)
        return tuple(sorted({top(path) for path in verdict.replaced_by})) or None
