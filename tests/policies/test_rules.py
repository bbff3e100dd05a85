"""Every rule of the pack, by the examples that it comes with."""

from __future__ import annotations

import re

import pytest

from platform_components.base.markers import UNKNOWN
from platform_components.policy import Example, Rule, judge
from policies import RULES

PASSING = [(rule, example) for rule in RULES for example in rule.passing]
READING = [(rule, example) for rule in RULES for example in rule.failing if example.inputs]
"""Wrong by what they hold, rather than by what they leave out."""
FAILING = [(rule, example) for rule in RULES for example in rule.failing]


def _name(value: Rule | Example) -> str:
    return value.id if isinstance(value, Rule) else f"{value.type.rpartition(':')[2]}-{value.environment}"


@pytest.mark.parametrize(("rule", "example"), PASSING, ids=_name)
def test_a_passing_example_passes(rule: Rule, example: Example) -> None:
    """What a rule calls right draws no finding from it."""
    assert judge([example], [rule], example.facts).findings == ()


@pytest.mark.parametrize(("rule", "example"), FAILING, ids=_name)
def test_a_failing_example_is_a_violation(rule: Rule, example: Example) -> None:
    """What a rule calls wrong is found, with the message that the example promises and the remedy."""
    report = judge([example], [rule], example.facts)
    assert report.violations == report.findings
    assert example.says in "\n".join(finding.message for finding in report.violations)
    assert all(finding.remedy == rule.remedy for finding in report.violations)
    assert report.failed


@pytest.mark.parametrize(("rule", "example"), READING, ids=_name)
def test_an_unknown_value_is_undetermined(rule: Rule, example: Example) -> None:
    """Where what decides is unknown, a rule says so: it neither passes the resource nor fails it for that."""
    unknown = dict.fromkeys(example.inputs, UNKNOWN)
    report = judge([Example(example.type, unknown, example.environment)], [rule], example.facts)
    assert report.undetermined
    assert all("only once deployed" in finding.message for finding in report.undetermined)


@pytest.mark.parametrize("rule", RULES, ids=_name)
def test_a_rule_explains_itself(rule: Rule) -> None:
    """Title, reason and remedy are phrases that a person can act on, and controls name their standard."""
    assert len(rule.title) <= 90
    assert rule.why.endswith(".")
    assert not rule.title.endswith(".")
    assert all(re.match(r"(AWS FSBP|CIS AWS|NIST 800-53) \S+", control) for control in rule.controls)


def test_rule_ids_are_unique() -> None:
    """A finding's id names one rule."""
    ids = [rule.id for rule in RULES]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize(("rule", "example"), FAILING, ids=_name)
def test_every_rule_is_pure(rule: Rule, example: Example) -> None:
    """The same resource gets the same findings, and is left as it was."""
    before = repr(example.inputs)
    first = judge([example], [rule], example.facts)
    assert judge([example], [rule], example.facts) == first
    assert repr(example.inputs) == before
