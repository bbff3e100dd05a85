"""Marks of secrets in the inputs of Kubernetes resources, which the provider takes away and puts back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platform_components.engine import Secret
from platform_components.engine.values import has_secret


def with_secrets_of(given: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return checked inputs with the marks of those of the program.

    annotateSecrets in pulumi-kubernetes, provider/pkg/provider/provider.go: a list with a secret is a secret,
    and the data of a Kubernetes Secret always is.
    """
    found = dict(inputs)
    if found.get("kind") == "Secret":
        return found | {key: _secret(found[key]) for key in ("data", "stringData") if key in found}
    for key, value in given.items():
        if key not in found:
            continue
        if isinstance(value, Mapping) and isinstance(found[key], Mapping):
            found[key] = with_secrets_of(value, found[key])
        elif has_secret(value):
            found[key] = _secret(found[key])
    return found


def _secret(value: Any) -> Secret:
    return value if isinstance(value, Secret) else Secret(value)
