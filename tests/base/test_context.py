"""Context: the facts about an environment and a service that components build on."""

from __future__ import annotations

import pytest

from platform_components.base import Context, InvalidInput, tier_of


@pytest.mark.parametrize(
    ("environment", "tier"),
    [
        ("prod", "production"),
        *(
            (name, "production")
            for name in ("prod-eu", "production", "prd", "PROD", "live", "eu-prod", "prod2")
        ),
        *((name, "staging") for name in ("stage", "staging-2", "stg", "uat", "qa", "preprod", "pre-prod")),
        *((name, "development") for name in ("dev", "test", "sandbox", "feature-live-chat", "ci", "pr-12")),
        ("non-prod", "development"),
    ],
)
def test_the_tier_follows_from_the_first_word_that_tells_one(environment: str, tier: str) -> None:
    """In every common spelling: production that passes for development would lose its protection."""
    assert tier_of(environment) == tier


@pytest.mark.parametrize("environment", ["product", "blue", "eu", "prodeu", ""])
def test_a_name_that_tells_no_tier_is_refused(environment: str) -> None:
    """A guess would be wrong in silence; only whole words count."""
    with pytest.raises(InvalidInput, match=r"tells no tier.* state the tier: Context\(tier="):
        tier_of(environment)
    assert tier_of(environment, otherwise="staging") == "staging"


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
