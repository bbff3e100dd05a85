"""Access of pods to their node, and the admission rules that limit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.report.subject import Fact
from platform_components.report.transition import (
    Transition,
    at,
    incomparable,
    is_hidden,
    items,
    mappings,
    shown,
)

_TEMPLATES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"),
        "spec.template",
    ),
    "CronJob": "spec.jobTemplate.spec.template",
}
"""Where a kind has the metadata and the spec of its pods."""
_CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")

_ENFORCE: Final = "pod-security.kubernetes.io/enforce"
_LEVELS: Final = ("privileged", "baseline", "restricted")
"""https://kubernetes.io/docs/concepts/security/pod-security-standards/: from the weakest. Without a label the
default of the cluster applies, which is privileged unless the API server is configured otherwise."""

_WEBHOOKS: Final = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
_ADMISSION_POLICIES: Final = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")


def pod_labels(type_: str, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the labels of the pods of a workload; None if the resource has no pods."""
    kind = type_.rpartition(":")[2]
    if not type_.startswith("kubernetes:") or (kind != "Pod" and kind not in _TEMPLATES):
        return None
    labels = at(inputs if kind == "Pod" else at(inputs, _TEMPLATES[kind]), "metadata.labels")
    return labels if isinstance(labels, Mapping) else {}


def gained_privileges(transition: Transition) -> Iterator[Fact]:
    """Yield the access of pods to their node, and other identities, that they did not have before."""
    if transition.after is None or (transition.kind != "Pod" and transition.kind not in _TEMPLATES):
        return
    path = f"{_TEMPLATES[transition.kind]}.spec" if transition.kind in _TEMPLATES else "spec"
    before, after = (at(inputs or {}, path) for inputs in (transition.before, transition.after))
    former = set(_privileges(before))
    yield from (Fact("exposure", text) for text in _privileges(after) if text not in former)
    account = at(after, "serviceAccountName")
    if transition.before is not None and account is not None and account != at(before, "serviceAccountName"):
        yield Fact("exposure", f"grants its pods the permissions of the ServiceAccount {shown(account)}")


def _privileges(spec: Any) -> Iterator[str]:
    """Settings that the baseline Pod Security Standard does not allow."""
    for field, what in (
        ("hostNetwork", "network"),
        ("hostPID", "processes"),
        ("hostIPC", "shared memory"),
    ):
        if at(spec, field) is True:
            yield f"grants its pods access to the {what} of their node ({field})"
    for volume in mappings(at(spec, "volumes")):
        if "hostPath" in volume:
            path = shown(at(volume, "hostPath.path"))
            yield f"mounts in its pods the directory {path} of their node (hostPath)"
    for container in mappings([each for name in _CONTAINERS for each in items(at(spec, name))]):
        name = shown(container.get("name"))
        if at(container, "securityContext.privileged") is True:
            yield f"the container {name} becomes privileged, with all access to its node"
        for each in items(at(container, "securityContext.capabilities.add")):
            yield f"the container {name} gets the capability {shown(each)}"
        for port in mappings(container.get("ports")):
            if port.get("hostPort"):
                number = shown(port["hostPort"])
                yield f"the container {name} becomes reachable on the port {number} of its node"


def weakened_admission(transition: Transition) -> Iterator[Fact]:
    """Yield the requests to the Kubernetes API that are no longer checked."""
    if transition.before is None:
        return
    if transition.kind == "Namespace" and transition.after is not None:
        yield from _pod_security(transition)
    elif transition.kind in _WEBHOOKS:
        yield from _webhooks(transition)
    elif transition.kind in _ADMISSION_POLICIES and transition.after is None:
        yield Fact("exposure", f"the API server no longer applies this {transition.kind}")


def _pod_security(transition: Transition) -> Iterator[Fact]:
    labels = [at(inputs, "metadata.labels") for inputs in (transition.before, transition.after)]
    old, new = (each if is_hidden(each) else (each or {}).get(_ENFORCE) for each in labels)
    if is_hidden(new) and new != old:
        yield Fact("exposure", incomparable("the enforced Pod Security Standard", new))
    elif old in _LEVELS and _level(new) < _level(old):
        instead = f" but {new}" if new in _LEVELS else ""
        yield Fact("exposure", f"no longer enforces the Pod Security Standard {old}{instead}")


def _level(value: Any) -> int:
    return _LEVELS.index(value) if value in _LEVELS else 0


def _webhooks(transition: Transition) -> Iterator[Fact]:
    after = {shown(each.get("name")): each for each in mappings(at(transition.after or {}, "webhooks"))}
    for webhook in mappings(at(transition.before, "webhooks")):
        name = shown(webhook.get("name"))
        if name not in after:
            yield Fact("exposure", f"the webhook {name} no longer checks requests to the Kubernetes API")
        # Default of admissionregistration.k8s.io/v1: Fail.
        elif after[name].get("failurePolicy") == "Ignore" != webhook.get("failurePolicy"):
            yield Fact("exposure", f"requests are admitted while the webhook {name} fails")
