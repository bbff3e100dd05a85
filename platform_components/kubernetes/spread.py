"""Spread: the topology spread constraints of a workload's pods."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_kubernetes.core import v1 as core

_ZONE, _NODE = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


def spread_constraints(
    selector: Mapping[str, str], *, zones_required: bool
) -> list[core.TopologySpreadConstraintArgsDict]:
    """Return the constraints that spread pods evenly across zones and nodes.

    With `zones_required`, a pod that would make the zones uneven stays pending; if only one zone has nodes,
    the first pod of each revision is scheduled there, and the others stay pending. Nodes are a preference.
    """
    zones = _constraint(_ZONE, selector)
    if zones_required:
        zones["when_unsatisfiable"] = "DoNotSchedule"
        # Without it, a cluster whose nodes are in one zone satisfies the constraint with one zone.
        zones["min_domains"] = 2
        # A zone whose nodes are all tainted, as unreachable ones are, does not block the other zones.
        zones["node_taints_policy"] = "Honor"
    return [zones, _constraint(_NODE, selector)]


def _constraint(key: str, selector: Mapping[str, str]) -> core.TopologySpreadConstraintArgsDict:
    return {
        "max_skew": 1,
        "topology_key": key,
        "when_unsatisfiable": "ScheduleAnyway",
        "label_selector": {"match_labels": selector},
        # Only pods of the same revision count: those of the old one are deleted during the rollout.
        "match_label_keys": ["pod-template-hash"],
    }
