"""Validates Kubernetes objects against the OpenAPI definitions of Kubernetes, without a cluster."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from platform_components.aws.cluster import KUBERNETES_VERSION
from platform_components.testing import UNKNOWN, Graph, Resource, Secret

_STRING = {"type": "string"}
_STRINGS = {"type": "object", "additionalProperties": _STRING}
CUSTOM_RESOURCES: dict[tuple[str, str], dict[str, Any]] = {
    ("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass"): {
        "provider": _STRING,
        "parameters": _STRINGS,
        "secretObjects": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["secretName", "type", "data"],
                "properties": {
                    **dict.fromkeys(("secretName", "type"), _STRING),
                    **dict.fromkeys(("labels", "annotations"), _STRINGS),
                    "data": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["objectName", "key"],
                            "properties": dict.fromkeys(("objectName", "key"), _STRING),
                            "additionalProperties": False,
                        },
                    },
                },
                "additionalProperties": False,
            },
        },
    },
}
"""Properties of `spec` of the custom resources that the components declare (source: the documentation of the
Secrets Store CSI driver 1.6, "Sync as Kubernetes Secret")."""

DATA = Path(__file__).parent / "data" / f"kubernetes-{KUBERNETES_VERSION}.json.gz"


def kubernetes_objects(graph: Graph) -> list[Resource]:
    """Return the Kubernetes objects of a program."""
    return [resource for resource in graph.managed if resource.type.startswith("kubernetes:")]


def problems_in(manifest: Mapping[str, Any]) -> list[str]:
    """Return the errors of an object, each with its path; empty if it is valid.

    A value that is unknown until deployment is valid.
    """
    validator = _validator(str(manifest.get("apiVersion")), str(manifest.get("kind")))
    if validator is None:
        return [
            f"Kubernetes {KUBERNETES_VERSION} has no {manifest.get('kind')} in {manifest.get('apiVersion')}"
        ]
    errors = sorted(validator.iter_errors(_revealed(manifest)), key=lambda error: error.json_path)
    return [f"{error.json_path}: {error.message}" for error in errors]


@cache
def _validator(api_version: str, kind: str) -> Validator | None:
    schema = json.loads(gzip.decompress(DATA.read_bytes()))
    group, _, version = api_version.rpartition("/")
    if spec := CUSTOM_RESOURCES.get((api_version, kind)):
        return _custom(schema, spec)
    wanted = {"group": group, "version": version, "kind": kind}
    for name, definition in schema["$defs"].items():
        if wanted in definition.get("x-kubernetes-group-version-kind", ()):
            found: Validator = _Tolerant({**schema, "$ref": f"#/$defs/{name}"})
            return found
    return None


def _custom(schema: Mapping[str, Any], spec: Mapping[str, Any]) -> Validator:
    """Return the validator of a custom resource, whose metadata is that of every Kubernetes object."""
    found: Validator = _Tolerant(
        {
            **schema,
            "type": "object",
            "required": ["apiVersion", "kind", "metadata", "spec"],
            "properties": {
                "apiVersion": _STRING,
                "kind": _STRING,
                "metadata": {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"},
                "spec": {"type": "object", "properties": dict(spec), "additionalProperties": False},
            },
            "additionalProperties": False,
        }
    )
    return found


def _unless_unknown(check: Any) -> Any:
    """Wrap the validator of a keyword so that unknown values are valid."""

    def checked(validator: Validator, rule: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        if value is not UNKNOWN:
            yield from check(validator, rule, value, schema) or ()

    return checked


_Tolerant: Any = extend(  # type: ignore[no-untyped-call]  # not typed in jsonschema
    Draft202012Validator,
    {word: _unless_unknown(check) for word, check in Draft202012Validator.VALIDATORS.items()},
)


def _revealed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _revealed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_revealed(item) for item in value]
    return _revealed(value.value) if isinstance(value, Secret) else value
