"""Workloads: services remain available while nodes are drained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.policy import (
    Example,
    PolicyContext,
    ResourceView,
    StackExample,
    StackRule,
    StackView,
    Undetermined,
)

_DEPLOYMENT = "kubernetes:apps/v1:Deployment"
_BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"


def _budgets(stack: StackView, context: PolicyContext) -> Iterator[tuple[ResourceView, str | Undetermined]]:
    budgets: dict[Any, list[ResourceView]] = {}
    for budget in stack.of_type(_BUDGET):
        budgets.setdefault(_namespace(budget), []).append(budget)
    for deployment in stack.of_type(_DEPLOYMENT):
        namespace = _namespace(deployment)
        labels = deployment.peek("spec", "template", "metadata", "labels")
        undecided = [value for value in (namespace, labels) if isinstance(value, Undetermined)]
        if not undecided:
            # One in an unknown namespace may be in this one.
            nearby = [
                budget
                for other, those in budgets.items()
                if other == namespace or isinstance(other, Undetermined)
                for budget in those
            ]
            matches = [_selects(budget, labels or {}) for budget in nearby]
            if True in matches:
                continue
            undecided = [match for match in matches if isinstance(match, Undetermined)]
        if undecided:
            yield deployment, undecided[0]
        else:
            yield deployment, "no PodDisruptionBudget selects its pods"


def _namespace(view: ResourceView) -> str | Undetermined:
    namespace: str | Undetermined | None = view.peek("metadata", "namespace")
    return namespace or "default"


def _selects(budget: ResourceView, labels: Mapping[str, str]) -> bool | Undetermined:
    """Whether a budget's selector matches the labels of pods, if the namespaces are equal."""
    selector = budget.peek("spec", "selector")
    if isinstance(selector, Undetermined):
        return selector
    if selector is None:  # selects no pods; an empty one selects all
        return False
    wanted = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []
    if not all(labels.get(key) == value for key, value in wanted.items()):
        return False
    if not all(_holds(expression, labels) for expression in expressions):
        return False
    namespace = _namespace(budget)
    return namespace if isinstance(namespace, Undetermined) else True


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


_LABELS = {"app": "payments", "tier": "web"}
_PAYMENTS = Example(
    _DEPLOYMENT,
    {"metadata": {"namespace": "payments"}, "spec": {"template": {"metadata": {"labels": _LABELS}}}},
    name="payments",
)


def _with_budget(selector: Any, namespace: str = "payments") -> StackExample:
    spec = {"maxUnavailable": 1, "selector": selector}
    return StackExample(
        (_PAYMENTS, Example(_BUDGET, {"metadata": {"namespace": namespace}, "spec": spec}, name="budget"))
    )


def _where(key: str, operator: str, *values: str) -> StackExample:
    return _with_budget({"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]})


WORKLOADS: Final = (
    StackRule(
        id="workload-disruption-budget",
        title="Every Deployment has a PodDisruptionBudget that selects its pods",
        why="Draining nodes, as every upgrade of a cluster does, may evict all pods of a service at once.",
        remedy="use a Workload, or add a PodDisruptionBudget that selects the pod template's labels",
        severity="medium",
        enforcement="advisory",
        check=_budgets,
        passing=(
            _with_budget({"matchLabels": {"app": "payments"}}),
            _with_budget({}),
            _where("app", "In", "payments", "orders"),
            _where("app", "NotIn", "orders"),
            _where("app", "Exists"),
            _where("canary", "DoesNotExist"),
        ),
        failing=(
            StackExample((_PAYMENTS,), says="no PodDisruptionBudget selects its pods"),
            _with_budget(None),
            _with_budget({"matchLabels": {"app": "orders"}}),
            _with_budget({"matchLabels": {"app": "payments"}}, namespace="default"),
            _where("app", "In", "orders"),
            _where("app", "NotIn", "payments"),
            _where("canary", "Exists"),
            _where("app", "DoesNotExist"),
        ),
    ),
)
