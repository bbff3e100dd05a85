"""Instance classes: supported families and sizes, and suggestions for unsupported ones."""

from __future__ import annotations

import pytest

from platform_components.aws.instance_classes import (
    InstanceClass,
    NodeType,
    cache_families,
    database_families,
)
from platform_components.base import SIZING, Args, InvalidInput


class Sizes(Args):
    instance_class: InstanceClass = "db.t3.small"
    node_type: NodeType = "cache.t3.micro"


@pytest.mark.parametrize("name", ["db.t3.small", "db.m6g.16xlarge", "db.r6i.32xlarge", "db.t4g.micro"])
def test_a_class_of_rds_is_taken(name: str) -> None:
    """All families are accepted, up to their largest size."""
    assert Sizes(instance_class=name).instance_class == name


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("instance_class", "db.t3.smal", "unknown size of db.t3; one of: micro, small, medium,"),
        ("instance_class", "t3.small", "unknown; did you mean db.t3.small?"),
        ("instance_class", "db.t3.16xlarge", "unknown size of db.t3; one of: micro, small, medium,"),
        ("instance_class", "db.m6g.32xlarge", "unknown size of db.m6g"),
        ("instance_class", "nonsense", "must be db.<family>.<size>; families: t3, t4g, m5,"),
        ("instance_class", "cache.t3.micro", "unknown; did you mean db.t3.micro?"),
        ("instance_class", "", "must be db.<family>.<size>"),
        ("node_type", "cache.t3.xlarge", "unknown size of cache.t3; one of: micro, small, medium"),
        ("node_type", "cache.3t.micro", "unknown; did you mean cache.t3.micro?"),
        ("node_type", "cache.m5.8xlarge", "unknown size of cache.m5"),
        (
            "node_type",
            "cache.r6gd.xlarge",
            "requires data tiering, which Cache does not support  choose r6g or r7g",
        ),
    ],
)
def test_any_other_class_is_refused_with_the_nearest(field: str, value: str, what: str) -> None:
    """An unknown size lists the family's sizes, an unknown family the nearest class or all families."""
    with pytest.raises(InvalidInput) as caught:
        Sizes.parse({field: value}, "sizes")
    assert what in str(caught.value)


@pytest.mark.parametrize("families", [database_families(), cache_families()])
def test_sizes_ascend(families: dict[str, tuple[str, ...]]) -> None:
    """Policies compare two sizes of a family by their position."""
    words = ("micro", "small", "medium", "large", "xlarge")

    def rank(size: str) -> int:
        return words.index(size) if size in words else 10 + int(size.removesuffix("xlarge"))

    for sizes in families.values():
        assert list(sizes) == sorted(sizes, key=rank)


def test_the_sizing_table_has_classes_that_exist() -> None:
    """The library's defaults pass the same validation as explicit values."""
    for name in SIZING["database.instance_class"]:
        assert Sizes(instance_class=name).instance_class == name
    for name in SIZING["cache.node_type"]:
        assert Sizes(node_type=name).node_type == name
