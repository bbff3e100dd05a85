"""Disruption budgets: what the examples of the rule can't show."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi_kubernetes import Provider, apps, core, policy

from platform_components.base.markers import UNKNOWN
from platform_components.policy import Example, PolicyContext, Report, evaluate_policies
from platform_components.testing import render
from policies.workloads import WORKLOADS

LABELS = {"app": "shop"}
SELECTOR = {"matchLabels": LABELS}


def _deployment(name: str, **spec: object) -> Example:
    template = {"metadata": {"labels": LABELS}}
    return Example("kubernetes:apps/v1:Deployment", {"spec": {"template": template, **spec}}, name=name)


def _budget(**limit: object) -> Example:
    return Example("kubernetes:policy/v1:PodDisruptionBudget", {"spec": {"selector": SELECTOR, **limit}})


def _report(*resources: Example) -> Report:
    return evaluate_policies(resources, WORKLOADS, PolicyContext.of("dev"))


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same cluster", "another cluster"])
def test_a_budget_in_another_cluster_does_not_count(elsewhere: bool) -> None:
    """A provider is a cluster: objects of equal namespace and labels in two of them are unrelated."""

    def program() -> None:
        namespace = core.v1.Namespace("shop")
        metadata: Any = {"namespace": namespace.metadata["name"]}
        spec: Any = {"selector": {"match_labels": LABELS}}
        options = pulumi.ResourceOptions(provider=Provider("other", kubeconfig="{}") if elsewhere else None)
        of_pods: Any = {**spec, "template": {"metadata": {"labels": LABELS}}}
        apps.v1.Deployment("shop", metadata=metadata, spec=of_pods)
        policy.v1.PodDisruptionBudget("shop", metadata=metadata, spec=spec, opts=options)

    report = evaluate_policies(render(program).resources, WORKLOADS, PolicyContext.of("dev"))
    assert [finding.name for finding in report.violations] == (["shop"] if elsewhere else [])
    assert report.undetermined == ()


def test_a_budget_over_several_workloads_counts_their_replicas_together() -> None:
    """Two of five pods may be evicted, although one workload has only three."""
    assert (
        _report(_deployment("a", replicas=3), _deployment("b", replicas=2), _budget(minAvailable=3)).findings
        == ()
    )
    report = _report(_deployment("a", replicas=3), _deployment("b", replicas=2), _budget(minAvailable=5))
    assert [finding.message for finding in report.violations] == [
        "allows no eviction: minAvailable is 5 of 5"
    ]


def test_an_unknown_number_of_replicas_is_undetermined() -> None:
    """It may be one, which needs no budget."""
    assert [finding.outcome for finding in _report(_deployment("a", replicas=UNKNOWN)).findings] == [
        "undetermined"
    ]


def test_an_unknown_limit_is_undetermined() -> None:
    """The budget may allow no eviction."""
    report = _report(_deployment("a", replicas=3), _budget(minAvailable=UNKNOWN))
    assert [finding.outcome for finding in report.findings] == ["undetermined"]


@pytest.mark.parametrize(
    ("workload", "budget"),
    [
        (_deployment("a", template=UNKNOWN), _budget()),
        (_deployment("a"), Example(_budget().type, {"spec": {"selector": UNKNOWN}})),
        (_deployment("a"), Example(_budget().type, {"metadata": {"namespace": UNKNOWN}, **_budget().inputs})),
    ],
    ids=["labels", "selector", "namespace"],
)
def test_what_a_budget_selects_is_undetermined_while_unknown(workload: Example, budget: Example) -> None:
    """A budget that may select the pods is neither a pass nor a violation."""
    assert [finding.outcome for finding in _report(workload, budget).findings] == ["undetermined"]


def test_a_workload_without_any_budget_is_a_violation_even_if_its_labels_are_unknown() -> None:
    """No budget in the stack can select them."""
    assert len(_report(_deployment("a", template=UNKNOWN)).violations) == 1


def test_each_budget_of_a_list_counts_the_replicas_that_it_selects() -> None:
    """Two budgets in one resource are independent."""
    labels = [{"app": "shop"}, {"app": "cart"}]
    workloads = [{"spec": {"replicas": 3, "template": {"metadata": {"labels": each}}}} for each in labels]
    budgets = [
        {"spec": {"selector": {"matchLabels": each}, "minAvailable": least}}
        for each, least in zip(labels, (2, 3), strict=True)
    ]
    report = _report(
        Example("kubernetes:apps/v1:DeploymentList", {"items": workloads}),
        Example("kubernetes:policy/v1:PodDisruptionBudgetList", {"items": budgets}),
    )
    assert [finding.message for finding in report.findings] == ["allows no eviction: minAvailable is 3 of 3"]
