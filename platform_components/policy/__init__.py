"""Policies: the classes of a policy pack, and the evaluation of stacks."""

import typing
import warnings

from platform_components.policy.check import RuleCheck, check_rules
from platform_components.policy.context import PolicyContext, environment_of
from platform_components.policy.evaluate import Finding, Report, evaluate_policies
from platform_components.policy.example import Example, StackExample
from platform_components.policy.pack import Pack, load_pack
from platform_components.policy.resource import PolicyResource, ResourceReference
from platform_components.policy.rule import Rule, StackRule
from platform_components.policy.stack_view import StackView
from platform_components.policy.view import Properties, ResourceOptions, ResourceView, Undetermined

__all__ = [
    "Example",
    "Finding",
    "Pack",
    "PolicyContext",
    "PolicyResource",
    "Properties",
    "Report",
    "ResourceOptions",
    "ResourceReference",
    "ResourceView",
    "Rule",
    "RuleCheck",
    "StackExample",
    "StackRule",
    "StackView",
    "Undetermined",
    "check_rules",
    "environment_of",
    "evaluate_policies",
    "load_pack",
]

if typing.TYPE_CHECKING:
    Facts = PolicyContext
    judge = evaluate_policies
else:
    _RENAMED = {"Facts": "PolicyContext", "judge": "evaluate_policies"}

    def __getattr__(name: str) -> typing.Any:
        """Deprecated names, with a warning."""
        if name not in _RENAMED:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        new = _RENAMED[name]
        warnings.warn(f"{__name__}.{name} is now {new}", DeprecationWarning, stacklevel=2)
        return globals()[new]
