"""Context: for whom and for what a component is built. The only thing that knows the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field

from platform_components.base.args import Args
from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.sizing import Sizing, Tier
from platform_components.base.values import Fact, Label, Region, matching

EnvironmentName = Annotated[
    str,
    matching(
        r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?",
        "lowercase letters, digits and hyphens, start with a letter, 20 characters at most",
    ),
]
"""Short, because Kubernetes allows 63 characters for a label that joins it with a service's name."""


class Context(Args):
    """Facts that hold for everything one service, or one layer, has in one environment.

    Components take names, tags and sizes from it; they never ask Pulumi which stack runs.
    """

    environment: EnvironmentName
    """Name of the environment, such as `dev` or `prod-eu`; the part of a stack's name after the dot."""

    tier: Tier
    """What the environment is for. Decides every size and every protection that args leave out."""

    region: Region
    """AWS region that the components are built in."""

    service: Label
    """Service (or layer, such as `foundation`) that owns the resources."""

    owner: Fact
    """Team that answers for the service."""

    cost_center: Fact | None = None
    """Where the cost is booked. Left out: no CostCenter tag."""

    data_classification: Fact | None = None
    """How sensitive the data is, in the organisation's own words. Left out: no DataClassification tag."""

    sizing: Sizing = Field(default_factory=Sizing, repr=False)
    """The sizing table. Left out: the library's own, without overrides."""

    @property
    def production(self) -> bool:
        """Whether data and availability come before cost and convenience."""
        return self.tier == "production"


_TIER_WORDS: Final[Mapping[Tier, str]] = MappingProxyType(
    {
        "production": "prod prd production live",
        "staging": "staging stage stg uat qa acceptance preprod pre",
        "development": "dev devel development test testing tst sandbox local preview review demo ci "
        "feature pr nonprod non",
    }
)
"""The words in environments' names that tell a tier: `pre` and `non` are those of `pre-prod`, `non-prod`."""


def tier_of(environment: str, otherwise: Tier | None = None) -> Tier:
    """The tier that an environment's name suggests, for where no `platform.yaml` states it.

    The first word decides that tells one, in capitals or not: `prod`, `prd`, `production`, `live`;
    `staging`, `stage`, `stg`, `uat`, `qa`, `acceptance`, `preprod`, `pre-prod`; `dev`, `development`,
    `test`, `sandbox`, `local`, `preview`, `review`, `demo`, `ci`, `feature`, `pr`, `nonprod`, `non-prod`.
    So `prod-eu`, `eu-prod` and `PROD2` are production. A name that tells none is `otherwise`.

    Raises:
        InvalidInput: the name tells no tier, and there is no `otherwise`.
    """
    told = {word: tier for tier, words in _TIER_WORDS.items() for word in words.split()}
    for word in re.findall(r"[a-z]+", environment.lower()):
        if word in told:
            return told[word]
    if otherwise:
        return otherwise
    what = f"tells no tier; these words do: {', '.join(told)}"
    remedy = 'state the tier: Context(tier="production"), or "staging" or "development"'
    raise InvalidInput("Context", [Problem("environment", what, remedy, environment)])
