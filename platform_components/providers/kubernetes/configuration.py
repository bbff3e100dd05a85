"""Configuration of a Kubernetes provider: which changes replace it, and which namespace objects get.

DiffConfig and Configure in pulumi-kubernetes, provider/pkg/provider/provider.go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import yaml

from platform_components.engine import UNKNOWN, Secret
from platform_components.engine.plan.providers import Effect
from platform_components.engine.state.sealed import Sealed

_CLUSTER: Final = ("kubeconfig", "context", "cluster")
"""Properties that select the cluster of a provider."""

_IDENTIFIER: Final = "clusterIdentifier"

_ANY_FILE: Final = object()
"""Represents a kubeconfig that is a path, or that can't be read here."""


def configuration_effect(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Effect:
    """Return what the change of a property of a provider does, given all its inputs before and after.

    A provider is replaced, with all of its objects, when its kubeconfig selects another cluster.
    """
    before, after = _plain(old.get(_IDENTIFIER)), _plain(new.get(_IDENTIFIER))
    if after is not None and before == after:
        return "update"
    if path == _IDENTIFIER:
        return "replace" if before is not None and after is not None else "update"
    if path == "renderYamlToDirectory":
        return "replace"
    if path not in _CLUSTER:
        return "update"
    if any(_plain(new.get(each)) is UNKNOWN for each in _CLUSTER):
        return "replace" if _plain(new.get(path)) is UNKNOWN else "update"
    clusters = [_active_cluster(inputs) for inputs in (old, new)]
    if _ANY_FILE in clusters:
        return "unknown"
    return "replace" if None not in clusters and clusters[0] != clusters[1] else "update"


def selects_cluster(path: str) -> bool:
    """Whether a property is one of those that together select the cluster of a provider."""
    return path in (*_CLUSTER, _IDENTIFIER)


def default_namespace(inputs: Mapping[str, Any]) -> str | None:
    """Return the namespace of objects that do not name one; None if it is unknown.

    Without a kubeconfig in the inputs it depends on the machine.
    """
    namespace = _text(inputs, "namespace")
    if namespace is UNKNOWN or namespace:
        return None if namespace is UNKNOWN else str(namespace)
    kubeconfig = _kubeconfig(inputs)
    if not kubeconfig or kubeconfig is _ANY_FILE:
        return None
    return _context(kubeconfig, inputs).get("namespace") or "default"


def is_enabled(inputs: Mapping[str, Any], option: str) -> bool:
    """Whether a provider sets an option, which its inputs contain as a boolean or as text."""
    return _plain(inputs.get(option)) in (True, "true")


def _active_cluster(inputs: Mapping[str, Any]) -> Any:
    """The cluster that a provider uses; None if there is none: getActiveClusterFromConfig in util.go."""
    kubeconfig = _kubeconfig(inputs)
    if kubeconfig is _ANY_FILE:
        return _ANY_FILE
    name = _text(inputs, "cluster")
    if name == "":
        name = _context(kubeconfig, inputs).get("cluster")
    return _named(kubeconfig.get("clusters"), "cluster").get(name)


def _context(kubeconfig: Mapping[str, Any], inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    name = _text(inputs, "context")
    if name == "":
        name = kubeconfig.get("current-context")
    found = _named(kubeconfig.get("contexts"), "context").get(name)
    return found if isinstance(found, Mapping) else {}


def _named(entries: Any, key: str) -> Mapping[Any, Any]:
    if not isinstance(entries, list):
        return {}
    return {each.get("name"): each.get(key) for each in entries if isinstance(each, Mapping)}


def _kubeconfig(inputs: Mapping[str, Any]) -> Any:
    """The parsed kubeconfig, empty if there is none."""
    value = _plain(inputs.get("kubeconfig"))
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.lstrip().startswith("{") else yaml.safe_load(value)
        except (ValueError, yaml.YAMLError):
            return _ANY_FILE
    return value if isinstance(value, Mapping) else _ANY_FILE


def _text(inputs: Mapping[str, Any], key: str) -> Any:
    """The value of a property, empty if it is absent."""
    value = _plain(inputs.get(key))
    return "" if value is None else value


def _plain(value: Any) -> Any:
    """The value of a secret, UNKNOWN if there is no key for it."""
    if isinstance(value, Secret):
        return _plain(value.value)
    return value.reveal() if isinstance(value, Sealed) else value
