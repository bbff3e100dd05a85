"""What evaluate_policies() makes of rules that pass, fail, can't decide, or break."""

from __future__ import annotations

import contextlib
import json
import sys
from asyncio import CancelledError
from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn

import pytest
from hypothesis import given, strategies as st

from platform_components.base.markers import UNKNOWN, Secret
from platform_components.policy import (
    Example,
    PolicyContext,
    Report,
    ResourceView,
    Rule,
    StackExample,
    StackRule,
    StackView,
    Undetermined,
    evaluate_policies,
)
from platform_components.policy.rule import Check, Enforcement, StackCheck, StackFinding

QUEUE = "aws:sqs/queue:Queue"
GOOD = Example(QUEUE, {})
CONTEXT = PolicyContext.of("dev")


def _rule(check: Check, enforcement: Enforcement = "mandatory", id: str = "sample-rule") -> Rule:
    return Rule(
        id=id,
        title="A sample",
        why="To try the evaluate_policies.",
        remedy="do better",
        severity="low",
        enforcement=enforcement,
        types=(QUEUE,),
        check=check,
        passing=(GOOD,),
        failing=(GOOD,),
    )


def _judged(check: Check, example: Example = GOOD, enforcement: Enforcement = "mandatory") -> Report:
    return evaluate_policies([example], [_rule(check, enforcement)], CONTEXT)


def test_a_rule_with_nothing_to_say_passes() -> None:
    """No finding, and the resource counts as judged."""
    report = _judged(lambda view, context: ())
    assert (report.findings, report.judged, report.failed) == ((), 1, False)


def test_a_violation_tells_what_where_and_the_remedy() -> None:
    """One finding a phrase, with all that a report shows."""
    report = _judged(lambda view, context: ["is red", "is round"])
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
    report = _judged(lambda view, context: ["is red"], enforcement="advisory")
    assert len(report.violations) == 1
    assert not report.failed


def test_reading_an_unknown_is_an_outcome_of_its_own() -> None:
    """What was said before stands; the rest of the rule is undetermined, and neither passes nor fails."""

    def check(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
        yield Undetermined("size")
        yield "is red"
        view.get("color")

    report = _judged(check, Example(QUEUE, {"color": UNKNOWN}))
    assert [finding.outcome for finding in report.findings] == ["undetermined", "violation", "undetermined"]
    assert report.undetermined[1].message == "color is known only once deployed"
    only_unknown = _judged(lambda view, context: [str(view.get("c"))], Example(QUEUE, {"c": UNKNOWN}))
    assert not only_unknown.failed


@pytest.mark.parametrize("enforcement", ["mandatory", "advisory"])
def test_a_rule_that_throws_fails(enforcement: Enforcement) -> None:
    """Also an advisory one: a broken rule is never a pass. Its line is told, its message isn't."""

    def check(view: ResourceView, context: PolicyContext) -> Iterator[str]:
        yield str({}[view.get("password")])

    report = _judged(check, Example(QUEUE, {"password": "hunter2"}), enforcement)
    (error,) = report.errors
    assert error.message.startswith("the rule failed: KeyError at test_evaluate.py:")
    assert "hunter2" not in json.dumps(report.to_dict())
    assert report.failed


class Leak(BaseException):
    """Not an Exception, as few things are."""


def _thrown(error: BaseException) -> NoReturn:
    raise error


def _yielding(error: BaseException) -> Iterator[str]:
    yield from ()
    raise error


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (lambda view, context: sys.exit(0), "SystemExit at test_evaluate.py:"),
        (lambda view, context: (_ for _ in ()).throw(Leak("hunter2")), "Leak at test_evaluate.py:"),
        (lambda view, context: _thrown(GeneratorExit("hunter2")), "GeneratorExit at test_evaluate.py:"),
        (lambda view, context: _thrown(CancelledError("hunter2")), "CancelledError at test_evaluate.py:"),
        (lambda view, context: _yielding(GeneratorExit("hunter2")), "GeneratorExit at test_evaluate.py:"),
        (lambda view, context: _yielding(CancelledError("hunter2")), "CancelledError at test_evaluate.py:"),
        (lambda view, context: view.get("color", "shade"), "TypeError at test_evaluate.py:"),
        (lambda: (), "TypeError at "),
        (lambda view, context: None, "its check returned NoneType, not an iterable of strings"),
        (lambda view, context: "is red", "its check returned str, not an iterable of strings"),
        (lambda view, context: b"is red", "its check returned bytes, not an iterable of strings"),
        (lambda view, context: {"is red": 1}, "its check returned dict, not an iterable of strings"),
        (lambda view, context: [None], "its check yielded NoneType, not a string"),
        (lambda view, context: [{"is": "red"}], "its check yielded dict, not a string"),
        (lambda view, context: [(view, "is red")], "its check yielded tuple, not a string"),
    ],
)
def test_a_rule_that_is_no_rule_fails(check: Check, said: str) -> None:
    """One that ends the process, raises anything, or answers in another form is broken."""
    report = _judged(check, Example(QUEUE, {"color": "hunter2"}))
    (error,) = report.findings
    assert error.outcome == "error"
    assert error.message.startswith(f"the rule failed: {said}")
    assert "hunter2" not in error.message
    assert report.failed


