"""`kubernetes:yaml:decode`, with which `yaml.ConfigFile` and `yaml.ConfigGroup` read manifests."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from platform_components.base.yaml_file import yaml_problem
from platform_components.engine.errors import DeclarationError
from platform_components.engine.functions import FunctionCall
from platform_components.engine.values import UNKNOWN, Unknown
from platform_components.files.strict_yaml import TEXT, LimitedLoader

_BINARY, _BOOL, _FLOAT, _INT, _MAP, _MERGE, _NULL, _SEQUENCE = (
    f"tag:yaml.org,2002:{kind}" for kind in ("binary", "bool", "float", "int", "map", "merge", "null", "seq")
)
_SCALARS = (_BINARY, _BOOL, _FLOAT, _INT, _MERGE, _NULL)
_MOST_INTEGER = 2**63


class _ManifestLoader(LimitedLoader):
    """Reads scalars as the Kubernetes libraries for Go: no dates and no numbers with colons.

    As in go.yaml.in/yaml/v2 (resolve.go, decode.go), with which sigs.k8s.io/yaml reads: tags of lists and
    objects have no effect, and a scalar with a tag that is not of YAML is its text.
    """

    most_values = 500_000  # the CRDs of an operator in one text have 150,000
    bool_values = yaml.SafeLoader.bool_values | {"y": True, "n": False}

    yaml_implicit_resolvers = {  # noqa: RUF012 - as declared by PyYAML
        first: [(tag, pattern) for tag, pattern in resolvers if tag in (_BOOL, _MERGE, _NULL)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def scan_to_next_token(self) -> None:
        """Skip spaces and comments, and in `{` and `[` also tabs, with which JSON can be indented."""
        super().scan_to_next_token()
        while self.flow_level and self.peek() == "\t":
            self.forward()
            super().scan_to_next_token()

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        node.tag = _MAP
        return node

    def compose_sequence_node(self, anchor: Any) -> yaml.SequenceNode:
        node = super().compose_sequence_node(anchor)
        node.tag = _SEQUENCE
        return node

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        if node.tag not in _SCALARS:
            node.tag = TEXT
        return node


def _text(loader: _ManifestLoader, node: yaml.ScalarNode) -> str:
    """The text; two escapes for one character, as JSON writes emojis, are joined."""
    text: str = node.value
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _integer(loader: _ManifestLoader, node: yaml.ScalarNode) -> int | float:
    """An integer; one of more than 64 bits is a float."""
    text = node.value.replace("_", "")
    octal = re.fullmatch(r"([-+]?)0([0-7]+)", text)  # `0644`, an octal number in YAML 1.1
    value = int(f"{octal[1]}0o{octal[2]}" if octal else text, 0)
    if -_MOST_INTEGER <= value < _MOST_INTEGER:
        return value
    try:
        return float(value)
    except OverflowError:
        raise ValueError("too large") from None


def _float(loader: _ManifestLoader, node: yaml.ScalarNode) -> float | str:
    """A number; one that is too large, such as 1e400, is a string, and infinity is not valid in JSON."""
    value: float = loader.construct_yaml_float(node)
    if math.isfinite(value):
        return value
    if node.value.lower().endswith(("inf", "nan")):
        raise ValueError("not valid in JSON")
    return str(node.value)


def _binary(loader: _ManifestLoader, node: yaml.ScalarNode) -> str:
    return base64.b64decode("".join(node.value.split()), validate=True).decode(errors="replace")


_ManifestLoader.add_implicit_resolver(_BOOL, re.compile("[yYnN]$"), list("yYnN"))
_ManifestLoader.add_implicit_resolver(
    _INT, re.compile(r"[-+]?(0|0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*)$"), list("-+0123456789")
)
_ManifestLoader.add_implicit_resolver(
    _FLOAT,
    re.compile(
        r"([-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
    ),
    list("-+.0123456789"),
)
_ManifestLoader.add_constructor(_BINARY, _binary)
_ManifestLoader.add_constructor(_FLOAT, _float)
_ManifestLoader.add_constructor(_INT, _integer)
_ManifestLoader.add_constructor(_MERGE, _text)
_ManifestLoader.add_constructor(TEXT, _text)


def _decode(call: FunctionCall) -> Mapping[str, Any] | Unknown:
    """The objects of a manifest, without those whose kind or version is not a text.

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
    for document in documents:
        if not isinstance(document, dict | None):
            raise DeclarationError("a Kubernetes manifest must contain objects, separated by ---")
    objects = [_json(document) for document in documents if document]
    return {
        "result": [
            each for each in objects if _is_text(each.get("kind")) and _is_text(each.get("apiVersion"))
        ]
    }


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _json(value: Any) -> Any:
    """The value with strings as keys, as in JSON."""
    if isinstance(value, dict):
        return {_key(key): _json(item) for key, item in value.items()}
    return [_json(item) for item in value] if isinstance(value, list) else value


def _key(key: Any) -> str:
    if key is None:
        what = "a Kubernetes manifest has a key that is null"
        raise DeclarationError(what, remedy="put it in quotes")
    if isinstance(key, float):
        return f"{key:g}"
    return str(key).lower() if isinstance(key, bool) else str(key)


COMPUTED_KUBERNETES: Mapping[str, Callable[[FunctionCall], Mapping[str, Any] | Unknown]] = {
    "kubernetes:yaml:decode": _decode
}
