"""check_rules(): a rule against its own examples, and its names against the SDKs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from platform_components.policy import (
    Example,
    PolicyContext,
    ResourceView,
    Rule,
    RuleCheck,
    StackExample,
    StackRule,
    StackView,
    check_rules,
)

DB = "aws:rds/instance:Instance"
AURORA = "aws:rds/cluster:Cluster"
QUEUE = "aws:sqs/queue:Queue"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
WORDS: dict[str, Any] = {
    "id": "sample-rule",
    "title": "A sample",
    "why": "To try it.",
    "remedy": "do better",
    "severity": "low",
}


def _multi_az(view: ResourceView, context: PolicyContext) -> Iterator[str]:
    if context.tier == "production" and not view.get("multiAz"):
        yield "multiAz is not on"


def _rule(**changed: Any) -> Rule:
    rule: dict[str, Any] = {
        "types": (DB,),
        "check": _multi_az,
        "passing": (Example(DB, {"multiAz": True}, "prod"),),
        "failing": (Example(DB, {"multiAz": False}, "prod", says="multiAz"),),
    }
    return Rule(**(WORDS | rule | changed))


def _checked(rule: Rule | StackRule) -> RuleCheck:
    (result,) = check_rules([rule])
    return result


def test_a_rule_that_does_what_its_examples_say_passes() -> None:
    """And its types and properties exist."""
    result = _checked(_rule())
    assert result == RuleCheck("sample-rule", 2, (), ())
    assert result.passed


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"passing": (Example(DB, {}, "prod"),)}, "passing[0] does not pass: violation: multiAz is not on"),
        ({"failing": (Example(DB, {}),)}, "failing[0] does not fail"),
        (
            {"failing": (Example(DB, {}, "prod", says="blue"),)},
            'does not report "blue" but: multiAz is not on',
        ),
        ({"check": lambda view, context: None}, "error: the rule failed: its check returned NoneType"),
    ],
)
def test_a_rule_that_contradicts_an_example_fails(changed: dict[str, Any], problem: str) -> None:
    """The problem names the example."""
    assert any(problem in found for found in _checked(_rule(**changed)).problems)


def _misspelt(view: ResourceView, context: PolicyContext) -> Iterator[str]:
    if view.get("multiAZ") is False:
        yield "multiAZ is off"


def test_a_misspelt_property_is_found_though_its_examples_agree() -> None:
    """In the check, and in the example that has the same error."""
    result = _checked(_rule(check=_misspelt, failing=(Example(DB, {"multiAZ": False}),)))
    assert f'{DB} has no property "multiAZ"; did you mean multiAz?' in result.problems
    assert f'example of {DB}: no property "multiAZ"; did you mean multiAz?' in result.problems


@pytest.mark.parametrize(
    ("read", "problem"),
    [
        (lambda view: view.has("multiAZ"), '"multiAZ"; did you mean multiAz?'),
        (lambda view: view.peek("arn"), '"arn": it is an output, and a rule reads inputs'),
        (lambda view: view.keys("tag"), '"tag"; did you mean tags?'),
        (lambda view: list(view.each("s3Imports")), '"s3Imports"; did you mean s3Import?'),
        (lambda view: view.get("restoreToPointInTime", "restoreTimes"), "did you mean restoreTime?"),
    ],
)
def test_every_way_of_reading_is_checked(read: Any, problem: str) -> None:
    """Also below a property."""

    def check(view: ResourceView, context: PolicyContext) -> Iterator[str]:
        read(view)
        yield from _multi_az(view, context)

    assert any(problem in found for found in _checked(_rule(check=check)).problems)


def test_a_property_is_looked_for_in_every_type_that_a_rule_names() -> None:
    """Also in one without an example: the rule would pass its resources unseen."""
    (problem,) = _checked(_rule(types=(DB, "aws:docdb/cluster:Cluster"))).problems
    assert problem.startswith('aws:docdb/cluster:Cluster has no property "multiAz"')


def test_a_predicates_property_is_looked_for_in_the_examples_types() -> None:
    """One of them has to have it."""
    passing = (Example(DB, {"multiAz": True}), Example(QUEUE))
    assert _checked(_rule(types=lambda type: True, passing=passing)).problems == ()
    only_queues = _rule(
        types=lambda type: True,
        passing=(Example(QUEUE),),
        failing=(Example(QUEUE, environment="prod", says="multiAz"),),
    )
    assert _checked(only_queues).problems == (
        f'no example\'s type has the property "multiAz", such as {QUEUE}',
    )


@pytest.mark.parametrize(
    ("types", "problem"),
    [((DB, "aws:rds/instanc:Instance"), f"type aws:rds/instanc:Instance does not exist; did you mean {DB}?")],
)
def test_a_misspelt_type_is_found(types: tuple[str, ...], problem: str) -> None:
    """Such a rule passes every resource."""
    assert problem in _checked(_rule(types=types)).problems


@pytest.mark.parametrize("token", ["awsx:ec2:Vpc", "kubernetes:monitoring.coreos.com/v1:ServiceMonitor"])
def test_a_type_that_no_sdk_can_confirm_is_reported_as_such(token: str) -> None:
    """Of a package that is not installed, or a custom resource: not checked, and no error."""
    result = _checked(_rule(types=(DB, token)))
    assert result.problems == ()
    assert result.not_checked == (token,)


def test_a_stack_rules_names_are_checked_too() -> None:
    """The types that it asks for, properties of their views, and those that references go through."""

    def check(stack: StackView, context: PolicyContext) -> Iterator[str]:
        for bucket in stack.of_type("aws:s3/bucket:Bucket"):
            bucket.get("forcedDestroy")
            stack.referrers(bucket, "buckets", type="aws:s3/bucketPolicy:BucketPolicy")
        if stack.of_type("aws:s3/bucketPolicies:BucketPolicy", "aws:s3/bucket:Bucket"):
            yield "has a bucket"

    rule = StackRule(
        **WORDS,
        check=check,
        passing=(StackExample((Example(QUEUE),)),),
        failing=(StackExample((Example("aws:s3/bucket:Bucket"),)),),
    )
    assert _checked(rule).problems == (
        f"type aws:s3/bucketPolicies:BucketPolicy does not exist; did you mean {POLICY}?",
        'aws:s3/bucket:Bucket has no property "forcedDestroy"; did you mean forceDestroy?',
        f'{POLICY} has no property "buckets"; did you mean bucket?',
    )
