"""Plans of both engines in one form: what happens to each resource, and the order of deletions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from platform_components.engine import Secret, evaluate
from platform_components.engine.plan.providers import Providers
from platform_components.engine.plan.steps import Order, Plan, Step
from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.format import StackName, parse_state
from platform_components.engine.state.sealed import Unsealing
from platform_components.engine.urn import PROVIDER_TYPE
from tests.engine.cloud_provider import top_level
from tests.engine.plans.model import cloud_models
from tests.engine.plans.recording import CONFIG, DELETIONS, PROJECT, short

_CREATIONS: Final = ("create-replacement", "import-replacement", "read-replacement")


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What happens to one resource."""

    operation: str
    changed: frozenset[str] = frozenset()
    """Top-level properties."""
    replaced_by: frozenset[str] = frozenset()
    """Top-level properties."""
    order: Order | None = None
    former: str = ""
    """URN in the state, without stack and project, if it is another one."""


def planned(
    stack: str,
    resources: Sequence[Mapping[str, Any]],
    program: Callable[[], None],
    providers: Providers = cloud_models,
    unsealing: Unsealing = lambda _: lambda marked, path: Secret(json.loads(marked["plaintext"])),
) -> Plan:
    """Return the plan of the embedded engine from the resources of a state to a program."""
    content = json.dumps({"version": 3, "deployment": {"resources": resources}})
    state = parse_state(
        content.encode(),
        subject="state",
        source="state.json",
        expected=StackName(PROJECT, stack),
        unsealing=unsealing,
    )
    state = state or Deployment(source="state.json", resources=())
    graph = evaluate(program, project=PROJECT, stack=stack, config=CONFIG, state=state, providers=providers)
    assert graph.plan is not None
    return graph.plan


def our_fates(plan: Plan) -> dict[str, Fate]:
    """By URN without stack and project. Default providers are omitted, as in previews of the real engine."""
    return {short(step.urn): _our_fate(step) for step in _shown(plan) if not step.leftover}


def our_deletions(plan: Plan) -> list[str]:
    """The resources that are deleted at the end, in the order of the plan."""
    return [short(step.urn) for step in _shown(plan) if step.operation == "delete"]


def real_fates(steps: Iterable[Mapping[str, Any]]) -> dict[str, Fate]:
    """The same of the real engine."""
    present = {each["from"]: each["urn"] for each in steps if "from" in each}
    by_urn: dict[str, list[Mapping[str, Any]]] = {}
    for step in steps:
        # The deletion of a replaced resource has its former URN, which can be that of another one now.
        is_deletion = step["op"] in DELETIONS
        by_urn.setdefault(present.get(step["urn"], step["urn"]) if is_deletion else step["urn"], []).append(
            step
        )
    fates = {urn: _real_fate(own) for urn, own in by_urn.items()}
    return {urn: fate for urn, fate in fates.items() if fate.operation != "leftover"}


def real_deletions(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    """The resources that are deleted without being replaced, in order, with those of earlier replacements."""
    replaced = {each.get("from", each["urn"]) for each in steps if each["op"] in _CREATIONS}
    return [
        each["urn"]
        for each in steps
        if each["op"] in ("delete", "discard")
        or (each["op"] == "delete-replaced" and each["urn"] not in replaced)
    ]


def refused(errors: Iterable[str]) -> set[str]:
    """The URNs that the real engine refuses to delete or replace."""
    return {found[1] for error in errors if (found := re.search(r'resource "(urn:[^"]+)"', error))}


def _shown(plan: Plan) -> list[Step]:
    return [step for step in plan.steps if step.parent or not step.type.startswith(PROVIDER_TYPE)]


def _our_fate(step: Step) -> Fate:
    return Fate(
        operation=step.operation,
        # Pulumi does not determine which inputs of a component change.
        changed=frozenset(step.changed if step.custom else ()),
        replaced_by=frozenset(map(top_level, step.replaced_by)),
        order=step.order,
        former=short(step.adopted_from) if step.adopted_from else "",
    )


def _real_fate(steps: Sequence[Mapping[str, Any]]) -> Fate:
    operations = [step["op"] for step in steps]
    created = next((name for name in operations if name in _CREATIONS), "")
    shown = next((step for step in steps if step["op"] == created), steps[0])
    paths = (*shown.get("diffReasons", ()), *shown.get("detailedDiff", ()))
    order: Order | None = None
    if created:
        deletes_first = operations[0] in DELETIONS
        order = "delete first" if deletes_first else "create first"
    return Fate(
        operation=_operation(operations, created),
        changed=frozenset(map(top_level, paths)),
        replaced_by=frozenset(map(top_level, shown.get("replaceReasons", ()))),
        order=order,
        former=shown.get("from", ""),
    )


def _operation(operations: Sequence[str], created: str) -> str:
    """The operation in the words of the embedded engine."""
    if created:
        return {"import-replacement": "import"}.get(created, "replace")
    own = [name for name in operations if name != "delete-replaced"]
    return {"discard": "delete"}.get(own[0], own[0]) if own else "leftover"
