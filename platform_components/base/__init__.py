"""The foundations of all components: args, outputs, context, sizing, tags and errors."""

from platform_components.base.args import Args
from platform_components.base.component import Component, ComponentArgs, observed
from platform_components.base.context import Context, tier_of
from platform_components.base.errors import InvalidInput, Problem, did_you_mean, one_of
from platform_components.base.outputs import Outputs
from platform_components.base.sizing import SIZING, TIERS, Sizing, Tier, sized
from platform_components.base.tags import OPTIONAL_TAGS, REQUIRED_TAGS, labels_of, taggable_types, tags_of
from platform_components.base.values import (
    Cidr,
    Count,
    Days,
    Fact,
    Flag,
    Gigabytes,
    Input,
    Label,
    Percent,
    Port,
    Region,
    matching,
)

__all__ = [
    "OPTIONAL_TAGS",
    "REQUIRED_TAGS",
    "SIZING",
    "TIERS",
    "Args",
    "Cidr",
    "Component",
    "ComponentArgs",
    "Context",
    "Count",
    "Days",
    "Fact",
    "Flag",
    "Gigabytes",
    "Input",
    "InvalidInput",
    "Label",
    "Outputs",
    "Percent",
    "Port",
    "Problem",
    "Region",
    "Sizing",
    "Tier",
    "did_you_mean",
    "labels_of",
    "matching",
    "observed",
    "one_of",
    "sized",
    "taggable_types",
    "tags_of",
    "tier_of",
]
