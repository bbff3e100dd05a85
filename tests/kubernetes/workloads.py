"""Workloads of tests: graphs of programs with one workload, and what tests read of them."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.base import InvalidInput, Tier
from platform_components.kubernetes.pod import PodAdditions
from platform_components.kubernetes.workload import Workload
from platform_components.kubernetes.workload_args import WorkloadArgs
from platform_components.testing import Graph, render
from tests.samples import context_of

DIGEST = "sha256:" + "8c1f" * 16
IMAGE = f"registry.example:5000/shop/orders@{DIGEST}"

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAMESPACE = "kubernetes:core/v1:Namespace"
SERVICE = "kubernetes:core/v1:Service"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"


def workload(tier: Tier = "development", additions: PodAdditions | None = None, **args: Any) -> Graph:
    """Return the graph of a program with one workload named orders."""
    given = {"image": IMAGE} | args
    return render(
        lambda: Workload("orders", WorkloadArgs(**given), context=context_of(tier), additions=additions)
    )


def spec(graph: Graph) -> dict[str, Any]:
    """Return the spec of the Deployment."""
    found: dict[str, Any] = graph.one(DEPLOYMENT).inputs["spec"]
    return found


def pod(graph: Graph) -> dict[str, Any]:
    found: dict[str, Any] = spec(graph)["template"]["spec"]
    return found


def container(graph: Graph) -> dict[str, Any]:
    (found,) = pod(graph)["containers"]
    return dict(found)


def policy(graph: Graph, name: str = "orders") -> dict[str, Any]:
    """Return the spec of the NetworkPolicy with this name in Kubernetes."""
    (found,) = (
        each.inputs["spec"]
        for each in graph.of_type(NETWORK_POLICY)
        if each.inputs["metadata"]["name"] == name
    )
    return dict(found)


def problems(tier: Tier = "development", **args: Any) -> str:
    """Return the error message for invalid args."""
    with pytest.raises(InvalidInput) as caught:
        WorkloadArgs(**({"image": IMAGE} | args)).resolve(context_of(tier), 'Workload "orders"')
    return " ".join(str(caught.value).split())
