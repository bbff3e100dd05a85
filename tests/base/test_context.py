"""Context: the facts about an environment and a service that components build on."""

from __future__ import annotations

import pytest

from platform_components.base import Context, InvalidInput, tier_of


@pytest.mark.parametrize(
    ("environment", "tier"),
    [
        ("prod", "production"),
        ("prod-eu", "production"),
        ("production", "production"),
        ("stage", "staging"),
        ("staging-2", "staging"),
        ("dev", "development"),
        ("product", "development"),
        ("preprod", "development"),
        ("", "development"),
    ],
)
def test_the_tier_follows_from_the_first_word_of_the_name(environment: str, tier: str) -> None:
    """Only whole words count: `product` is no production."""
    assert tier_of(environment) == tier


def test_only_the_tier_makes_production() -> None:
    """An environment's name says nothing about its sizes."""
    facts = {"region": "eu-west-1", "service": "shop", "owner": "team"}
    assert Context.parse({"environment": "x", "tier": "production", **facts}, "context").production
    assert not Context.parse({"environment": "prod", "tier": "staging", **facts}, "context").production


def test_every_wrong_fact_is_reported() -> None:
    """All facts are checked before a component is made with them."""
    with pytest.raises(InvalidInput) as caught:
        Context(environment="Dev", tier="prod", region="eu-west-1a", service="s" * 64, owner="the team")  # type: ignore[arg-type]
    assert [line.split(" = ")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "environment",
        "tier",
        "region",
        "service",
        "owner",
    ]
