"""PolicyContext: the environment and the settings that rules compare resources with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from platform_components.base.context import tier_of
from platform_components.base.settings import Platform, split_stack
from platform_components.base.sizing import Sizing, Tier
from platform_components.base.tags import REQUIRED_TAGS


@dataclass(frozen=True)
class PolicyContext:
    """The environment that a stack is evaluated for, and its settings in `platform.yaml`."""

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
        """The context of an environment in `platform.yaml`.

        Without that file, or if it does not list the environment, the name determines the tier. A name that
        does not indicate a tier is evaluated as production, which is the strictest.
        """
        if platform is None:
            return cls(environment, tier_of(environment, otherwise="production"))
        listed = platform.environments.get(environment)
        return cls(
            environment,
            listed.tier if listed else tier_of(environment, otherwise="production"),
            platform.sizes,
            platform.regions,
            platform.teams,
        )

    def size(self, row: str, tier: Tier | None = None) -> Any:
        """The value of a row of the sizing table. Default: for the environment's own tier."""
        return self.sizing.cell(row, tier or self.tier).value


def environment_of(stack: str) -> str:
    """The environment of a stack named `<layer>.<environment>`; a name without a dot is an environment."""
    return split_stack(stack)[1]
