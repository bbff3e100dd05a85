"""The resources that a report lists as not read by any rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from platform_components.policy import (
    Example,
    PolicyContext,
    Rule,
    StackExample,
    StackRule,
    StackView,
    evaluate_policies,
)
from policies import RULES

QUEUE = Example("aws:sqs/queue:Queue", name="queue")
TOPIC = Example("aws:sns/topic:Topic", name="topic")
RELEASE = Example("kubernetes:helm.sh/v3:Release", name="release")
COMPONENT = Example("platform:index:Bucket", name="assets", custom=False)
FOREIGN_COMPONENT = Example("acme:index:Queues", name="queues", custom=False)
CONTEXT = PolicyContext.of("dev")
WORDS: dict[str, Any] = {"title": "A sample", "why": "To try it.", "remedy": "do better", "severity": "low"}


def _rule(*, general: bool) -> Rule:
    return Rule(
        id="tags" if general else "queues",
        types=(lambda type_: type_.startswith("aws:")) if general else (QUEUE.type,),
        check=lambda view, context: (),
        general=general,
        passing=(QUEUE,),
        failing=(QUEUE,),
        **WORDS,
    )


def _unread(*resources: Example, rules: tuple[Rule | StackRule, ...]) -> list[tuple[str, int, bool]]:
    report = evaluate_policies(resources, rules, CONTEXT)
    return [(each["type"], each["count"], each["general"]) for each in report.to_dict()["unread"]]


def test_a_type_without_any_rule_is_counted() -> None:
    """The most frequent type comes first."""
    releases = [replace(RELEASE, name=name) for name in ("a", "b")]
    assert _unread(TOPIC, *releases, QUEUE, rules=(_rule(general=False),)) == [
        (RELEASE.type, 2, False),
        (TOPIC.type, 1, False),
    ]


def test_a_type_that_only_general_rules_check_is_counted_and_marked() -> None:
    """A rule for all types of AWS does not mean that a type has a rule of its own."""
    rules = (_rule(general=True), _rule(general=False))
    assert _unread(QUEUE, TOPIC, RELEASE, rules=rules) == [
        (TOPIC.type, 1, True),
        (RELEASE.type, 1, False),
    ]


def test_a_type_that_a_stack_rule_requests_is_read() -> None:
    """`stack.resources` alone has every type, so it does not count."""

    def check(stack: StackView, context: PolicyContext) -> list[str]:
        stack.of_type(QUEUE.type)
        for view in stack.resources:
            stack.referrers(view, type=TOPIC.type)
        return []

    stack = StackExample((QUEUE,))
    rule = StackRule(id="stacks", check=check, passing=(stack,), failing=(stack,), **WORDS)
    assert _unread(QUEUE, TOPIC, RELEASE, rules=(rule,)) == [(RELEASE.type, 1, False)]


def test_general_rules_are_enough_inside_the_librarys_components() -> None:
    """The component sets the properties; a type without any rule is counted there too."""
    inside = replace(TOPIC, name="inside", child_of=COMPONENT)
    deeper = replace(TOPIC, name="deeper", child_of=inside)
    release = replace(RELEASE, child_of=COMPONENT)
    foreign = replace(TOPIC, name="foreign", child_of=FOREIGN_COMPONENT)
    resources = (COMPONENT, FOREIGN_COMPONENT, inside, deeper, release, foreign)
    assert _unread(*resources, rules=(_rule(general=True),)) == [
        (TOPIC.type, 1, True),
        (RELEASE.type, 1, False),
    ]


def test_only_resources_that_a_deployment_creates_are_counted() -> None:
    """Components, providers, stack references and resources of other stacks are not."""
    others = [
        COMPONENT,
        Example("pulumi:providers:gcp", name="gcp"),
        Example("pulumi:pulumi:StackReference", name="network"),
        replace(RELEASE, external=True),
    ]
    assert _unread(*others, rules=(_rule(general=False),)) == []


@pytest.mark.parametrize(
    ("type_", "general"),
    [
        ("kubernetes:helm.sh/v3:Release", False),
        ("aws-native:s3:Bucket", False),
        ("gcp:storage/bucket:Bucket", False),
        ("azure-native:storage:StorageAccount", False),
        ("random:index/randomPassword:RandomPassword", False),
        ("kubernetes:core/v1:ConfigMapList", True),
        ("aws:docdb/clusterInstance:ClusterInstance", True),
        ("aws:docdb/cluster:Cluster", True),
        ("aws:memorydb/cluster:Cluster", True),
        ("aws:neptune/cluster:Cluster", True),
        ("aws:opensearch/domain:Domain", True),
        ("aws:redshift/cluster:Cluster", True),
    ],
)
def test_types_without_a_rule_in_the_built_in_pack(type_: str, general: bool) -> None:
    """The pack has no rule that reads their sizes or backups; general rules read encryption and exposure."""
    assert _unread(Example(type_), rules=RULES) == [(type_, 1, general)]


@pytest.mark.parametrize(
    "type_",
    [
        "aws:s3/bucket:Bucket",
        "aws:rds/instance:Instance",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/flowLog:FlowLog",
        "kubernetes:apps/v1:Deployment",
        "kubernetes:apps/v1:StatefulSet",
        "kubernetes:apps/v1:DeploymentList",
        "kubernetes:apps/v1:DeploymentPatch",
    ],
)
def test_types_with_a_rule_in_the_built_in_pack(type_: str) -> None:
    """Resource rules and stack rules count."""
    assert _unread(Example("aws:ec2/vpc:Vpc", name="vpc"), Example(type_), rules=RULES) == []
