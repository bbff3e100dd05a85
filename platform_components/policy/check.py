"""check_rules(): each rule on its own examples, and its names against the SDKs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from platform_components.policy.evaluate import Report, evaluate_policies
from platform_components.policy.example import Example, StackExample
from platform_components.policy.names import check_names
from platform_components.policy.rule import AnyRule


@dataclass(frozen=True)
class RuleCheck:
    """The result of testing one rule."""

    rule: str
    examples: int
    problems: tuple[str, ...]
    """Phrases; empty if the rule agrees with its examples."""
    not_checked: tuple[str, ...]
    """Type tokens that no installed SDK could confirm."""

    @property
    def passed(self) -> bool:
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.rule,
            "passed": self.passed,
            "examples": self.examples,
            "problems": list(self.problems),
            "not_checked": list(self.not_checked),
        }


def check_rules(rules: Iterable[AnyRule]) -> tuple[RuleCheck, ...]:
    """Test that examples pass or fail as expected, and that every type and property exists in its SDK.

    Imports the SDKs of the rules' types.
    """
    return tuple(_check(rule) for rule in rules)


def _check(rule: AnyRule) -> RuleCheck:
    names = check_names(rule)
    problems = (*_passing_problems(rule), *_failing_problems(rule), *names.problems)
    return RuleCheck(rule.id, len(rule.passing) + len(rule.failing), problems, names.not_checked)


def _passing_problems(rule: AnyRule) -> Iterator[str]:
    examples: tuple[Example | StackExample, ...] = rule.passing
    for index, example in enumerate(examples):
        for finding in _report(rule, example).findings:
            yield f"passing[{index}] does not pass: {finding.outcome}: {finding.message}"


def _failing_problems(rule: AnyRule) -> Iterator[str]:
    examples: tuple[Example | StackExample, ...] = rule.failing
    for index, example in enumerate(examples):
        report = _report(rule, example)
        for finding in (*report.errors, *report.undetermined):
            yield f"failing[{index}] is not a clear violation: {finding.outcome}: {finding.message}"
        if not report.violations:
            yield f"failing[{index}] does not fail"
        elif not any(example.says in finding.message for finding in report.violations):
            messages = "; ".join(finding.message for finding in report.violations)
            yield f'failing[{index}] does not report "{example.says}" but: {messages}'


def _report(rule: AnyRule, example: Example | StackExample) -> Report:
    return evaluate_policies(example.stack, [rule], example.context)
