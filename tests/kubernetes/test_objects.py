"""Every Kubernetes object of a component is valid for the cluster's Kubernetes version."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from platform_components import Workload, WorkloadArgs
from platform_components.testing import UNKNOWN, Graph, render
from tests.inventory import CASES, Case, graph_of
from tests.kubernetes_schema import kubernetes_objects, problems_in
from tests.samples import IMAGE, context_of

DEPLOYMENT = "kubernetes:apps/v1:Deployment"

Change = Callable[[dict[str, Any]], object]


def workload(**args: Any) -> Graph:
    return render(
        lambda: Workload("orders", WorkloadArgs(image=IMAGE, **args), context=context_of("development"))
    )


def deployment() -> dict[str, Any]:
    return copy.deepcopy(dict(workload().one(DEPLOYMENT).inputs))


def container(manifest: Mapping[str, Any]) -> Any:
    return manifest["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda it: it["spec"].update(replica=3), "'replica' was unexpected"),
        (
            lambda it: container(it)["ports"][0].update(containerPort="8080"),
            "'8080' is not of type 'integer'",
        ),
        (lambda it: container(it).pop("name"), "'name' is a required property"),
        (lambda it: it["spec"].pop("selector"), "'selector' is a required property"),
        (lambda it: it["metadata"].update(labels=["web"]), "['web'] is not of type 'object'"),
        (lambda it: it.update(apiVersion="apps/v1beta1"), "has no Deployment in apps/v1beta1"),
        (lambda it: it.update(kind="Deploymnet"), "has no Deploymnet in apps/v1"),
    ],
)
def test_a_wrong_object_is_caught(change: Change, complaint: str) -> None:
    """Unknown fields, missing fields and fields of the wrong type are reported."""
    manifest = deployment()
    change(manifest)
    assert complaint in "; ".join(problems_in(manifest))


def test_what_only_a_deployment_tells_counts_as_right() -> None:
    """An unknown value is valid anywhere; known values around it are still validated."""
    manifest = deployment()
    container(manifest)["env"] = [{"name": "HOST", "value": UNKNOWN}]
    manifest["spec"]["template"]["metadata"] = UNKNOWN
    assert problems_in(manifest) == []
    container(manifest)["env"][0]["nmae"] = "HOST"
    assert "'nmae' was unexpected" in "; ".join(problems_in(manifest))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_object_of_every_component_is_valid(case: Case) -> None:
    """Objects are valid in each tier and each variant."""
    objects = kubernetes_objects(graph_of(case))
    assert {one.name: wrong for one in objects if (wrong := problems_in(one.inputs))} == {}


def test_there_are_objects_to_check() -> None:
    """The components declare every kind of object of a service."""
    kinds = {one.inputs["kind"] for case in CASES for one in kubernetes_objects(graph_of(case))}
    assert kinds >= {
        "Namespace",
        "ServiceAccount",
        "NetworkPolicy",
        "Deployment",
        "Service",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
    }


def test_a_worker_with_a_health_command_is_valid() -> None:
    """Only this variant has exec probes."""
    objects = kubernetes_objects(workload(kind="worker", health_command=("true",), command=("run",)))
    assert [problems_in(one.inputs) for one in objects] == [[]] * len(objects)
