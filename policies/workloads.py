"""Workloads: draining a node neither takes a service down nor waits indefinitely."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from platform_components.base.markers import UNKNOWN
from platform_components.policy import (
    Example,
    PolicyContext,
    Properties,
    ResourceView,
    StackExample,
    StackRule,
    StackView,
    Undetermined,
)

from .kubernetes_places import Place, placed, same

_DEPLOYMENT = "kubernetes:apps/v1:Deployment"
_STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
_REPLICA_SET = "kubernetes:apps/v1:ReplicaSet"
_WORKLOADS = (_DEPLOYMENT, _STATEFUL_SET, _REPLICA_SET, "kubernetes:core/v1:ReplicationController")
_BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
_NAMESPACE = "kubernetes:core/v1:Namespace"
_HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
_AUTOSCALERS = (_HPA, "kubernetes:autoscaling/v1:HorizontalPodAutoscaler")
_PERCENT = re.compile(r"(\d+)%")


def _budgets(stack: StackView, context: PolicyContext) -> Iterator[tuple[ResourceView, str | Undetermined]]:
    """Patches are not read: the objects that they change, and their budgets, are not in the stack."""
    budgets = placed(stack, _BUDGET)
    autoscaled = _autoscaled(stack)
    selected: dict[tuple[str, str], list[Any]] = {}
    for workload in placed(stack, *_WORKLOADS):
        name = workload.fields.peek("metadata", "name")
        scaled = workload.view.urn in autoscaled or (workload.place, name) in autoscaled
        replicas = None if scaled else workload.fields.peek("spec", "replicas")
        matches: list[bool | Undetermined] = []
        for budget in budgets:
            if nearby := same(workload.place, budget.place):
                match = _selects(budget.fields, workload.fields)
                matches.append(nearby if match is True else match)
                if matches[-1] is True:
                    selected.setdefault(budget.key, []).append(replicas)
        if replicas in (0, 1) or True in matches:
            continue
        unclear = [value for value in (replicas, *matches) if isinstance(value, Undetermined)]
        yield workload.view, unclear[0] if unclear else "no PodDisruptionBudget selects its pods"
    for budget in budgets:
        if budget.key in selected:
            problems = _blocked(budget.fields, selected[budget.key])
            yield from ((budget.view, problem) for problem in problems)


def _autoscaled(stack: StackView) -> set[str | tuple[Place, Any]]:
    """What autoscalers refer to, by URN, and what they name, by place and name."""
    found: set[str | tuple[Place, Any]] = set()
    for autoscaler in placed(stack, *_AUTOSCALERS):
        found |= {target.urn for target in stack.references(autoscaler.view, "spec")}
        found.add((autoscaler.place, autoscaler.fields.peek("spec", "scaleTargetRef", "name")))
    return found


def _selects(budget: Properties, workload: Properties) -> bool | Undetermined:
    """Whether a budget's selector matches the labels of a workload's pods, if both are in one namespace."""
    selector = budget.peek("spec", "selector")
    labels = workload.peek("spec", "template", "metadata", "labels") or {}
    if selector is None:  # selects no pods; an empty one selects all
        return False
    for each in (selector, labels):
        if isinstance(each, Undetermined):
            return each
    pairs = (selector.get("matchLabels") or {}).items()
    expressions = selector.get("matchExpressions") or []
    return all(labels.get(key) == value for key, value in pairs) and all(
        _holds(expression, labels) for expression in expressions
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression.get("key", "")), expression.get("values") or ()
    match expression.get("operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    return False


def _blocked(budget: Properties, replicas: Sequence[Any]) -> Iterator[str | Undetermined]:
    """Why a budget never allows an eviction. `replicas` are those of the workloads that it selects.

    A single replica can only be evicted with downtime, so that blocking a drain may be intended.
    """
    total = sum(replicas) if all(isinstance(count, int) for count in replicas) else None
    if total is not None and total <= 1:
        return
    unavailable, available = (budget.peek("spec", name) for name in ("maxUnavailable", "minAvailable"))
    for limit in (unavailable, available):
        if isinstance(limit, Undetermined):
            yield limit
    if unavailable in (0, "0%"):
        yield f"allows no eviction: maxUnavailable is {unavailable}"
    elif available == "100%" or (total is not None and _required(available, total) >= total):
        yield f"allows no eviction: minAvailable is {available}" + ("" if total is None else f" of {total}")


def _required(available: object, total: int) -> int:
    """The number of pods that `minAvailable` requires. Kubernetes rounds a percentage up."""
    if isinstance(available, int):
        return available
    percent = _PERCENT.fullmatch(available) if isinstance(available, str) else None
    return -(-int(percent[1]) * total // 100) if percent else 0


_LABELS = {"app": "payments", "tier": "web"}
_TEMPLATE = {"template": {"metadata": {"labels": _LABELS}}}
_ALL_PODS = {"matchLabels": {"app": "payments"}}
_PAYMENTS = Example(_DEPLOYMENT, {"metadata": {"namespace": "payments"}, "spec": _TEMPLATE}, name="payments")
_AUTONAMED = Example(_NAMESPACE, name="shop")
_OTHER_AUTONAMED = Example(_NAMESPACE, name="other")


def _with_budget(selector: Any, namespace: str = "payments", **limit: Any) -> StackExample:
    return _budgeted(_PAYMENTS, {"selector": selector, **(limit or {"maxUnavailable": 1})}, namespace)


def _budgeted(workload: Example, spec: Mapping[str, Any], namespace: str = "payments") -> StackExample:
    return StackExample(
        (workload, Example(_BUDGET, {"metadata": {"namespace": namespace}, "spec": spec}, name="budget"))
    )


def _where(key: str, operator: str, *values: str) -> StackExample:
    return _with_budget({"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]})


def _sized(replicas: int, type_: str = _DEPLOYMENT) -> Example:
    spec = {"replicas": replicas, **_TEMPLATE}
    return Example(
        type_, {"metadata": {"namespace": "payments", "name": "web"}, "spec": spec}, name="payments"
    )


def _limited(replicas: int, **limit: Any) -> StackExample:
    return _budgeted(_sized(replicas), {"selector": _ALL_PODS, **limit})


def _in_autonamed(namespace: Example) -> StackExample:
    """A workload in one namespace whose name is unknown, and a budget in the same or in another one."""
    workload = Example(_DEPLOYMENT, _unnamed(_TEMPLATE), name="payments", refers_to={"metadata": _AUTONAMED})
    spec = {"maxUnavailable": 1, "selector": _ALL_PODS}
    budget = Example(_BUDGET, _unnamed(spec), name="budget", refers_to={"metadata": namespace})
    return StackExample((_AUTONAMED, _OTHER_AUTONAMED, workload, budget))


def _unnamed(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"metadata": {"namespace": UNKNOWN}, "spec": spec}


_BUDGETS = {
    "metadata": {"namespace": "payments"},
    "spec": {"selector": _ALL_PODS, "maxUnavailable": 1},
}


def _in_a_list(workload: Example, *budgets: Mapping[str, Any]) -> StackExample:
    """The workload and the budgets as items of lists."""
    workloads = Example(f"{workload.type}List", {"items": [workload.inputs]}, name="payments")
    return StackExample((workloads, Example(f"{_BUDGET}List", {"items": list(budgets)}, name="budgets")))


_AUTOSCALER = Example(
    _HPA,
    {"metadata": {"namespace": "payments"}, "spec": {"scaleTargetRef": {"name": "web"}, "minReplicas": 3}},
    name="autoscaler",
)

WORKLOADS: Final = (
    StackRule(
        id="workload-disruption-budget",
        title="Every workload with several replicas has a PodDisruptionBudget that allows evictions",
        why="Draining nodes, as every upgrade of a cluster does, evicts all pods of a service at once "
        "without a budget, and waits indefinitely for a budget that allows no eviction.",
        remedy="use a Workload, or add a PodDisruptionBudget with maxUnavailable 1 "
        "that selects the pod template's labels",
        severity="medium",
        enforcement="advisory",
        check=_budgets,
        passing=(
            _with_budget(_ALL_PODS),
            _with_budget({}),
            _where("app", "In", "payments", "orders"),
            _where("app", "NotIn", "orders"),
            _where("app", "Exists"),
            _where("canary", "DoesNotExist"),
            _with_budget(_ALL_PODS, minAvailable=2),
            _budgeted(_sized(3, _STATEFUL_SET), {"selector": _ALL_PODS, "maxUnavailable": 1}),
            _in_autonamed(_AUTONAMED),
            _in_a_list(_PAYMENTS, _BUDGETS),
            StackExample((_sized(0),)),
            StackExample((_sized(1),)),
            _limited(1, minAvailable=1),
            _limited(3, minAvailable=2),
            _limited(4, minAvailable="75%"),
            _limited(3, maxUnavailable="1%"),
        ),
        failing=(
            StackExample((_PAYMENTS,), says="no PodDisruptionBudget selects its pods"),
            StackExample((_sized(3, _STATEFUL_SET),), says="no PodDisruptionBudget selects its pods"),
            StackExample((_sized(3, _REPLICA_SET),), says="no PodDisruptionBudget selects its pods"),
            _in_a_list(_sized(3)),
            _in_a_list(_PAYMENTS, {**_BUDGETS, "spec": {"selector": _ALL_PODS, "maxUnavailable": 0}}),
            StackExample((_sized(1), _AUTOSCALER), says="no PodDisruptionBudget selects its pods"),
            _in_autonamed(_OTHER_AUTONAMED),
            _with_budget(None),
            _with_budget({"matchLabels": {"app": "orders"}}),
            _with_budget(_ALL_PODS, namespace="default"),
            _where("app", "In", "orders"),
            _where("app", "NotIn", "payments"),
            _where("canary", "Exists"),
            _where("app", "DoesNotExist"),
            replace(
                _with_budget(_ALL_PODS, maxUnavailable=0), says="allows no eviction: maxUnavailable is 0"
            ),
            _with_budget(_ALL_PODS, maxUnavailable="0%"),
            _with_budget(_ALL_PODS, minAvailable="100%"),
            replace(_limited(2, minAvailable=2), says="allows no eviction: minAvailable is 2 of 2"),
            replace(_limited(3, minAvailable="67%"), says="minAvailable is 67% of 3"),
        ),
    ),
)
