"""Where rules take the environment's context from."""

from __future__ import annotations

import pytest

from platform_components.base.settings import Platform
from platform_components.policy import PolicyContext, environment_of

PLATFORM = Platform.parse(
    {
        "organization": "acme",
        "regions": ["eu-west-1", "eu-central-1"],
        "teams": ["payments-team"],
        "environments": {"live": {"tier": "production", "region": "eu-west-1"}},
        "stacks": {"foundation": {"owner": "payments-team"}},
        "sizing": {"production": {"database.storage_gb": 200}},
    },
    "platform.yaml",
)


def test_platform_yaml_decides() -> None:
    """The tier of an environment, the regions, the teams, and single cells of the sizing table."""
    context = PolicyContext.of("live", PLATFORM)
    assert (context.tier, context.regions) == ("production", ("eu-west-1", "eu-central-1"))
    assert context.teams == ("payments-team",)
    assert context.size("database.storage_gb") == 200
    assert context.size("database.storage_gb", "development") == 20


@pytest.mark.parametrize("platform", [None, PLATFORM])
def test_without_it_the_name_decides(platform: Platform | None) -> None:
    """An environment that nothing describes has the tier that its name suggests, else the strictest."""
    assert PolicyContext.of("blue", platform).tier == "production"
    assert PolicyContext.of("prod-eu", platform).tier == "production"
    assert PolicyContext.of("feature-7", platform).tier == "development"


@pytest.mark.parametrize(
    ("stack", "environment"),
    [("payments.dev", "dev"), ("payments.prod-eu", "prod-eu"), ("dev", "dev"), ("a.b.staging", "staging")],
)
def test_the_environment_is_the_last_part_of_a_stacks_name(stack: str, environment: str) -> None:
    """A name without a dot is an environment itself."""
    assert environment_of(stack) == environment
