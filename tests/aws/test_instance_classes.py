"""Instance classes: families and sizes that AWS has, and help for those that it hasn't."""

from __future__ import annotations

import pytest

from platform_components.aws.instance_classes import (
    CACHE_FAMILIES,
    DATABASE_FAMILIES,
    InstanceClass,
    NodeType,
)
from platform_components.base import SIZING, Args, InvalidInput


class Sizes(Args):
    instance_class: InstanceClass = "db.t3.small"
    node_type: NodeType = "cache.t3.micro"


@pytest.mark.parametrize("name", ["db.t3.small", "db.m6g.16xlarge", "db.r6i.32xlarge", "db.t4g.micro"])
def test_a_class_of_rds_is_taken(name: str) -> None:
    """Across families and up to their largest size."""
    assert Sizes(instance_class=name).instance_class == name


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("instance_class", "db.t3.smal", "is no size of db.t3, which comes in micro, small, medium,"),
        ("instance_class", "t3.small", "is unknown; did you mean db.t3.small?"),
        ("instance_class", "db.t3.16xlarge", "is no size of db.t3, which comes in micro, small, medium,"),
        ("instance_class", "db.m6g.32xlarge", "is no size of db.m6g"),
        ("instance_class", "nonsense", "must be db.<family>.<size> with a family of t3, t4g, m5,"),
        ("instance_class", "cache.t3.micro", "is unknown; did you mean db.t3.micro?"),
        ("instance_class", "", "must be db.<family>.<size>"),
        ("node_type", "cache.t3.xlarge", "is no size of cache.t3, which comes in micro, small, medium"),
        ("node_type", "cache.3t.micro", "is unknown; did you mean cache.t3.micro?"),
        ("node_type", "cache.m5.8xlarge", "is no size of cache.m5"),
    ],
)
def test_any_other_class_is_refused_with_the_nearest(field: str, value: str, what: str) -> None:
    """A wrong size lists the family's, a wrong family the nearest class, nonsense all families."""
    with pytest.raises(InvalidInput) as caught:
        Sizes.parse({field: value}, "sizes")
    assert what in str(caught.value)


@pytest.mark.parametrize("families", [DATABASE_FAMILIES, CACHE_FAMILIES])
def test_sizes_ascend(families: dict[str, tuple[str, ...]]) -> None:
    """Whoever compares two sizes of a family compares their places."""
    words = ("micro", "small", "medium", "large", "xlarge")

    def rank(size: str) -> int:
        return words.index(size) if size in words else 10 + int(size.removesuffix("xlarge"))

    for sizes in families.values():
        assert list(sizes) == sorted(sizes, key=rank)


def test_the_sizing_table_has_classes_that_exist() -> None:
    """The library's own defaults are as good as what a person types."""
    for name in SIZING["database.instance_class"]:
        assert Sizes(instance_class=name).instance_class == name
    for name in SIZING["cache.node_type"]:
        assert Sizes(node_type=name).node_type == name
