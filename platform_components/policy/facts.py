"""Facts: what the rules may hold a resource against, besides the resource itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from platform_components.base.context import tier_of
from platform_components.base.settings import Platform, split_stack
from platform_components.base.sizing import Sizing, Tier
from platform_components.base.tags import REQUIRED_TAGS


@dataclass(frozen=True)
class Facts:
    """The environment that resources are judged for, and what the organisation has laid down."""

    environment: str
    tier: Tier
    sizing: Sizing = field(default_factory=Sizing)
    regions: tuple[str, ...] = ()
    """Regions that anything may be built in; empty where nobody has laid that down."""
    teams: tuple[str, ...] = ()
    """Teams that may own something; empty where nobody has laid that down."""
    required_tags: tuple[str, ...] = REQUIRED_TAGS

    @classmethod
    def of(cls, environment: str, platform: Platform | None = None) -> Facts:
        """The facts of an environment as `platform.yaml` has them.

        Without that file, or where it doesn't list the environment, the name decides the tier; one that
        tells none is judged as production, which is the strictest.
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
        """The value of a row of the sizing table, for the environment's tier or another one."""
        return self.sizing.cell(row, tier or self.tier).value


def environment_of(stack: str) -> str:
    """The environment that a stack named `<layer>.<environment>` belongs to; any other name is its own."""
    return split_stack(stack)[1]
