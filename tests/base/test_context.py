"""Context: the environment and service that components are created for."""

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
def test_the_first_word_that_indicates_a_tier_decides(environment: str, tier: str) -> None:
    """All common spellings are recognized, because production taken for development would be unprotected."""
    assert tier_of(environment) == tier


@pytest.mark.parametrize("environment", ["product", "blue", "eu", "prodeu", ""])
def test_a_name_that_indicates_no_tier_is_rejected(environment: str) -> None:
    """Only complete words match; the tier is not guessed."""
    with pytest.raises(InvalidInput, match=r"does not indicate a tier.* set the tier: Context\(tier="):
        tier_of(environment)
    assert tier_of(environment, otherwise="staging") == "staging"


def test_only_the_tier_makes_production() -> None:
    """The environment's name does not affect its sizes."""
    facts = {"region": "eu-west-1", "service": "shop", "owner": "team"}
    assert Context.parse({"environment": "x", "tier": "production", **facts}, "context").production
    assert not Context.parse({"environment": "prod", "tier": "staging", **facts}, "context").production


def test_every_wrong_fact_is_reported() -> None:
    """All fields are validated on construction."""
    with pytest.raises(InvalidInput) as caught:
        Context(environment="Dev", tier="prod", region="eu-west-1a", service="s" * 64, owner="the team")  # type: ignore[arg-type]
    assert [line.split(" = ")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "environment",
        "tier",
        "region",
        "service",
        "owner",
    ]
