"""Context: the environment, service and owner that components are created for."""

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
        "at most 20 lowercase letters, digits and hyphens, and start with a letter",
    ),
]
"""Name of an environment. Limited to 20 characters, because a Kubernetes label value, at most 63
characters long, contains it together with the service's name."""


class Context(Args):
    """The environment, service and owner of all resources of one service or layer.

    Components derive names, tags and sizes from it, and never read the name of the running stack.
    """

    environment: EnvironmentName
    """Name of the environment, such as `dev` or `prod-eu`: the part of the stack name after the dot."""

    tier: Tier
    """Tier of the environment. Determines the default of every size and protection."""

    region: Region
    """AWS region of the resources."""

    service: Label
    """Service, or layer such as `foundation`, that the resources belong to."""

    owner: Fact
    """Team that owns the service."""

    cost_center: Fact | None = None
    """Cost center that the resources are billed to. Default: no CostCenter tag."""

    data_classification: Fact | None = None
    """Sensitivity of the data, in the organisation's terms. Default: no DataClassification tag."""

    callers: tuple[Label, ...] | None = Field(default=None, repr=False)
    """Names that `callers` of a service can contain: stacks and namespaces in platform.yaml. Default: any."""

    sizing: Sizing = Field(default_factory=Sizing, repr=False)
    """Sizing table. Default: the library's, without overrides."""

    @property
    def production(self) -> bool:
        """Whether the tier is `production`."""
        return self.tier == "production"


_TIER_WORDS: Final[Mapping[Tier, str]] = MappingProxyType(
    {
        "production": "prod prd production live",
        "staging": "staging stage stg uat qa acceptance preprod pre",
        "development": "dev devel development test testing tst sandbox local preview review demo ci "
        "feature pr nonprod non",
    }
)
"""Words in environment names that indicate a tier; `pre` and `non` match `pre-prod` and `non-prod`."""


def tier_of(environment: str, otherwise: Tier | None = None) -> Tier:
    """Return the tier that an environment's name indicates, for projects without a `platform.yaml`.

    The first word that indicates a tier decides, regardless of case: `prod`, `prd`, `production`, `live`;
    `staging`, `stage`, `stg`, `uat`, `qa`, `acceptance`, `preprod`, `pre-prod`; `dev`, `development`,
    `test`, `sandbox`, `local`, `preview`, `review`, `demo`, `ci`, `feature`, `pr`, `nonprod`, `non-prod`.
    For example, `prod-eu`, `eu-prod` and `PROD2` are production. If no word does, the result is `otherwise`.

    Raises:
        InvalidInput: the name does not indicate a tier, and `otherwise` is not set.
    """
    tiers = {word: tier for tier, words in _TIER_WORDS.items() for word in words.split()}
    for word in re.findall(r"[a-z]+", environment.lower()):
        if word in tiers:
            return tiers[word]
    if otherwise:
        return otherwise
    what = f"does not indicate a tier; recognized words: {', '.join(tiers)}"
    remedy = 'set the tier: Context(tier="production"), or "staging" or "development"'
    raise InvalidInput("Context", [Problem("environment", what, remedy, environment)])
