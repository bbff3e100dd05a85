"""Every rule of the pack, by the examples that it comes with."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from platform_components.base.markers import UNKNOWN
from platform_components.policy import (
    Example,
    Report,
    Rule,
    RuleCheck,
    StackExample,
    StackRule,
    check_rules,
    evaluate_policies,
)
from policies import RULES

CUSTOM_RESOURCES = ("kubernetes:v1:", "kubernetes:eks.amazonaws.com/", "kubernetes:elbv2.k8s.aws/")
"""Beginnings of the type tokens that only `CustomResource` creates, so that the SDK lacks them."""

AnyRule = Rule | StackRule
AnyExample = Example | StackExample

FAILING = [(rule, example) for rule in RULES for example in rule.failing]
READING = [
    (rule, example)
    for rule in RULES
    for example in rule.failing
    if isinstance(example, Example) and example.inputs
]
"""Wrong by what they hold, rather than by what they omit or by an option."""


def _name(value: AnyRule | AnyExample | RuleCheck) -> str:
    if isinstance(value, RuleCheck):
        return value.rule
    if isinstance(value, Rule | StackRule):
        return value.id
    return f"{value.stack[-1].type.rpartition(':')[2]}-{value.environment}"


def _report(rule: AnyRule, example: AnyExample) -> Report:
    return evaluate_policies(example.stack, [rule], example.context)


@pytest.mark.parametrize("check", check_rules(RULES), ids=_name)
def test_a_rule_does_what_its_examples_say_and_names_only_what_exists(check: RuleCheck) -> None:
    """Passing examples pass, failing ones fail as they say, and the SDKs have every type and property."""
    assert check.problems == ()
    assert [type_ for type_ in check.not_checked if not type_.startswith(CUSTOM_RESOURCES)] == []


@pytest.mark.parametrize(("rule", "example"), FAILING, ids=_name)
def test_a_violation_has_the_remedy_and_the_enforcement_of_its_rule(
    rule: AnyRule, example: AnyExample
) -> None:
    """A mandatory rule fails the preview; an advisory one only reports."""
    report = _report(rule, example)
    assert all(finding.remedy == rule.remedy for finding in report.violations)
    assert report.failed == (rule.enforcement == "mandatory")


@pytest.mark.parametrize(("rule", "example"), READING, ids=_name)
def test_an_unknown_value_is_undetermined(rule: Rule, example: Example) -> None:
    """When the deciding value is unknown, the rule says so: the resource neither passes nor fails."""
    report = _report(rule, replace(example, inputs=dict.fromkeys(example.inputs, UNKNOWN)))
    assert report.undetermined
    assert all("only once deployed" in finding.message for finding in report.undetermined)


@pytest.mark.parametrize("rule", RULES, ids=_name)
def test_a_rule_explains_itself(rule: AnyRule) -> None:
    """Title, reason and remedy are phrases that a person can act on, and controls name their standard."""
    assert len(rule.title) <= 90
    assert rule.why.endswith(".")
    assert not rule.title.endswith(".")
    assert all(
        re.match(r"(AWS FSBP|CIS AWS|NIST 800-53|Kubernetes PSS) \S+", control) for control in rule.controls
    )


def test_rule_ids_are_unique() -> None:
    """The id of a finding names one rule."""
    ids = [rule.id for rule in RULES]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize(("rule", "example"), FAILING, ids=_name)
def test_every_rule_is_pure(rule: AnyRule, example: AnyExample) -> None:
    """The same resources get the same findings, and are left as they were."""
    before = repr([resource.inputs for resource in example.stack])
    first = _report(rule, example)
    assert _report(rule, example) == first
    assert repr([resource.inputs for resource in example.stack]) == before
