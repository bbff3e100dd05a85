"""Namespaces: Kubernetes rejects pods that do not comply with the `restricted` Pod Security Standard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .kubernetes_objects import objects, of_kind

_ENFORCE: Final = "pod-security.kubernetes.io/enforce"
"""https://kubernetes.io/docs/concepts/security/pod-security-admission"""
_VERSION: Final = f"{_ENFORCE}-version"
"""Default: that of the API server, `latest`."""
_SUPPORTED: Final = re.compile(r"v1\.(\d+)")
_OLDEST: Final = 25
"""Minor version in which Pod Security Admission became stable. Earlier ones lack controls: capabilities up to
1.21, runAsUser up to 1.22 (kubernetes.io, "Pod Security Standards")."""


def _pod_security(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
    for namespace in objects(view):
        level = namespace.fields.peek("metadata", "labels", _ENFORCE)
        if isinstance(level, Undetermined):
            yield level
        elif level is None and not namespace.partial:
            yield f"label {_ENFORCE} is not set, so that Kubernetes accepts every pod"
        elif level not in (None, "restricted"):
            yield f"label {_ENFORCE} is {level}, not restricted"
        version = namespace.fields.peek("metadata", "labels", _VERSION)
        if isinstance(version, Undetermined):
            yield version
        elif version not in (None, "latest") and not _is_recent(version):
            yield f"label {_VERSION} is {version}, not latest or at least v1.{_OLDEST}"


def _is_recent(version: object) -> bool:
    found = _SUPPORTED.fullmatch(str(version))
    return found is not None and int(found[1]) >= _OLDEST


_NAMESPACE = "kubernetes:core/v1:Namespace"


def _labelled(level: str, kind: str = _NAMESPACE, says: str = "", version: str | None = None) -> Example:
    pinned = {} if version is None else {_VERSION: version}
    labels = {"metadata": {"labels": {_ENFORCE: level, **pinned}}}
    return Example(kind, {"items": [labels]} if kind.endswith("List") else labels, says=says)


NAMESPACES: Final = (
    Rule(
        id="namespace-pod-security",
        title="Every namespace enforces the restricted Pod Security Standard",
        why="Whoever can create a pod in the namespace can otherwise create a privileged one.",
        remedy="use a Workload, or set the label to restricted, and its version to latest",
        severity="high",
        enforcement="advisory",
        controls=("Kubernetes PSS restricted", "NIST 800-53 AC-6"),
        types=of_kind("Namespace"),
        check=_pod_security,
        passing=(
            *(_labelled("restricted", version=version) for version in (None, "latest", "v1.25", "v1.36")),
            Example(f"{_NAMESPACE}Patch", {"metadata": {"name": "shop"}}),
        ),
        failing=(
            Example(_NAMESPACE, {"metadata": {"name": "shop"}}, says="is not set"),
            _labelled("privileged", says="is privileged, not restricted"),
            _labelled("baseline", says="is baseline, not restricted"),
            _labelled("privileged", f"{_NAMESPACE}Patch"),
            _labelled("privileged", f"{_NAMESPACE}List"),
            _labelled(
                "restricted", version="v1.0", says="enforce-version is v1.0, not latest or at least v1.25"
            ),
            _labelled("restricted", version="v1.24", says="is v1.24, not"),
            _labelled("restricted", f"{_NAMESPACE}Patch", version="newest", says="is newest, not"),
        ),
    ),
)
