"""What differs between the recorded and the new inputs of one resource, and what of it replaces the resource.

What replaces an AWS resource was measured: see README.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from platform_components.engine import UNKNOWN, Secret
from policies.protection import DATA_TYPES

TABLE = Path(__file__).with_name("replace_on_change.json")

STATEFUL: Final = frozenset(
    {
        *DATA_TYPES,
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:ec2/eip:Eip",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:eks/cluster:Cluster",
        "kubernetes:core/v1:Namespace",
    }
)
"""Types whose replacement loses data, an address that others know, or everything that stands in them."""

_KUBERNETES: Final = {
    "ConfigMap": ("data", "binaryData"),
    "Deployment": ("spec.selector",),
    "Job": ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    "PersistentVolumeClaim": ("spec",),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "Secret": ("type", "stringData", "data"),
    "Service": ("spec.clusterIP",),
    "StatefulSet": (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "StorageClass": ("parameters", "provisioner"),
}
"""What replaces an object beside its name and namespace: pulumi-kubernetes, provider/pkg/provider/diff.go."""

_KUBERNETES_PROVIDER: Final = "pulumi:providers:kubernetes"


class Absent:
    """Stands for a property that isn't there."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()


@dataclass(frozen=True)
class Change:
    """One property that differs."""

    path: str
    """`vpcConfig.subnetIds[0]`"""
    old: Any
    new: Any


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The leaves that differ between the inputs of a state and those of a program.

    What the provider added to the former is no change: names that it chose, `tagsAll`, its bookkeeping.
    """
    added = {*old.get("__defaults", ()), "__defaults", "tagsAll"}
    kept = {key: value for key, value in old.items() if key in new or key not in added}
    given = {key: value for key, value in new.items() if key not in ("__defaults", "__internal")}
    kept.pop("__internal", None)
    kept.pop("__defaults", None)
    return list(_changes("", kept, given))


def _changes(path: str, old: Any, new: Any) -> Iterator[Change]:
    old, new = _plain(old), _plain(new)
    if isinstance(old, Mapping | Absent) and isinstance(new, Mapping | Absent) and old is not new:
        before = {} if isinstance(old, Absent) else old
        after = {} if isinstance(new, Absent) else new
        if not before and not after:
            return
        for key in sorted({*before, *after}):
            inner = f"{path}.{key}" if path else key
            yield from _changes(inner, before.get(key, ABSENT), after.get(key, ABSENT))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (was, now) in enumerate(zip(old, new, strict=True)):
            yield from _changes(f"{path}[{index}]", was, now)
    elif not _same(old, new):
        yield Change(path, old, new)


def _plain(value: Any) -> Any:
    """Without the mark of a secret; null is absent."""
    if isinstance(value, Secret):
        return _plain(value.value)
    return ABSENT if value is None else value


def _same(old: Any, new: Any) -> bool:
    """Documents are the same as JSON: both providers compare policies and manifests so."""
    if isinstance(old, str) and isinstance(new, str) and old[:1] in ("{", "["):
        try:
            return bool(json.loads(old) == json.loads(new))
        except ValueError:
            return old == new
    return bool(old == new)


def replaces(type_: str, change: Change) -> bool:
    """Whether a resource of this type is replaced for the change; a stateful one also when that is unsure."""
    path = re.sub(r"\[\d+\]", "", change.path)
    if type_ == _KUBERNETES_PROVIDER:
        return path == "kubeconfig" and _clusters(change.old) != _clusters(change.new)
    if type_.startswith("kubernetes:"):
        fixed = ("metadata.name", "metadata.namespace", *_KUBERNETES.get(type_.rpartition(":")[2], ()))
        return any(path == item or path.startswith(f"{item}.") for item in fixed)
    parts = path.split(".")
    known = _table().get(type_, {})
    found = {known.get(".".join(parts[: length + 1])) for length in range(len(parts))}
    return "replace" in found or ("unknown" in found and type_ in STATEFUL)


def _clusters(kubeconfig: Any) -> Any:
    """The clusters that a kubeconfig names: with others, it is another cluster's provider."""
    return yaml.safe_load(kubeconfig)["clusters"] if isinstance(kubeconfig, str) else object()


@cache
def _table() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def planned(outputs: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs that the preview of an update shows: the old computed ones, and the new inputs."""
    touched = {re.split(r"[.\[]", change.path, maxsplit=1)[0] for change in changes(old, new)}
    merged = {key: value for key, value in outputs.items() if key in new or key not in touched}
    return merged | {key: _merged(outputs.get(key), new[key]) for key in touched if key in new}


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return new


def shown(value: Any) -> str:
    """A value in a report or in the file of expected differences."""
    return repr(value) if value is UNKNOWN or value is ABSENT else json.dumps(value, default=str)
