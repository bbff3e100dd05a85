"""`kubernetes:yaml:decode`, with which `yaml.ConfigFile` and `yaml.ConfigGroup` read manifests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from platform_components.base.yaml_file import yaml_problem
from platform_components.engine.errors import DeclarationError
from platform_components.engine.functions import FunctionCall
from platform_components.engine.values import UNKNOWN, Unknown
from platform_components.files.strict_yaml import LimitedLoader

_INT, _TIMESTAMP, _FLOAT = (f"tag:yaml.org,2002:{kind}" for kind in ("int", "timestamp", "float"))


class _ManifestLoader(LimitedLoader):
    """Reads scalars as the Kubernetes libraries for Go: no dates and no numbers with colons."""

    most_values = 500_000  # the CRDs of an operator in one text have 150,000

    yaml_implicit_resolvers = {  # noqa: RUF012 - as declared by PyYAML
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_INT, _TIMESTAMP, _FLOAT)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = node.value.replace("_", "")
    octal = re.fullmatch(r"([-+]?)0([0-7]+)", text)  # `0644`, an octal number in YAML 1.1
    return int(f"{octal[1]}0o{octal[2]}" if octal else text, 0)


_ManifestLoader.add_implicit_resolver(
    _INT, re.compile(r"[-+]?(0|0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*)$"), list("-+0123456789")
)
_ManifestLoader.add_implicit_resolver(
    _FLOAT, re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"), list("-+.0123456789")
)
_ManifestLoader.add_constructor(_INT, _integer)


def _decode(call: FunctionCall) -> Mapping[str, Any] | Unknown:
    """The objects of a manifest, without those that have no kind or version.

    As in pulumi-kubernetes, provider/pkg/provider/invoke_decode_yaml.go. It asks the cluster which kinds
    are namespaced if there is a default namespace.
    """
    if call.arguments.get("defaultNamespace"):
        return UNKNOWN
    try:
        documents = list(yaml.load_all(str(call.arguments.get("text", "")), Loader=_ManifestLoader))
    except yaml.YAMLError as error:
        problem = yaml_problem(error)
        what = f"a Kubernetes manifest is not valid: {problem.where}: {problem.what}"
        raise DeclarationError(what, remedy=problem.remedy) from None
    except ValueError:  # of a number
        raise DeclarationError("a Kubernetes manifest contains an invalid number") from None
    for document in documents:
        if not isinstance(document, dict | None):
            raise DeclarationError("a Kubernetes manifest must contain objects, separated by ---")
    objects = [_json(document) for document in documents if document]
    return {"result": [each for each in objects if each.get("kind") and each.get("apiVersion")]}


def _json(value: Any) -> Any:
    """The value with strings as keys, as in JSON."""
    if isinstance(value, dict):
        return {_key(key): _json(item) for key, item in value.items()}
    return [_json(item) for item in value] if isinstance(value, list) else value


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


COMPUTED_KUBERNETES: Mapping[str, Callable[[FunctionCall], Mapping[str, Any] | Unknown]] = {
    "kubernetes:yaml:decode": _decode
}