def test_an_interrupt_is_no_broken_rule() -> None:
    """Ctrl-C ends the command, also within a rule."""

    def check(view: ResourceView, context: PolicyContext) -> list[str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _judged(check)


def test_a_predicate_that_throws_is_a_broken_rule() -> None:
    """Reported once, at the first resource of a type that it fails for; the other rules go on."""

    def only_queues(type_: str) -> bool:
        return {QUEUE: True}[type_]

    broken = replace(_rule(lambda view, context: ["is red"]), types=only_queues)
    topics = [Example("aws:sns/topic:Topic", {}, name=name) for name in ("one", "two")]
    report = evaluate_policies([*topics, GOOD], [broken, _rule(lambda v, c: ["is red"], id="other")], CONTEXT)
    assert [(each.rule, each.outcome, each.name) for each in report.findings] == [
        ("sample-rule", "error", "one"),
        ("other", "violation", "example"),
    ]
    assert "KeyError at test_evaluate.py:" in report.findings[0].message


def test_a_rule_can_not_change_what_others_see() -> None:
    """Neither another rule, nor the document that is printed, sees a change that a rule makes."""
    inputs = {"tags": {"Owner": "me"}, "list": [{"key": "a"}], "secret": Secret({"key": "a"})}
    seen: list[object] = []

    def vandal(view: ResourceView, context: PolicyContext) -> list[str]:
        for path in (["tags"], ["list", 0], []):
            value = view._value
            for step in path:
                value = value[step]
            with contextlib.suppress(AttributeError):
                value.clear()
        with contextlib.suppress(AttributeError):
            view._value["secret"].value.clear()
        view.get("tags").clear()
        view._value = {}
        return []

    def witness(view: ResourceView, context: PolicyContext) -> list[str]:
        seen.append(view.get())
        return []

    example = Example(QUEUE, inputs)
    evaluate_policies([example], [_rule(vandal), _rule(witness, id="witness")], CONTEXT)
    assert seen == [{"tags": {"Owner": "me"}, "list": [{"key": "a"}], "secret": {"key": "a"}}]
    assert inputs == {"tags": {"Owner": "me"}, "list": [{"key": "a"}], "secret": Secret({"key": "a"})}


def _stack_rule(check: StackCheck) -> StackRule:
    words = {field: getattr(_rule(lambda view, context: ()), field) for field in ("title", "why", "remedy")}
    example = StackExample((GOOD,))
    return StackRule(
        id="stack-rule", severity="low", check=check, passing=(example,), failing=(example,), **words
    )


def test_a_stack_is_indexed_once_for_all_rules() -> None:
    """A hundred stack rules would otherwise group thousands of resources a hundred times."""
    seen: list[StackView] = []

    def check(stack: StackView, context: PolicyContext) -> Iterator[StackFinding]:
        seen.append(stack)
        yield from ()

    rules = [_stack_rule(check), _stack_rule(check)]
    evaluate_policies([Example(QUEUE, {})], rules, PolicyContext.of("dev"))
    assert len(seen) == 2
    assert seen[0] is seen[1]


def test_a_stack_rule_reports_about_resources_and_about_the_stack() -> None:
    """A finding is bound to the resource that it comes with, otherwise to the stack."""

    def check(stack: StackView, context: PolicyContext) -> Iterator[StackFinding]:
        (queue,) = stack.of_type(QUEUE)
        yield queue, "is red"
        yield queue, Undetermined("size")
        yield "has a single queue"
        queue.get("color")

    report = evaluate_policies([Example(QUEUE, {"color": UNKNOWN})], [_stack_rule(check)], CONTEXT)
    assert [(each.name, each.type, each.outcome, each.message) for each in report.findings] == [
        ("example", QUEUE, "violation", "is red"),
        ("example", QUEUE, "undetermined", "size is known only once deployed"),
        ("examples-example.dev", "pulumi:pulumi:Stack", "violation", "has a single queue"),
        ("example", QUEUE, "undetermined", "color is known only once deployed"),
    ]


@pytest.mark.parametrize(
    "check",
    [
        lambda stack, context: "red",
        lambda stack, context: [(stack, "red")],
        lambda stack, context: [(stack.resources[0], None)],
        lambda stack, context: [1 // 0],
        lambda stack, context: sys.exit(0),
    ],
)
def test_a_stack_rule_that_breaks_is_an_error_of_the_stack(check: StackCheck) -> None:
    """As a rule over resources that breaks is one of the resource."""
    (error,) = evaluate_policies([GOOD], [_stack_rule(check)], CONTEXT).findings
    assert (error.outcome, error.type) == ("error", "pulumi:pulumi:Stack")


def test_a_stack_rule_repeats_no_secret_of_any_resource() -> None:
    """Whichever resource has it, and whichever the finding is bound to."""
    secret = Example(QUEUE, {"value": Secret("hunter2")}, name="other")
    check = lambda stack, context: [f"value is {stack.resources[1].get('value')}"]  # noqa: E731
    (finding,) = evaluate_policies([GOOD, secret], [_stack_rule(check)], CONTEXT).findings
    assert finding.message == "value is [secret]"


def test_a_stack_rule_sees_a_stack_without_resources() -> None:
    """Which may be what it forbids."""
    check: StackCheck = lambda stack, context: ["is empty"]  # noqa: E731
    assert evaluate_policies([], [_stack_rule(check)], CONTEXT).violations[0].message == "is empty"


def test_other_rules_go_on_after_one_broke() -> None:
    """One broken rule hides nothing that another has to say."""
    broken = _rule(lambda view, context: [str(1 // 0)], id="broken-rule")
    report = evaluate_policies([GOOD], [broken, _rule(lambda view, context: ["is red"])], CONTEXT)
    assert [finding.outcome for finding in report.findings] == ["error", "violation"]


def test_a_rule_sees_the_types_it_reads_and_nothing_that_is_only_read() -> None:
    """Types are exact tokens or a predicate; another stack's resource is that stack's to answer for."""
    seen: list[str] = []

    def check(view: ResourceView, context: PolicyContext) -> list[str]:
        seen.append(view.name)
        return []

    others = [
        Example("aws:sns/topic:Topic", {}, name="topic"),
        Example(QUEUE, {}, name="queue"),
        Example(QUEUE, {}, name="foreign", external=True),
    ]
    assert evaluate_policies(others, [_rule(check)], CONTEXT).judged == 1
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
    report = _judged(lambda view, context: [f"value is {view.get('value')}"], Example(QUEUE, inputs))
    text = json.dumps(report.to_dict())
    assert "hunter2" not in text
    assert "[secret]" in text


def test_a_short_secret_does_not_tear_words_apart() -> None:
    """The secret `a` is cleared where it stands alone."""
    report = _judged(lambda view, context: ["a tag is bad: a"], Example(QUEUE, {"pin": Secret("a")}))
    assert report.violations[0].message == "[secret] tag is bad: [secret]"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.just(UNKNOWN), st.lists))
def test_any_value_has_an_outcome(value: object) -> None:
    """Whatever a property holds, evaluate_policies() ends, and a message is plain text."""
    report = _judged(lambda view, context: [f"is {view.get('value')}"], Example(QUEUE, {"value": value}))
    assert [finding.outcome for finding in report.findings] in (["violation"], ["undetermined"])
    json.dumps(report.to_dict())
