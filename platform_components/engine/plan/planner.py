"""The planner: decides for each resource of a program, in its order, what a deployment does with it.

It follows the step generator of Pulumi's engine (pkg/resource/deploy/step_generator.go in pulumi/pulumi),
whose functions the docstrings name. What a provider would answer comes from its `ProviderModel`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from platform_components.engine.config_path import parse_path
from platform_components.engine.errors import DeclarationError
from platform_components.engine.graph import Resource
from platform_components.engine.plan.cascade import Cascade
from platform_components.engine.plan.causes import causes_of
from platform_components.engine.plan.deletions import deletion, deletions
from platform_components.engine.plan.dependents import provider_urn
from platform_components.engine.plan.difference import differences, plain
from platform_components.engine.plan.outputs import updated_outputs
from platform_components.engine.plan.paths import with_old
from platform_components.engine.plan.providers import (
    Checked,
    ConfigurableModel,
    PlainProvider,
    ProviderModel,
    Providers,
    configured_model,
)
from platform_components.engine.plan.steps import Comparison, Operation, Order, Plan, Step
from platform_components.engine.plan.verdict import (
    Verdict,
    component_verdict,
    verdict_on,
    with_replace_on_changes,
)
from platform_components.engine.stack_references import STACK_REFERENCE
from platform_components.engine.state.deployment import Deployment, ResourceState
from platform_components.engine.urn import name_of
from platform_components.engine.values import is_unknown

PROTECTED: Final = "is protected; to replace or delete it, first deploy it with protect=False"

_ENGINES_OWN: Final = frozenset({"version", "pluginDownloadURL", "pluginChecksums"})
"""Inputs of a provider that the engine processes, and providers ignore."""
_PLAIN: Final = PlainProvider()
_NOTHING: Final = Verdict()


@dataclass(frozen=True)
class Planned:
    """What the program gets to know about a resource."""

    id: str
    """Empty if it is unknown until deployment."""
    outputs: Mapping[str, Any] | None
    """None: what is known of a resource that is created, which are its inputs."""


class Planner:
    """Collects the steps of one stack. Resources are passed in the order of the program."""

    def __init__(self, deployment: Deployment | None, providers: Providers) -> None:
        """`deployment`: the state; None if the stack was never deployed."""
        self.former: dict[str, str] = {}
        """The URNs in the state of the resources that an alias found, by their present URN."""
        self._exists = deployment is not None
        self._deployment = deployment or Deployment(source="", resources=())
        self._olds = self._deployment.current
        self._providers = providers
        self._cascade = Cascade(self._deployment, providers)
        self._steps: dict[str, Step] = {}
        self._current: dict[str, str] = {}  # the inverse of `former`
        self._configurations: dict[str, Mapping[str, Any]] = {}  # of providers, by URN
        self._models: dict[str, ProviderModel] = {}  # those with a configuration, by URN of the provider
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
            self._configurations[resource.urn] = _configuration(resource.inputs)
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
            return self._replaced(resource, old, Verdict(replaced_by=keys), "delete first", causes)
        if old.external:
            return self._replaced(resource, old, Verdict(replaced_by=("id",)), "create first", retained=True)
        return self._compared(resource, old)

    def read(self, resource: Resource, *, available: bool = True) -> Planned:
        """Decide what happens to a resource that the program reads.

        `available`: of a stack reference, whether the outputs of that stack are known.
        """
        if resource.type == STACK_REFERENCE:
            if available:
                self._available.add(resource.urn)
            return self._add(resource, None, "read")
        old = self._found(resource, ())
        if old is not None and not old.external and old.id != resource.id:
            return self._replaced(resource, old, Verdict(replaced_by=("id",)), "create first")
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
        model = self._model(resource)
        causes: set[str] = set()
        checked = Checked(resource.inputs)
        if reason := self._forced_replacement(resource, old, causes):
            verdict = Verdict(replaced_by=(reason,))
        elif not resource.custom:
            verdict = component_verdict(old.inputs, resource.inputs)
        else:
            checked, verdict = self._judged(resource, old, model)
        init_errors = bool(old.init_errors)
        verdict = with_replace_on_changes(verdict, resource.replace_on_changes, init_errors=init_errors)
        causes |= causes_of(resource, verdict, self._steps)
        if verdict.replaced_by or old.pending_replacement:
            first = resource.delete_before_replace
            if first is None:
                first = resource.custom and model.deletes_first(resource.type, old, checked.inputs)
            self._check_protection(resource, old)
            if first:
                self._cascade.start(old, {self.former.get(urn, urn) for urn in self._steps})
            order: Order = "delete first" if first else "create first"
            return self._replaced(resource, old, verdict, order, causes, retained=old.retain_on_delete)
        if verdict.changed or init_errors:
            outputs = updated_outputs(old, checked.inputs, verdict) if resource.custom else None
            return self._add(resource, old, "update", verdict, causes=causes, outputs=outputs)
        if verdict.changes:
            outputs = updated_outputs(old, checked.inputs, verdict) if resource.custom else None
            return self._add(resource, old, "undetermined", verdict, outputs=outputs)
        return self._add(resource, old, "same", outputs=old.outputs)

    def _model(self, resource: Resource) -> ProviderModel:
        """The model of a resource's provider, with its configuration if that matters."""
        model = self._providers(resource.type)
        if not resource.provider or not isinstance(model, ConfigurableModel):
            return model
        urn = provider_urn(resource.provider)
        if urn not in self._models:
            self._models[urn] = configured_model(model, self._configurations.get(urn, {}))
        return self._models[urn]

    def _judged(
        self, resource: Resource, old: ResourceState, model: ProviderModel
    ) -> tuple[Checked, Verdict]:
        """What the provider would answer to Check and Diff."""
        given = resource.inputs
        if resource.is_provider:
            given, old = _configuration(given), replace(old, inputs=_configuration(old.inputs))
        for option in resource.ignore_changes:
            if steps := parse_path(option):
                given = with_old(old.inputs, given, steps)
        checked = model.check(resource.type, given, old)

        def explained(property_: str, secret: bool) -> bool:
            dependencies = resource.property_dependencies
            # Check computes properties that the program does not set from others, such as tagsAll from tags.
            keys = (property_,) if property_ in resource.inputs else tuple(dependencies)
            urns = {urn for key in keys for urn in dependencies.get(key, ())}
            return any(self._has_new_outputs(urn, secret=secret) for urn in urns)

        return checked, verdict_on(resource.type, old, checked, model, explained=explained, current=self._now)

    def _forced_replacement(self, resource: Resource, old: ResourceState, causes: set[str]) -> str:
        """What replaces a resource regardless of its properties, or empty (stepGenerator.diff)."""
        if _is_triggered(resource.replacement_trigger, old.replacement_trigger):
            return "replacementTrigger"
        if old.taint:
            return "id"
        options = {"replaceWith": resource.replace_with, "deletedWith": (resource.deleted_with,)}
        for option, urns in options.items():
            replaced = [urn for urn in urns if self._is_replaced(urn)]
            if replaced:
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
        if self._now(former) == urn:
            return self._is_replaced(urn)
        before, after = self._olds.get(former), self._configurations.get(urn)
        if before is None or after is None:
            return True
        before = replace(before, inputs=_configuration(before.inputs))
        model = self._providers(before.type)
        return bool(
            verdict_on(before.type, before, model.check(before.type, after, before), model).replaced_by
        )

    def _is_replaced(self, urn: str) -> bool:
        step = self._steps.get(urn)
        return step is not None and step.operation == "replace"

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
        return step.operation in ("create", "update", "replace", "import")

    def _replaced(
        self,
        resource: Resource,
        old: ResourceState,
        verdict: Verdict,
        order: Order,
        causes: Iterable[str] = (),
        *,
        retained: bool = False,
    ) -> Planned:
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


def _configuration(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inputs of a provider without those that the engine processes."""
    return {key: value for key, value in inputs.items() if key not in _ENGINES_OWN}


def _is_triggered(new: Any, old: Any) -> bool:
    """Whether a replacement trigger changed (shouldTriggerReplace)."""
    new, old = plain(new), plain(old)
    if is_unknown(new) or is_unknown(old):
        return True
    return new is not None and old is not None and bool(differences({"trigger": old}, {"trigger": new}))
