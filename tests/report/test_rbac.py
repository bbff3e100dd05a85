"""Permissions that roles and bindings of a Kubernetes cluster grant."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine.values import UNKNOWN
from platform_components.report.subject import Subject
from tests.report.exposed import broad, texts, update
from tests.report.plans import changed, subject

RBAC = "kubernetes:rbac.authorization.k8s.io/v1:"


def rule(group: str, resource: str, verb: str, *names: str) -> dict[str, Any]:
    named = {"resourceNames": list(names)} if names else {}
    return {"apiGroups": [group], "resources": [resource], "verbs": [verb], **named}


def role(old: list[Any], new: list[Any]) -> Subject:
    return update(f"{RBAC}ClusterRole", {"rules": old}, {"rules": new})


def test_added_verbs_and_resources_open_up() -> None:
    """Those that no former rule covers."""
    old = [rule("", "pods", "*")]
    new = [*old, {"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]}]
    assert texts(subject("update", f"{RBAC}Role", {"rules": new}, changed("rules[1]", None, new[1]))) == [
        "subjects with the role may now also use the verbs get, list on secrets"
    ]


@pytest.mark.parametrize(
    ("held", "needed"),
    [
        (rule("*", "*", "*"), rule("apps", "deployments", "get")),
        (rule("apps", "*", "get"), rule("apps", "deployments/scale", "get")),
        (rule("apps", "*/scale", "get"), rule("apps", "deployments/scale", "get")),
        (rule("", "secrets", "get"), rule("", "secrets", "get", "a")),
        (
            {"nonResourceURLs": ["/healthz/*"], "verbs": ["get"]},
            {"nonResourceURLs": ["/healthz/a"], "verbs": ["get"]},
        ),
    ],
)
def test_a_wildcard_covers_its_own_element(held: Any, needed: Any) -> None:
    """Group, resource, name and verb are compared one by one. The opposite change opens up."""
    assert texts(role([held], [needed])) == []
    assert len(texts(role([needed], [held]))) == 1


@pytest.mark.parametrize(
    ("held", "needed", "target"),
    [
        (rule("", "*", "*"), rule("apps", "deployments", "*"), "apps/deployments"),
        (
            rule("", "*", "*"),
            rule("rbac.authorization.k8s.io", "clusterroles", "escalate"),
            "rbac.authorization.k8s.io/clusterroles",
        ),
        (rule("", "pods", "get"), rule("", "pods/exec", "get"), "pods/exec"),
        (rule("", "secrets", "get", "a"), rule("", "secrets", "get"), "secrets"),
    ],
)
def test_a_wildcard_does_not_cover_other_elements(held: Any, needed: Any, target: str) -> None:
    """All resources of the core group are not those of other groups."""
    (text,) = texts(role([held], [needed]))
    assert text.endswith(f" on {target}")


def test_all_permissions_admit_anyone() -> None:
    """All verbs, resources and groups; not those of the core group."""
    assert broad(role([], [rule("*", "*", "*")]))
    assert texts(role([], [rule("", "*", "*")])) == [
        "subjects with the role may now use the verbs * on * in the core group"
    ]
    assert broad(role([], [rule("", "*", "*")])) == []


def test_unknown_rules_are_stated() -> None:
    """They can't be compared."""
    (text,) = texts(update(f"{RBAC}Role", {"rules": []}, {"rules": UNKNOWN}))
    assert text.startswith("sets the rules of the role to a value known only after the deployment")


def test_aggregated_rules_open_up() -> None:
    """A role takes over those of others, or adds its own to them."""
    selector = {"matchLabels": {"team": "shop"}}
    step = update(
        f"{RBAC}ClusterRole", {"rules": []}, {"aggregationRule": {"clusterRoleSelectors": [selector]}}
    )
    assert texts(step) == ['takes over the rules of all cluster roles with {"matchLabels": {"team": "shop"}}']
    label = "rbac.authorization.k8s.io/aggregate-to-view"
    old, new = ({"metadata": {"labels": labels}} for labels in ({}, {label: "true"}))
    assert texts(update(f"{RBAC}ClusterRole", old, new)) == ["adds its rules to the cluster role view"]
    assert texts(update(f"{RBAC}ClusterRole", new, old)) == []


def test_subjects_of_a_binding_open_up() -> None:
    """Those that did not have the role."""
    subjects = [
        {"kind": "Group", "name": "devs"},
        {"kind": "ServiceAccount", "namespace": "ci", "name": "bot"},
    ]
    inputs = {"roleRef": {"name": "cluster-admin"}, "subjects": subjects}
    step = subject("update", f"{RBAC}ClusterRoleBinding", inputs, changed("subjects[1]", None, subjects[1]))
    assert broad(step) == ["grants ServiceAccount ci bot the role cluster-admin"]


def test_another_role_opens_up_for_all_subjects() -> None:
    """The former role says nothing about it. Requests without credentials are anyone's."""
    inputs = {"subjects": [{"kind": "Group", "name": "devs"}]}
    old, new = ({**inputs, "roleRef": {"name": name}} for name in ("view", "edit"))
    assert texts(update(f"{RBAC}RoleBinding", old, new)) == ["grants Group devs the role edit"]
    anyone = {"roleRef": {"name": "view"}, "subjects": [{"kind": "Group", "name": "system:unauthenticated"}]}
    assert broad(subject("create", f"{RBAC}RoleBinding", anyone)) == [
        "grants Group system:unauthenticated the role view"
    ]
