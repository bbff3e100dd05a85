"""Helm releases (`helm.sh/v3:Release`), which the provider checks in another way than objects.

See pulumi-kubernetes, provider/pkg/provider/helm_release.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from platform_components.engine import UNKNOWN
from platform_components.engine.plan.providers import Checked, Effect
from platform_components.providers.checked_inputs import unmarked_value
from platform_components.providers.kubernetes.secrets import with_secrets_of

RELEASE: Final = "kubernetes:helm.sh/v3:Release"

_COMPUTED: Final = frozenset({"checksum", "resourceNames"})
"""Inputs that earlier versions recorded, and that Diff ignores."""


_EXACT: Final = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?")
"""A version; with fewer numbers, Helm takes it for a constraint."""


def checked_release(given: Mapping[str, Any], old: Mapping[str, Any] | None) -> Checked:
    """Return the inputs that Check returns, given those of the state.

    Undecided are the version unless the program pins it, since Check loads the chart from its repository and
    records the version that it finds, and `values` with `valueYamlFiles`, which Check merges into them.
    """
    inputs = dict(unmarked_value(given))
    if old is None:
        return Checked(given)
    undecided = []
    recorded = unmarked_value(old)
    if inputs.pop("valueYamlFiles", None) not in (None, []):
        inputs["values"] = UNKNOWN
        undecided.append("values")
    version = inputs.get("version")
    if "version" in recorded and not (isinstance(version, str) and _EXACT.fullmatch(version)):
        inputs["version"] = UNKNOWN
        undecided.append("version")
    elif isinstance(version, str) and version.removeprefix("v") == recorded.get("version"):
        inputs["version"] = recorded["version"]
    for key, value in recorded.items():
        if key not in inputs and _is_filled_in(key, inputs):
            inputs[key] = value
    inputs = _with_zeros_of(recorded, inputs)
    if isinstance(inputs.get("repositoryOpts"), Mapping):
        options = recorded.get("repositoryOpts")
        if isinstance(options, Mapping):
            inputs["repositoryOpts"] = _with_zeros_of(options, inputs["repositoryOpts"])
    return Checked(with_secrets_of(given, inputs), tuple(undecided))


def release_effect(path: str) -> Effect:
    """Return what the change of a property of a release does."""
    return "replace" if path in ("name", "namespace") else "update"


def _is_filled_in(key: str, given: Mapping[str, Any]) -> bool:
    """Whether Check fills in the value: assignNameIfAutonameable and setDefaults."""
    if key == "timeout":
        return given.get("skipAwait") is not True
    if key == "keyring":
        return given.get("verify") is True
    return key in ("name", "namespace") or key in _COMPUTED


def _with_zeros_of(recorded: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs with the zero values of the state: Check records one for each property that is not given."""
    missing = {key: value for key, value in recorded.items() if key not in inputs and _is_zero(value)}
    kept = {key: value for key, value in inputs.items() if key in recorded or not _is_zero(value)}
    return kept | missing


def _is_zero(value: Any) -> bool:
    return value is None or value is False or value == 0 or value in ("", [], {})
