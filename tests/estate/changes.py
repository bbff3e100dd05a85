"""Differences between the recorded and the new inputs of a resource, and which of them replace the resource.

Replacements of AWS resources are those of the model of the provider.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

import yaml

from platform_components.base.losses import LOSSES
from platform_components.engine import UNKNOWN, Secret
from platform_components.engine.urn import PROVIDER_TYPE
from platform_components.providers import known_providers
from platform_components.providers.aws import AwsProvider

AWS_PROVIDER: Final = f"{PROVIDER_TYPE}aws"

IRREPLACEABLE: Final = frozenset({*LOSSES, AWS_PROVIDER})
"""Types whose replacement or deletion is a loss."""

_BOOKKEEPING: Final = frozenset({"__defaults", "__internal", "__meta"})
"""What pulumi-terraform-bridge and the engine add to an object, at any depth."""

_AWS: Final = AwsProvider()

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
"""Fields that replace an object in addition to name and namespace: diff.go of pulumi-kubernetes."""

_KUBERNETES_PROVIDER: Final = f"{PROVIDER_TYPE}kubernetes"


class Absent:
    """Represents a property that is not set."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()


@dataclass(frozen=True)
class Change:
    """One property that differs."""

    path: str
    """`vpcConfig.subnetIds[0]`; in a set, the index counts the elements that are not in both."""
    old: Any
    new: Any


def changes(type_: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The leaves that differ between the inputs of a state and those of a program, for a resource of a type.

    What the provider added to the former is not a change: names that it chose, other defaults, `tagsAll`, its
    bookkeeping. Nor is the order of a set.
    """
    return list(_changes("", old, new, _AWS.sets(type_)))


def _changes(path: str, old: Any, new: Any, sets: Container[str] = ()) -> Iterator[Change]:
    old, new = _plain(old), _plain(new)
    if isinstance(old, Mapping | Absent) and isinstance(new, Mapping | Absent) and old is not new:
        after = {} if isinstance(new, Absent) else _without(_BOOKKEEPING, new)
        before = {} if isinstance(old, Absent) else _without(_added(old) - after.keys(), old)
        for key in sorted({*before, *after}):
            inner = f"{path}.{key}" if path else key
            yield from _changes(inner, before.get(key, ABSENT), after.get(key, ABSENT), sets)
    elif isinstance(old, list) and isinstance(new, list):
        gone, added = _unmatched(old, new) if path in sets else (old, new)
        if len(gone) != len(added):
            yield Change(path, old, new)
            return
        for index, (was, now) in enumerate(zip(gone, added, strict=True)):
            yield from _changes(f"{path}[{index}]", was, now, sets)
    elif not _same(old, new):
        yield Change(path, old, new)


def _added(recorded: Mapping[str, Any]) -> set[str]:
    """The properties of a recorded object that the provider may have added."""
    return {*recorded.get("__defaults", ()), "tagsAll", *_BOOKKEEPING}


def _without(keys: Set[str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}


def _unmatched(old: list[Any], new: list[Any]) -> tuple[list[Any], list[Any]]:
    """The elements of two sets that are not in both."""
    gone, added = [], list(new)
    for item in old:
        for index, other in enumerate(added):
            if not any(_changes("", item, other)):
                del added[index]
                break
        else:
            gone.append(item)
    return gone, added


def _plain(value: Any) -> Any:
    """The value without the mark of a secret; null is absent."""
    if isinstance(value, Secret):
        return _plain(value.value)
    return ABSENT if value is None else value


def _same(old: Any, new: Any) -> bool:
    """Documents are compared as JSON, as both providers compare policies and manifests."""
    if isinstance(old, str) and isinstance(new, str) and old[:1] in ("{", "["):
        try:
            return bool(json.loads(old) == json.loads(new))
        except ValueError:
            return old == new
    return bool(old == new)


def replaces(type_: str, change: Change) -> bool:
    """Whether a resource of this type is replaced for the change; an irreplaceable one also when unsure."""
    path = re.sub(r"\[\d+\]", "", change.path)
    if type_ == AWS_PROVIDER:
        return path == "region"
    if type_ == _KUBERNETES_PROVIDER:
        return path == "kubeconfig" and _clusters(change.old) != _clusters(change.new)
    if type_.startswith("kubernetes:"):
        fixed = ("metadata.name", "metadata.namespace", *_KUBERNETES.get(type_.rpartition(":")[2], ()))
        return any(path == item or path.startswith(f"{item}.") for item in fixed)
    effect = known_providers(type_).effect(type_, path, change.old, change.new)
    return effect == "replace" or (effect == "unknown" and type_ in IRREPLACEABLE)


def _clusters(kubeconfig: Any) -> Any:
    """The clusters in a kubeconfig, which identify the cluster of a provider."""
    return yaml.safe_load(kubeconfig)["clusters"] if isinstance(kubeconfig, str) else object()


def planned(
    type_: str, outputs: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> dict[str, Any]:
    """The outputs that the preview of an update shows: the old computed ones, and the new inputs."""
    touched = {re.split(r"[.\[]", change.path, maxsplit=1)[0] for change in changes(type_, old, new)}
    merged = {key: value for key, value in outputs.items() if key in new or key not in touched}
    return merged | {key: _merged(outputs.get(key), new[key]) for key in touched if key in new}


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return new


def shown(value: Any) -> str:
    """A value in a report or in the file of expected differences."""
    return repr(value) if value is UNKNOWN or value is ABSENT else json.dumps(value, default=str)
