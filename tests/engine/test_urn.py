"""URNs are built and parsed as in Pulumi."""

from __future__ import annotations

import pytest

from platform_components.engine.aliases import with_inherited
from platform_components.engine.urn import (
    make_urn,
    name_of,
    package_of,
    qualified_type,
    type_of,
)

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"


def test_the_chain_of_parents_is_in_the_urn_without_the_stack() -> None:
    """A URN contains the types from the outermost component inwards, without the root stack."""
    outer = make_urn("dev", "shop", STACK, "a:b:Outer", "x")
    inner = make_urn("dev", "shop", outer, "a:b:Inner", "y")
    assert outer == "urn:pulumi:dev::shop::a:b:Outer::x"
    assert inner == "urn:pulumi:dev::shop::a:b:Outer$a:b:Inner::y"
    assert (qualified_type(inner), type_of(inner), name_of(inner)) == (
        "a:b:Outer$a:b:Inner",
        "a:b:Inner",
        "y",
    )


def test_a_name_may_contain_the_separator() -> None:
    """Pulumi allows any text as a name."""
    assert name_of(make_urn("dev", "shop", "", "a:b:C", "x::y")) == "x::y"


@pytest.mark.parametrize(
    ("type_", "package"),
    [
        ("aws:s3/bucket:Bucket", "aws"),
        ("pulumi:providers:aws", "aws"),
        ("kubernetes:apps/v1:X", "kubernetes"),
    ],
)
def test_the_package_of_a_type(type_: str, package: str) -> None:
    """The package of a provider is the package that it provides."""
    assert package_of(type_) == package


def test_aliases_multiply_with_those_of_the_parent() -> None:
    """The parent's former name applies to a child named after it, and to each of the child's aliases."""
    parent = make_urn("dev", "shop", STACK, "a:b:Group", "new")
    old_parent = make_urn("dev", "shop", STACK, "a:b:Team", "old")
    child = make_urn("dev", "shop", parent, "a:b:Queue", "new-queue")
    own = make_urn("dev", "shop", parent, "a:b:Queue", "other")
    assert with_inherited([own, child], parent, [old_parent], child) == (
        own,
        "urn:pulumi:dev::shop::a:b:Team$a:b:Queue::old-queue",
        "urn:pulumi:dev::shop::a:b:Team$a:b:Queue::other",
    )
