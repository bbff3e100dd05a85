"""Replicas: production has enough pods, other tiers do not cost as much as production."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .kubernetes_objects import KubernetesObject, objects, of_kind
from .sizing import most

_REPLICATED: Final = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")
_AUTOSCALER: Final = "HorizontalPodAutoscaler"


def _replicas(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
    least = context.size("workload.min_replicas") if context.tier == "production" else 0
    limit = most(context, "workload.max_replicas")
    for each in objects(view):
        low, high = ("minReplicas", "maxReplicas") if each.kind == _AUTOSCALER else ("replicas", "replicas")
        replicas = _minimum(each, low)
        if replicas is not None and replicas < least:
            yield f"{each.where('spec', low)} is {replicas}; the minimum in production is {least}"
        replicas = each.fields.get("spec", high)
        if limit is not None and replicas is not None and replicas > limit:
            yield f"{each.where('spec', high)} is {replicas}; the maximum in {context.tier} is {limit}"


def _minimum(each: KubernetesObject, name: str) -> int | None:
    """The number of replicas that production requires a minimum of; None if another object sets it.

    A Deployment without `replicas` leaves them to its autoscaler. A StatefulSet can be a database that has no
    replication.
    """
    if each.kind == "StatefulSet":
        return None
    replicas: int | None = each.fields.get("spec", name)
    if replicas is None and each.kind == _AUTOSCALER and not each.partial:
        return 1  # Kubernetes' default
    return replicas


_DEPLOYMENT = "kubernetes:apps/v1:Deployment"
_HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
_REPLICA_SET = "kubernetes:apps/v1:ReplicaSet"
_STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"

REPLICAS: Final = (
    Rule(
        id="workload-replicas",
        title="The number of replicas suits the tier",
        why="Fewer than three replicas can't spread over three zones; many in development are wasted cost.",
        remedy="use a Workload with the tier's default",
        severity="medium",
        controls=("NIST 800-53 CP-10",),
        types=of_kind(*_REPLICATED, _AUTOSCALER),
        check=_replicas,
        passing=(
            Example(_STATEFUL_SET, {"spec": {"replicas": 1}}, "prod"),
            Example(f"{_DEPLOYMENT}Patch", {"metadata": {"name": "web"}}, "prod"),
            Example(f"{_HPA}Patch", {"spec": {"maxReplicas": 9}}, "prod"),
            Example(_DEPLOYMENT, {"spec": {}}, "prod"),
            Example(_DEPLOYMENT, {"spec": {"replicas": 1}}),
            Example(_DEPLOYMENT, {"spec": {"replicas": 3}}, "prod"),
            Example(_DEPLOYMENT, {"spec": {"replicas": 10}}),
            Example(_HPA, {"spec": {"minReplicas": 3, "maxReplicas": 9}}, "prod"),
            Example(_HPA, {"spec": {"maxReplicas": 10}}),
        ),
        failing=(
            Example(_REPLICA_SET, {"spec": {"replicas": 1}}, "prod", says="spec.replicas is 1"),
            Example(_STATEFUL_SET, {"spec": {"replicas": 11}}, says="spec.replicas is 11"),
            Example(f"{_DEPLOYMENT}Patch", {"spec": {"replicas": 1}}, "prod", says="spec.replicas is 1"),
            Example(
                f"{_DEPLOYMENT}List",
                {"items": [{"spec": {}}, {"spec": {"replicas": 50}}]},
                says="items[1].spec.replicas is 50",
            ),
            Example(_DEPLOYMENT, {"spec": {"replicas": 1}}, "prod", says="the minimum in production is 3"),
            Example(_DEPLOYMENT, {"spec": {"replicas": 2}}, "prod", says="spec.replicas is 2"),
            Example(_DEPLOYMENT, {"spec": {"replicas": 11}}, says="the maximum in development is 10"),
            Example(_HPA, {"spec": {"maxReplicas": 9}}, "prod", says="spec.minReplicas is 1"),
            Example(_HPA, {"spec": {"minReplicas": 2}}, "prod", says="spec.minReplicas is 2"),
            Example(_HPA, {"spec": {"maxReplicas": 11}}, says="spec.maxReplicas is 11"),
            Example(
                _HPA,
                {"spec": {"minReplicas": 3, "maxReplicas": 100}},
                says="the maximum in development is 10",
            ),
        ),
    ),
)
