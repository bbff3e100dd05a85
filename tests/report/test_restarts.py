"""What a step restarts."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.report.restarts import restarts
from platform_components.report.subject import Subject
from tests.report.plans import changed, subject

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
INSTANCE = "aws:rds/instance:Instance"


def texts(step: Subject) -> list[str]:
    return [fact.text for fact in restarts(step)]


def image(type_: str, **spec: Any) -> Subject:
    inputs = {"spec": {"template": {"spec": {"containers": [{"image": "a:2"}]}}, **spec}}
    return subject("update", type_, inputs, changed("spec.template.spec.containers[0].image", "a:1", "a:2"))


def test_a_new_pod_template_restarts_the_pods() -> None:
    """Replicas and labels of the Deployment itself do not."""
    assert texts(image(DEPLOYMENT)) == ["restarts its pods, a few at a time (spec.template)"]
    assert texts(subject("update", DEPLOYMENT, {}, changed("spec.replicas", 2, 3))) == []


def test_the_strategy_is_stated() -> None:
    """Recreate stops all pods first; OnDelete waits for someone."""
    assert texts(image(DEPLOYMENT, strategy={"type": "Recreate"})) == [
        "stops all of its pods, then starts new ones (spec.template)"
    ]
    assert texts(image(STATEFUL_SET, updateStrategy={"type": "OnDelete"})) == [
        "changes its pods when they are deleted (spec.template)"
    ]


@pytest.mark.parametrize(
    ("immediately", "when"), [(True, "during the deployment"), (False, "in the next maintenance window")]
)
def test_a_new_instance_class_restarts_the_database(immediately: bool, when: str) -> None:
    """`applyImmediately` decides when."""
    inputs = {"instanceClass": "db.m7g.large", "applyImmediately": immediately}
    step = subject("update", INSTANCE, inputs, changed("instanceClass", "db.t3.small", "db.m7g.large"))
    assert texts(step) == [f"is down while the change is applied, {when} (instanceClass)"]


def test_all_settings_that_restart_are_named() -> None:
    """Also those below a path, but not others that change with them."""
    changes = [changed(path, 1, 2) for path in ("allocatedStorage", "engineVersion", "instanceClass")]
    (fact,) = restarts(subject("update", INSTANCE, {"applyImmediately": True}, *changes))
    assert fact.text.endswith("during the deployment (instanceClass, engineVersion)")
    assert fact.paths == ("instanceClass", "engineVersion")


def test_settings_without_downtime_restart_nothing() -> None:
    """Storage grows while the instance runs."""
    assert texts(subject("update", INSTANCE, {}, changed("allocatedStorage", 20, 40))) == []


def test_static_parameters_wait_for_a_reboot() -> None:
    """Dynamic ones do not."""
    parameters = [
        {"name": "max_connections", "value": "500", "applyMethod": "pending-reboot"},
        {"name": "log_statement", "value": "ddl", "applyMethod": "immediate"},
    ]
    changes = [changed(f"parameters[{n}].value", "0", each["value"]) for n, each in enumerate(parameters)]
    step = subject("update", "aws:rds/parameterGroup:ParameterGroup", {"parameters": parameters}, *changes)
    assert texts(step) == ["max_connections takes effect after a reboot of the instances that use the group"]
