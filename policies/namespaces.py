"""Namespaces: Kubernetes rejects pods that do not comply with the `restricted` Pod Security Standard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .kubernetes_objects import objects, of_kind

_ENFORCE: Final = "pod-security.kubernetes.io/enforce"
"""https://kubernetes.io/docs/concepts/security/pod-security-admission"""


def _pod_security(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
    for namespace in objects(view):
        level = namespace.fields.peek("metadata", "labels", _ENFORCE)
        if isinstance(level, Undetermined):
            yield level
        elif level is None and not namespace.partial:
            yield f"label {_ENFORCE} is not set, so that Kubernetes accepts every pod"
        elif level not in (None, "restricted"):
            yield f"label {_ENFORCE} is {level}, not restricted"


_NAMESPACE = "kubernetes:core/v1:Namespace"


def _labelled(level: str, kind: str = _NAMESPACE, says: str = "") -> Example:
    labels = {"metadata": {"labels": {_ENFORCE: level}}}
    return Example(kind, {"items": [labels]} if kind.endswith("List") else labels, says=says)


NAMESPACES: Final = (
    Rule(
        id="namespace-pod-security",
        title="Every namespace enforces the restricted Pod Security Standard",
        why="Whoever can create a pod in the namespace can otherwise create a privileged one.",
        remedy="use a Workload, or set the label to restricted",
        severity="high",
        enforcement="advisory",
        controls=("Kubernetes PSS restricted", "NIST 800-53 AC-6"),
        types=of_kind("Namespace"),
        check=_pod_security,
        passing=(
            _labelled("restricted"),
            Example(f"{_NAMESPACE}Patch", {"metadata": {"name": "shop"}}),
        ),
        failing=(
            Example(_NAMESPACE, {"metadata": {"name": "shop"}}, says="is not set"),
            _labelled("privileged", says="is privileged, not restricted"),
            _labelled("baseline", says="is baseline, not restricted"),
            _labelled("privileged", f"{_NAMESPACE}Patch"),
            _labelled("privileged", f"{_NAMESPACE}List"),
        ),
    ),
)
