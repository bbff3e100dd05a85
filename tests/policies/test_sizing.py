"""Sizes: what the table gives passes in its tier, and AWS's names are put in order."""

from __future__ import annotations

from itertools import pairwise

import pytest

from platform_components.aws.instance_classes import cache_families, database_families
from platform_components.base.sizing import SIZING as TABLE, TIERS, Sizing, Tier
from platform_components.policy import Example, PolicyContext, Rule, StackRule, evaluate_policies
from policies.caches import CACHES
from policies.compute import COMPUTE
from policies.databases import DATABASES
from policies.protection import PROTECTION
from policies.replicas import REPLICAS
from policies.sizing import LARGEST, units

_GROUPS: tuple[Rule | StackRule, ...] = (*DATABASES, *CACHES, *REPLICAS, *COMPUTE, *PROTECTION)
_OTHERS = ("stateful-protected", "final-snapshot")
SIZING = [rule for rule in _GROUPS if rule.id not in _OTHERS]

BIGGER = {
    "database.instance_class": "db.r7g.16xlarge",
    "database.storage_gb": 4000,
    "cache.node_type": "cache.r7g.8xlarge",
    "cache.nodes": 5,
    "workload.max_replicas": 200,
}


def _of_the_table(context: PolicyContext) -> list[Example]:
    """Resources as components make them from the tier's cells."""
    size = context.size
    return [
        Example(
            "aws:rds/instance:Instance",
            {
                "instanceClass": size("database.instance_class"),
                "allocatedStorage": size("database.storage_gb"),
                "backupRetentionPeriod": size("database.backup_retention_days"),
                "multiAz": size("database.multi_az"),
                "deletionProtection": size("database.deletion_protection"),
            },
        ),
        Example(
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {
                "nodeType": size("cache.node_type"),
                "numCacheClusters": size("cache.nodes"),
                "automaticFailoverEnabled": size("cache.nodes") > 1,
                "snapshotRetentionLimit": size("cache.snapshot_retention_days"),
            },
        ),
        Example("aws:eks/cluster:Cluster", {"deletionProtection": size("cluster.deletion_protection")}),
        Example(
            "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
            {
                "spec": {
                    "minReplicas": size("workload.min_replicas"),
                    "maxReplicas": size("workload.max_replicas"),
                }
            },
        ),
    ]


@pytest.mark.parametrize("tier", TIERS)
def test_the_tables_values_pass(tier: Tier) -> None:
    """What a component gets from the sizing table breaks no rule, in any tier."""
    context = PolicyContext("any", tier)
    assert evaluate_policies(_of_the_table(context), SIZING, context).findings == ()


@pytest.mark.parametrize("tier", TIERS)
def test_an_organisations_own_cells_pass(tier: Tier) -> None:
    """A cell that platform.yaml raises moves the limit too: it was decided there."""
    context = PolicyContext("any", tier, Sizing.parse({tier: BIGGER}))
    assert evaluate_policies(_of_the_table(context), SIZING, context).findings == ()


def test_production_is_held_to_an_organisations_own_cells() -> None:
    """Where platform.yaml asks for more, the library's default is too little."""
    context = PolicyContext("prod", "production", Sizing.parse({"production": BIGGER}))
    small = _of_the_table(PolicyContext("prod", "production"))
    found = {finding.rule for finding in evaluate_policies(small, SIZING, context).violations}
    assert found == {"database-instance-class", "database-storage", "cache-node-type", "cache-nodes"}


def test_limits_are_for_rows_of_the_table_and_grow_with_the_tier() -> None:
    """Limits without a row are of resources that no component creates; staging has the higher ones."""
    without_row = {"compute.instance_type", "compute.nodes", "database.capacity_units"}
    assert {row for row in LARGEST if row not in TABLE} == without_row
    for row, limits in LARGEST.items():
        assert set(limits) == {"staging", "development"}
        staging, development = limits["staging"], limits["development"]
        if isinstance(staging, str):
            staging, development = units(staging), units(development)
        assert staging >= development, row


@pytest.mark.parametrize("families", [database_families(), cache_families()], ids=["database", "cache"])
def test_every_size_that_components_accept_has_its_place(families: dict[str, tuple[str, ...]]) -> None:
    """The rules know every class that the models let through, and order a family as its table does."""
    for sizes in families.values():
        known = [units(size) for size in sizes]
        assert None not in known
        assert all(a < b for a, b in pairwise(known))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("db.t3.micro", 0.5),
        ("cache.r7g.large", 4),
        ("m7i.2xlarge", 16),
        ("u-6tb1.112xlarge", 896),
        ("m7i.metal-24xl", 192),
        ("c5.metal", 192),
        ("db.t3.tiny", None),
        ("", None),
        ("db.t3", None),
    ],
)
def test_a_class_is_as_big_as_aws_counts_it(name: str, expected: float | None) -> None:
    """AWS's normalised units; None for what is no size."""
    assert units(name) == expected
