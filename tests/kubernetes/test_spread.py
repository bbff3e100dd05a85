"""Spread: pods are even across zones after every rolling update, and in production required to be."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.base import Tier
from tests.kubernetes.workloads import pod, workload

ZONE, NODE = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


def constraints(tier: Tier = "development", **args: Any) -> dict[str, dict[str, Any]]:
    """Return the constraints by topology key."""
    found = pod(workload(tier, **args))["topologySpreadConstraints"]
    assert [each["topologyKey"] for each in found] == [ZONE, NODE]
    return {each["topologyKey"]: each for each in found}


def test_pods_of_the_revision_before_do_not_count() -> None:
    """They are deleted during the update: with them, the result is uneven."""
    for constraint in constraints("production").values():
        assert constraint["matchLabelKeys"] == ["pod-template-hash"]
        assert "pod-template-hash" not in constraint["labelSelector"]["matchLabels"]
        assert constraint["maxSkew"] == 1


@pytest.mark.parametrize("tier", ["staging", "development"])
def test_zones_are_a_preference_outside_production(tier: Tier) -> None:
    """A small environment can have nodes in one zone only."""
    zones = constraints(tier)[ZONE]
    assert zones["whenUnsatisfiable"] == "ScheduleAnyway"
    assert "minDomains" not in zones  # the API server rejects it with ScheduleAnyway


def test_zones_are_required_in_production() -> None:
    """Pods wait for a node in a second zone, and an unreachable zone does not block the others."""
    zones = constraints("production")[ZONE]
    assert zones["whenUnsatisfiable"] == "DoNotSchedule"
    assert (zones["minDomains"], zones["nodeTaintsPolicy"]) == (2, "Honor")


def test_nodes_are_always_a_preference() -> None:
    """Otherwise the number of nodes would limit the number of pods."""
    assert constraints("production")[NODE]["whenUnsatisfiable"] == "ScheduleAnyway"


def test_the_rule_can_be_relaxed_during_an_outage() -> None:
    """`zone_spread: preferred` lets production run in one zone."""
    assert constraints("production", zone_spread="preferred")[ZONE]["whenUnsatisfiable"] == "ScheduleAnyway"
    assert constraints(zone_spread="required")[ZONE]["whenUnsatisfiable"] == "DoNotSchedule"
