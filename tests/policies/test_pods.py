"""Pods: what the examples of the rules can't show."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.base.markers import UNKNOWN, Secret
from platform_components.policy import Example, PolicyContext, Report, evaluate_policies
from policies.pod_controls import POD_CONTROLS
from policies.pod_secrets import POD_SECRETS
from policies.pods import PODS

RULES = (*PODS, *POD_CONTROLS, *POD_SECRETS)

SECURE: dict[str, Any] = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def _report(type_: str = "Pod", **spec: Any) -> Report:
    return evaluate_policies(
        [Example(f"kubernetes:core/v1:{type_}", {"spec": spec})], RULES, PolicyContext.of("prod")
    )


def _container(name: str = "web", **security: Any) -> dict[str, Any]:
    return {"name": name, "image": "web:1.4.2", "securityContext": {**SECURE, **security}}


@pytest.mark.parametrize(
    ("spec", "rules"),
    [
        ({"hostNetwork": UNKNOWN}, {"pod-host-access"}),
        ({"containers": [{**_container(), "image": UNKNOWN}]}, {"image-tag"}),
        ({"containers": [{**_container(), "ports": [{"hostPort": UNKNOWN}]}]}, {"pod-host-access"}),
        ({"containers": [_container(privileged=UNKNOWN)]}, {"pod-privileged"}),
        ({"containers": [_container(runAsUser=UNKNOWN)]}, {"pod-non-root"}),
        ({"containers": [_container(allowPrivilegeEscalation=UNKNOWN)]}, {"pod-privilege-escalation"}),
        ({"containers": [_container(capabilities={"drop": UNKNOWN})]}, {"pod-capabilities"}),
        ({"containers": [_container(seccompProfile=UNKNOWN)]}, {"pod-seccomp"}),
        ({"containers": [_container(procMount=UNKNOWN)]}, {"pod-proc-mount"}),
        ({"containers": [_container(seLinuxOptions={"type": UNKNOWN})]}, {"pod-selinux"}),
        ({"containers": [_container(appArmorProfile=UNKNOWN)]}, {"pod-apparmor"}),
        ({"securityContext": {"sysctls": [{"name": UNKNOWN}]}}, {"pod-sysctls"}),
        ({"volumes": UNKNOWN}, {"pod-host-access", "pod-volumes"}),
        ({"volumes": [{"name": "shared", "csi": UNKNOWN}]}, set()),
        ({"containers": UNKNOWN}, {rule.id for rule in RULES} - {"pod-sysctls", "pod-volumes"}),
    ],
)
def test_one_unknown_value_leaves_only_its_rule_undetermined(spec: dict[str, Any], rules: set[str]) -> None:
    """The other rules have their result."""
    report = _report(**spec)
    assert {finding.rule for finding in report.undetermined} == rules
    assert report.violations == ()


def test_an_annotation_for_apparmor_is_undetermined_while_unknown() -> None:
    """Other annotations are not read."""
    annotations = {"container.apparmor.security.beta.kubernetes.io/web": UNKNOWN, "team": UNKNOWN}
    example = Example("kubernetes:core/v1:Pod", {"metadata": {"annotations": annotations}})
    report = evaluate_policies([example], RULES, PolicyContext.of("prod"))
    assert [(finding.rule, finding.outcome) for finding in report.findings] == [
        ("pod-apparmor", "undetermined")
    ]


def test_environment_variables_that_are_unknown_do_not_matter() -> None:
    """Most pods have some: the host of a database is known only once deployed."""
    container = {**_container(), "env": [{"name": "DATABASE_HOST", "value": UNKNOWN}]}
    assert _report(containers=[container]).findings == ()


def test_a_secret_in_plain_text_is_not_shown() -> None:
    """Neither in the message nor elsewhere in the report. Encryption by Pulumi ends at the cluster."""
    key = "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"
    container = {
        **_container(),
        "env": [{"name": "PAYMENTS", "value": key}, {"name": "DB_PASSWORD", "value": Secret("hunter2-shop")}],
        "args": ["--token", key],
    }
    report = _report(containers=[container])
    assert [finding.message for finding in report.violations] == [
        "container web: variable PAYMENTS contains a secret in plain text",
        "container web: variable DB_PASSWORD contains a secret in plain text",
        "container web: args contains a secret in plain text",
    ]
    assert key not in repr(report)
    assert "hunter2" not in repr(report)


def test_a_sidecar_is_a_container_like_the_main_one() -> None:
    """Kubernetes has no exception for init containers that run as long as the pod."""
    sidecar = {**_container("proxy", privileged=True), "restartPolicy": "Always"}
    report = _report(containers=[_container()], initContainers=[sidecar])
    assert [finding.message for finding in report.violations] == ["container proxy: privileged is on"]


def test_a_container_can_undo_what_its_pod_requires() -> None:
    """The field of the container takes precedence."""
    pod = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    container = _container(runAsNonRoot=False, seccompProfile={"type": "Unconfined"})
    report = _report(securityContext=pod, containers=[container])
    assert {finding.rule for finding in report.violations} == {"pod-non-root", "pod-seccomp"}


def test_a_patch_is_evaluated_for_what_it_sets() -> None:
    """What it omits keeps its value in the cluster."""
    assert _report("PodPatch", containers=[{"name": "web"}]).findings == ()
    report = _report("PodPatch", containers=[{"name": "web", "securityContext": {"runAsNonRoot": False}}])
    assert [finding.rule for finding in report.findings] == ["pod-non-root"]


def test_each_container_without_settings_is_reported() -> None:
    """With its name, so that a person finds it among several."""
    report = _report(containers=[{"name": "web", "image": "web:1"}, _container("proxy")])
    assert [(finding.rule, finding.message) for finding in report.violations] == [
        ("pod-non-root", "container web: runAsNonRoot is not on"),
        ("pod-privilege-escalation", "container web: allowPrivilegeEscalation is not off"),
        ("pod-capabilities", "container web: does not drop the capabilities ALL"),
        ("pod-seccomp", "container web: seccompProfile is not set"),
    ]


@pytest.mark.parametrize("type_", ["Service", "serving.knative.dev/v1:Deployment"])
def test_other_kinds_are_left_alone(type_: str) -> None:
    """A custom resource with a kind of the same name has a schema of its own."""
    type_ = type_ if ":" in type_ else f"core/v1:{type_}"
    example = Example(f"kubernetes:{type_}", {"spec": {"template": {"spec": {"hostNetwork": True}}}})
    assert evaluate_policies([example], RULES, PolicyContext.of("prod")).judged == 0
