"""The sizing table, and its overrides by an organisation."""

# ruff: noqa: E501 - messages stand here as people see them

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from platform_components.base import SIZING, TIERS, InvalidInput, Sizing, sized

values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers())
)
rows = st.dictionaries(st.sampled_from(sorted(SIZING)) | st.text(max_size=9), values, max_size=4)
tables = st.dictionaries(st.sampled_from(TIERS) | st.text(max_size=9), rows | values, max_size=4)


@pytest.mark.parametrize("key", SIZING)
def test_a_row_has_one_type_over_all_tiers(key: str) -> None:
    """The values of a row have the same type in all tiers."""
    assert len(SIZING[key]) == len(TIERS)
    assert len({type(value) for value in SIZING[key]}) == 1


def test_the_table_starts_from_the_sizes_that_were_agreed() -> None:
    """Changing one of these sizes changes the cost of every stack."""
    stated = {
        "database.instance_class": ("db.t3.medium", "db.t3.small", "db.t3.small"),
        "database.storage_gb": (100, 20, 20),
        "database.backup_retention_days": (30, 7, 7),
        "cache.node_type": ("cache.t3.micro", "cache.t3.micro", "cache.t3.micro"),
        "workload.min_replicas": (3, 3, 3),
    }
    assert {key: SIZING[key] for key in stated} == stated


@given(tables)
def test_any_table_is_taken_or_refused_with_a_message(table: dict[str, object]) -> None:
    """Any content is either rejected with a message, or results in exactly its overrides."""
    try:
        sizing = Sizing.parse(table)
    except InvalidInput:
        return
    for tier in TIERS:
        given_row = table.get(tier, {})
        assert isinstance(given_row, dict)
        for key in SIZING:
            cell = sizing.cell(key, tier)
            assert cell.value == given_row.get(key, SIZING[key][TIERS.index(tier)])
            assert cell.origin.startswith("platform.yaml" if key in given_row else "sizing table")


def test_every_mistake_of_the_table_is_reported() -> None:
    """Unknown tiers and rows, and values of another type, are reported together."""
    table = {
        "prod": {},
        "production": {"database.storage": 3, "database.storage_gb": "3", "database.multi_az": 1},
        "development": 3,
    }
    with pytest.raises(InvalidInput) as caught:
        Sizing.parse(table)
    assert str(caught.value).splitlines() == [
        "platform.yaml: 5 problems",
        "  sizing.prod                                  unknown tier           one of: production, staging, development",
        "  sizing.production.database.storage           unknown row            did you mean database.storage_gb?",
        '  sizing.production.database.storage_gb = "3"  must be an integer     such as 100',
        "  sizing.production.database.multi_az = 1      must be true or false  such as true",
        "  sizing.development = 3                       must be a mapping      such as database.storage_gb: 50",
    ]


def test_a_field_can_only_name_a_row_that_exists() -> None:
    """A misspelt row fails when the component is imported, not when a stack runs."""
    with pytest.raises(KeyError):
        sized("database.storage")


def test_a_stack_under_sizing_is_not_a_tier() -> None:
    """`sizing` is often the last section, so a stack that is appended to the file lands in it."""
    with pytest.raises(InvalidInput, match=r"sizing\.catalog  unknown tier  did you mean stacks\.catalog\?"):
        Sizing.parse({"catalog": {"owner": "shop-team", "reads": ["foundation"]}})
