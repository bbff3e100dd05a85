"""What judge() makes of rules that pass, fail, can't tell, or break."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st

from platform_components.base.markers import UNKNOWN, Secret
from platform_components.policy import Example, Facts, Report, ResourceView, Rule, Undetermined, judge
from platform_components.policy.rule import Check, Enforcement

QUEUE = "aws:sqs/queue:Queue"
GOOD = Example(QUEUE, {})
FACTS = Facts.of("dev")


def _rule(check: Check, enforcement: Enforcement = "mandatory", id: str = "sample-rule") -> Rule:
    return Rule(
        id=id,
        title="A sample",
        why="To try the judge.",
        remedy="do better",
        severity="low",
        enforcement=enforcement,
        types=(QUEUE,),
        check=check,
        passing=(GOOD,),
        failing=(GOOD,),
    )


def _judged(check: Check, example: Example = GOOD, enforcement: Enforcement = "mandatory") -> Report:
    return judge([example], [_rule(check, enforcement)], FACTS)


def test_a_rule_with_nothing_to_say_passes() -> None:
    """No finding, and the resource counts as judged."""
    report = _judged(lambda view, facts: ())
    assert (report.findings, report.judged, report.failed) == ((), 1, False)


def test_a_violation_tells_what_where_and_the_remedy() -> None:
    """One finding a phrase, with all that a report shows."""
    report = _judged(lambda view, facts: ["is red", "is round"])
    assert [finding.message for finding in report.violations] == ["is red", "is round"]
    first = report.violations[0]
    assert (first.rule, first.name, first.type, first.remedy) == (
        "sample-rule",
        "example",
        QUEUE,
        "do better",
    )
    assert report.failed


def test_advice_does_not_fail() -> None:
    """A violation of an advisory rule is told and stops nothing."""
    report = _judged(lambda view, facts: ["is red"], enforcement="advisory")
    assert len(report.violations) == 1
    assert not report.failed


def test_reading_an_unknown_is_an_outcome_of_its_own() -> None:
    """What was said before stands; the rest of the rule is undetermined, and neither passes nor fails."""

    def check(view: ResourceView, facts: Facts) -> Iterator[str | Undetermined]:
        yield Undetermined("size")
        yield "is red"
        view.get("color")

    report = _judged(check, Example(QUEUE, {"color": UNKNOWN}))
    assert [finding.outcome for finding in report.findings] == ["undetermined", "violation", "undetermined"]
    assert report.undetermined[1].message == "color is known only once deployed"
    only_unknown = _judged(lambda view, facts: [str(view.get("c"))], Example(QUEUE, {"c": UNKNOWN}))
    assert not only_unknown.failed


@pytest.mark.parametrize("enforcement", ["mandatory", "advisory"])
def test_a_rule_that_throws_fails(enforcement: Enforcement) -> None:
    """Also an advisory one: a broken rule is never a pass. Its line is told, its message isn't."""

    def check(view: ResourceView, facts: Facts) -> Iterator[str]:
        yield str({}[view.get("password")])

    report = _judged(check, Example(QUEUE, {"password": "hunter2"}), enforcement)
    (error,) = report.errors
    assert error.message.startswith("the rule itself failed: KeyError at test_judge.py:")
    assert "hunter2" not in json.dumps(report.to_dict())
    assert report.failed


@pytest.mark.parametrize("check", [lambda view, facts: sys.exit(0), lambda view, facts: None, lambda: ()])
def test_a_rule_that_is_no_rule_fails(check: Check) -> None:
    """One that ends the process, answers nothing at all, or takes other arguments is broken."""
    assert len(_judged(check).errors) == 1


def test_other_rules_go_on_after_one_broke() -> None:
    """One broken rule hides nothing that another has to say."""
    broken = _rule(lambda view, facts: [str(1 // 0)], id="broken-rule")
    report = judge([GOOD], [broken, _rule(lambda view, facts: ["is red"])], FACTS)
    assert [finding.outcome for finding in report.findings] == ["error", "violation"]


def test_a_rule_sees_the_types_it_reads_and_nothing_that_is_only_read() -> None:
    """Types are exact tokens or a predicate; another stack's resource is that stack's to answer for."""
    seen: list[str] = []

    def check(view: ResourceView, facts: Facts) -> list[str]:
        seen.append(view.name)
        return []

    others = [
        Example("aws:sns/topic:Topic", {}, name="topic"),
        Example(QUEUE, {}, name="queue"),
        Example(QUEUE, {}, name="foreign", external=True),
    ]
    assert judge(others, [_rule(check)], FACTS).judged == 1
    assert seen == ["queue"]


@pytest.mark.parametrize(
    "inputs",
    [
        {"value": Secret("hunter2")},
        {"value": Secret({"inner": ["hunter2"]})},
        {"value": "hunter2", "masterPassword": "hunter2"},
        {"value": "hunter2", "env": [{"apiKey": "hunter2"}]},
    ],
    ids=["marked", "nested", "by name", "by nested name"],
)
def test_no_secret_is_repeated(inputs: dict[str, object]) -> None:
    """A rule may read a secret and quote it: the finding has it cleared, wherever else it stands too."""
    report = _judged(lambda view, facts: [f"value is {view.get('value')}"], Example(QUEUE, inputs))
    text = json.dumps(report.to_dict())
    assert "hunter2" not in text
    assert "[secret]" in text


def test_a_short_secret_does_not_tear_words_apart() -> None:
    """The secret `a` is cleared where it stands alone."""
    report = _judged(lambda view, facts: ["a tag is bad: a"], Example(QUEUE, {"pin": Secret("a")}))
    assert report.violations[0].message == "[secret] tag is bad: [secret]"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.just(UNKNOWN), st.lists))
def test_any_value_has_an_outcome(value: object) -> None:
    """Whatever a property holds, judge() ends, and a message is plain text."""
    report = _judged(lambda view, facts: [f"is {view.get('value')}"], Example(QUEUE, {"value": value}))
    assert [finding.outcome for finding in report.findings] in (["violation"], ["undetermined"])
    json.dumps(report.to_dict())
