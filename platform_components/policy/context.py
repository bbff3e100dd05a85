"""PolicyContext: what a rule compares a resource with: its environment and the organisation's settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from platform_components.base.context import tier_of
from platform_components.base.settings import Platform, split_stack
from platform_components.base.sizing import Sizing, Tier
from platform_components.base.tags import REQUIRED_TAGS


@dataclass(frozen=True)
class PolicyContext:
    """The environment that a stack is evaluated for, and what `platform.yaml` says about it."""

    environment: str
    tier: Tier
    sizing: Sizing = field(default_factory=Sizing)
    regions: tuple[str, ...] = ()
    """Allowed regions. Empty: not restricted."""
    teams: tuple[str, ...] = ()
    """Teams that may own a resource. Empty: not restricted."""
    required_tags: tuple[str, ...] = REQUIRED_TAGS

    @classmethod
    def of(cls, environment: str, platform: Platform | None = None) -> PolicyContext:
        """The context of an environment as `platform.yaml` describes it.

        Without that file, or where it doesn't list the environment, the name decides the tier. A name that
        suggests none is evaluated as production, which is the strictest.
        """
        if platform is None:
            return cls(environment, tier_of(environment, otherwise="production"))
        listed = platform.environments.get(environment)
        return cls(
            environment,
            listed.tier if listed else tier_of(environment, otherwise="production"),
            Sizing.parse(platform.sizing),
            platform.regions,
            platform.teams,
        )

    def size(self, row: str, tier: Tier | None = None) -> Any:
        """The value of a row of the sizing table. Default: for the environment's own tier."""
        return self.sizing.cell(row, tier or self.tier).value


def environment_of(stack: str) -> str:
    """The environment of a stack named `<layer>.<environment>`; a name without a dot is an environment."""
    return split_stack(stack)[1]
