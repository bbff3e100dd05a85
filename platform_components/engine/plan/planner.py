"""The planner: decides for each resource of a program, in its order, what a deployment does with it.

It follows the step generator of Pulumi's engine (pkg/resource/deploy/step_generator.go in pulumi/pulumi),
whose functions the docstrings name. What a provider would answer comes from its `ProviderModel`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from platform_components.engine.errors import DeclarationError
from platform_components.engine.graph import Resource
from platform_components.engine.plan.cascade import Cascade
from platform_components.engine.plan.causes import causes_of
from platform_components.engine.plan.configurations import Configurations, configuration, configured_state
from platform_components.engine.plan.deletions import deletion, deletions
from platform_components.engine.plan.dependents import provider_urn
from platform_components.engine.plan.difference import differences
from platform_components.engine.plan.ignored import with_ignored
from platform_components.engine.plan.outputs import updated_outputs
from platform_components.engine.plan.providers import Checked, ProviderModel, Providers
from platform_components.engine.plan.steps import Comparison, Operation, Order, Plan, Step
from platform_components.engine.plan.triggers import trigger_verdict
from platform_components.engine.plan.verdict import (
    Verdict,
    component_verdict,
    verdict_on,
    with_replace_on_changes,
)
from platform_components.engine.stack_references import STACK_REFERENCE
from platform_components.engine.state.deployment import Deployment, ResourceState
from platform_components.engine.urn import name_of

PROTECTED: Final = "is protected; to replace or delete it, first deploy it with protect=False"

_IMPORTED: Final = "is replaced, and the deployment fails because of its option import_; remove the option"
_UNAVAILABLE: Final = (
    "has a provider whose configuration is unknown until deployment, so it is unknown whether it changes"
)
_NOTHING: Final = Verdict()
_WITH_NEW_OUTPUTS: Final = frozenset({"create", "update", "replace", "import"})


@dataclass(frozen=True)
class Planned:
    """What the program gets to know about a resource."""

    id: str
    """Empty if it is unknown until deployment."""
    outputs: Mapping[str, Any] | None
    """None: what is known of a resource that is created, which are its inputs."""
    warning: str = ""
    """About what the deployment does with the resource."""


@dataclass(frozen=True)
class _Decision:
    """What differs, and what the provider demands."""

    inputs: Mapping[str, Any]
    """As far as they are checked."""
    verdict: Verdict
    deletes_first: bool = False
    available: bool = True
    """Whether the provider can compare."""


class Planner:
    """Collects the steps of one stack. Resources are passed in the order of the program."""

    def __init__(self, deployment: Deployment | None, providers: Providers) -> None:
        """`deployment`: the state; None if the stack was never deployed."""
        self.former: dict[str, str] = {}
        """The URNs in the state of the resources that an alias found, by their present URN."""
        self._exists = deployment is not None
        self._deployment = deployment or Deployment(source="", resources=())
        self._olds = self._deployment.current
        self._configurations = Configurations(providers)
        self._cascade = Cascade(self._deployment, providers)
        self._steps: dict[str, Step] = {}
        self._current: dict[str, str] = {}  # the inverse of `former`
        self._replaced: set[str] = set()
        self._read_later: set[str] = set()  # reads whose ID is known after another resource changed
        self._available: set[str] = set()  # stack references with known outputs
        self._remote: set[str] = set()
        self._refused: list[str] = []

    def register(self, resource: Resource, aliases: Iterable[str], *, remote: bool = False) -> Planned:
        """Decide what happens to a resource that the program declares.

        `aliases`: its former URNs, see `state_aliases`. `remote`: whether a plugin creates its children.

        Raises:
            DeclarationError: two resources have the same former URN.
        """
        old = self._found(resource, aliases)
        if resource.is_provider:
            self._configurations.add(resource)
        if remote:
            self._remote.add(old.urn if old else resource.urn)
        condemned = self._cascade.condemned.get(old.urn) if old else None
        wanted = resource.import_id
        if wanted and (old is None or old.external or (old.import_id or old.id) != wanted):
            return self._add(resource, old, "import", order="create first" if old else None)
        if old is None:
            return self._add(resource, None, "create")
        if condemned:
            root, keys = condemned
            self._check_protection(resource, old)
            causes = {self._now(root.urn)}
            return self._replace(resource, old, Verdict(replaced_by=keys), "delete first", causes)
        if old.external:
            verdict = Verdict(replaced_by=("id",))
            return self._add(resource, old, "replace", verdict, order="create first", retained=True)
        return self._compared(resource, old)

    def read(self, resource: Resource, aliases: Iterable[str], *, available: bool = True) -> Planned:
        """Decide what happens to a resource that the program reads (GenerateReadSteps).

        `aliases`: the former URNs that those of its parents imply. `available`: of a stack reference, whether
        the outputs of that stack are known.
        """
        if resource.type == STACK_REFERENCE:
            if available:
                self._available.add(resource.urn)
            return self._add(resource, None, "read")
        old = self._found(resource, aliases)
        # The SDK does not send on which resource an ID depends.
        if not resource.id and any(step.operation in _WITH_NEW_OUTPUTS for step in self._steps.values()):
            self._read_later.add(resource.urn)
        if old is not None and not old.external and old.id != resource.id:
            return self._replace(resource, old, Verdict(replaced_by=("id",)), "create first")
        if old is not None and old.id == resource.id:
            return self._add(resource, old, "read", outputs=old.outputs)
        return self._add(resource, old, "read")

    def plan(self, outputs: Mapping[str, Any], order: Iterable[str]) -> Plan:
        """Return the steps of the complete program. `order`: the URNs of its resources."""
        state = self._deployment
        kept = {*self._steps, *self._current}
        gone = [
            deletion(self._olds[urn], (self._now(root.urn),))
            for urn, (root, _) in self._cascade.condemned.items()
            if urn not in kept
        ]
        gone += deletions(state, kept=kept, already=self._cascade.deleted, remote=self._remote)
        refused = [*self._refused, *self._cascade.protected]
        refused += [
            each.urn for each in gone if each.operation == "delete" and each.protected and not each.leftover
        ]
        count = len(state.resources)
        return Plan(
            steps=(*(self._steps[urn] for urn in order), *gone),
            compared=Comparison(state.source, state.time, count, state.is_snapshot, self._exists),
            pending=state.pending,
            outputs=differences(state.outputs, outputs) if self._exists else (),
            refused=dict.fromkeys(refused, PROTECTED),
        )

    def _now(self, urn: str) -> str:
        """The present URN of a resource in the state."""
        return self._current.get(urn, urn)

    def _found(self, resource: Resource, aliases: Iterable[str]) -> ResourceState | None:
        """The resource in the state: by its URN, otherwise by the first alias there (getOldResource)."""
        for urn in (resource.urn, *aliases):
            old = self._olds.get(urn)
            if old is None:
                continue
            if urn in self._current or (urn != resource.urn and urn in self._steps):
                other = name_of(self._now(urn))
                what = f'{resource.type} "{resource.name}" and "{other}" have the same former URN: {urn}'
                raise DeclarationError(what, remedy="remove the alias from one of them")
            if urn != resource.urn:
                self._current[urn] = resource.urn
                self.former[resource.urn] = urn
            return old
        return None

    def _compared(self, resource: Resource, old: ResourceState) -> Planned:
        """Decide between no change, an update and a replacement (continueStepsFromDiff)."""
        causes: set[str] = set()
        decision = self._decided(resource, old, causes)
        verdict = decision.verdict
        init_errors = bool(old.init_errors)
        if resource.custom:  # of a component, Pulumi does not determine which properties change
            verdict = with_replace_on_changes(verdict, resource.replace_on_changes, init_errors=init_errors)
        causes |= causes_of(resource, verdict, self._steps)
        if verdict.replaced_by or old.pending_replacement:
            first = resource.delete_before_replace
            first = decision.deletes_first if first is None else first
            self._check_protection(resource, old)
            if first:
                seen = {self.former.get(urn, urn) for urn in self._steps}
                self._cascade.start(old, seen, present=resource.urn)
            order: Order = "delete first" if first else "create first"
            planned = self._replace(resource, old, verdict, order, causes)
            return replace(planned, warning=_IMPORTED if resource.import_id else "")
        if not decision.available:
            planned = self._add(resource, old, "update", verdict, causes=causes, outputs={})
            return replace(planned, warning=_UNAVAILABLE)
        outputs = updated_outputs(old, decision.inputs, verdict) if resource.custom else None
        if verdict.changed or init_errors:
            return self._add(resource, old, "update", verdict, causes=causes, outputs=outputs)
        if verdict.changes:
            return self._add(resource, old, "undetermined", verdict, outputs=outputs)
        return self._add(resource, old, "same", outputs=old.outputs)

    def _decided(self, resource: Resource, old: ResourceState, causes: set[str]) -> _Decision:
        """What differs. The provider is only asked if nothing else replaces the resource."""
        given = with_ignored(resource.ignore_changes, old.inputs, resource.inputs)
        trigger = trigger_verdict(old.replacement_trigger, resource.replacement_trigger)
        if trigger.replaced_by:
            return _Decision(given, trigger)
        if reason := self._forced_replacement(resource, old, causes):
            return _Decision(given, Verdict(replaced_by=(reason,)))
        if not resource.custom:
            return _Decision(given, trigger.and_(component_verdict(old.inputs, given)))
        if self._is_unavailable(resource.provider):
            causes.add(provider_urn(resource.provider))
            return _Decision(given, Verdict(possibly_replaced_by=("provider",)), available=False)
        model = self._configurations.model(resource)
        checked, verdict = self._diffed(resource, old, given, model)
        first = bool(verdict.replaced_by) and model.deletes_first(resource.type, old, checked.inputs)
        return _Decision(checked.inputs, trigger.and_(verdict), deletes_first=first)

    def _diffed(
        self, resource: Resource, old: ResourceState, given: Mapping[str, Any], model: ProviderModel
    ) -> tuple[Checked, Verdict]:
        """What the provider would answer to Check and Diff."""
        if resource.is_provider:
            given, old = configuration(given), configured_state(old)
        checked = model.check(resource.type, given, old)
        # Diff honours the option, too: for what Check computes, such as tagsAll.
        inputs = with_ignored(resource.ignore_changes, old.inputs, checked.inputs)
        checked = replace(checked, inputs=inputs)

        def explained(property_: str, secret: bool) -> bool:
            dependencies = resource.property_dependencies
            # Check computes properties that the program does not set from others, such as tagsAll from tags.
            keys = (property_,) if property_ in resource.inputs else tuple(dependencies)
            urns = {urn for key in keys for urn in dependencies.get(key, ())}
            return any(self._has_new_outputs(urn, secret=secret) for urn in urns)

        return checked, verdict_on(resource.type, old, checked, model, explained=explained, current=self._now)

    def _forced_replacement(self, resource: Resource, old: ResourceState, causes: set[str]) -> str:
        """What replaces a resource regardless of its properties, or empty (stepGenerator.diff)."""
        if old.taint:
            return "id"
        options = {"replaceWith": resource.replace_with, "deletedWith": (resource.deleted_with,)}
        for option, urns in options.items():
            if replaced := self._replaced.intersection(urns):
                causes.update(replaced)
                return option
        if self._has_other_provider(resource, old):
            if resource.provider:
                causes.add(provider_urn(resource.provider))
            return "provider"
        return ""

    def _has_other_provider(self, resource: Resource, old: ResourceState) -> bool:
        """Whether the provider of a resource can't manage the existing one (providerChanged)."""
        if not old.provider or not resource.provider:
            return old.provider != resource.provider
        former, urn = provider_urn(old.provider), provider_urn(resource.provider)
        if former == urn:
            return urn in self._replaced
        # An alias of the provider takes precedence, even over its replacement.
        return self._now(former) != urn and self._configurations.replaces(self._olds.get(former), urn)

    def _is_unavailable(self, provider: str) -> bool:
        """Whether a provider is configured only in the deployment, so that it can't compare in a preview.

        See DiffUnavailable in sdk/go/common/resource/plugin/provider_plugin.go of pulumi/pulumi. An input
        that only this preview does not know makes no difference.
        """
        dependencies = self._configurations.unknown_dependencies(provider_urn(provider))
        return any(self._has_new_outputs(urn, secret=secret) for urn, secret in dependencies)

    def _check_protection(self, resource: Resource, old: ResourceState) -> None:
        if resource.protect and old.protect:
            self._refused.append(resource.urn)

    def _has_new_outputs(self, urn: str, *, secret: bool) -> bool:
        """Whether an unknown output of a resource means that it changes.

        A secret of another stack can also be unknown because it can't be decrypted.
        """
        step = self._steps.get(urn)
        if step is None:
            return False
        if step.type == STACK_REFERENCE:
            return not secret and urn in self._available
        return step.operation in _WITH_NEW_OUTPUTS or urn in self._read_later

    def _replace(
        self,
        resource: Resource,
        old: ResourceState,
        verdict: Verdict,
        order: Order,
        causes: Iterable[str] = (),
    ) -> Planned:
        self._replaced.add(resource.urn)
        retained = old.retain_on_delete
        return self._add(resource, old, "replace", verdict, order=order, causes=causes, retained=retained)

    def _add(
        self,
        resource: Resource,
        old: ResourceState | None,
        operation: Operation,
        verdict: Verdict = _NOTHING,
        *,
        order: Order | None = None,
        causes: Iterable[str] = (),
        retained: bool = False,
        outputs: Mapping[str, Any] | None = None,
    ) -> Planned:
        self._steps[resource.urn] = Step(
            operation=operation,
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            custom=resource.custom,
            parent=resource.parent,
            id=old.id if old else "",
            adopted_from=self.former.get(resource.urn, ""),
            changed=verdict.changed,
            changes=verdict.changes,
            replaced_by=verdict.replaced_by,
            possibly_replaced_by=verdict.possibly_replaced_by if operation == "update" else (),
            undetermined=verdict.undetermined,
            order=order,
            causes=tuple(sorted(causes)),
            retained=retained,
            former=old.inputs if old and operation == "replace" else {},
            unprotected=bool(old and old.protect and not resource.protect and operation != "read"),
            protected=old.protect if old else False,
            source=resource.source,
        )
        return Planned(old.id if old and outputs is not None else "", outputs)
