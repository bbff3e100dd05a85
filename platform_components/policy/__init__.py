"""What a policy pack is written with, and what holds a stack against it."""

from platform_components.policy.facts import Facts, environment_of
from platform_components.policy.judge import Finding, Report, judge
from platform_components.policy.pack import Pack, load_pack
from platform_components.policy.rule import Example, Rule
from platform_components.policy.view import Properties, ResourceView, Undetermined

__all__ = [
    "Example",
    "Facts",
    "Finding",
    "Pack",
    "Properties",
    "Report",
    "ResourceView",
    "Rule",
    "Undetermined",
    "environment_of",
    "judge",
    "load_pack",
]
