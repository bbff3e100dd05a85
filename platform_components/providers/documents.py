"""JSON documents in text properties: the text that providers write, and which documents are equal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)
"""encoding/json of Go escapes these characters for HTML."""

_POLICY_SETS = frozenset({"Action", "NotAction", "Resource", "NotResource"})
"""Elements of a policy statement in which one text and a list with it are equal, in any order."""


def go_json(value: Any) -> str:
    """Return the JSON text that Go's encoding/json writes: sorted keys, no spaces, HTML characters escaped.

    Source: pulumi-terraform-bridge, pkg/tfbridge/transforms.go, TransformJSONDocument.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPES)


def looks_like_document(text: str) -> bool:
    """Whether a text can be a JSON object or array."""
    return text.lstrip()[:1] in ("{", "[")


def equal_documents(one: str, other: str) -> bool:
    """Whether two texts are equal JSON objects or arrays, whatever their formatting and the order of keys.

    In policies, the order of actions, resources and principals is irrelevant too.
    Source: terraform-provider-aws, internal/verify/json.go, SuppressEquivalentPolicyDiffs.
    """
    if not (looks_like_document(one) and looks_like_document(other)):
        return False
    try:
        return bool(_canonical(json.loads(one)) == _canonical(json.loads(other)))
    except ValueError:
        return False


def _canonical(document: Any) -> Any:
    if not isinstance(document, Mapping) or "Statement" not in document:
        return document
    statements = document["Statement"]
    return {**document, "Statement": [_statement(each) for each in _listed(statements)]}


def _statement(statement: Any) -> Any:
    if not isinstance(statement, Mapping):
        return statement
    result = {key: _set(value) if key in _POLICY_SETS else value for key, value in statement.items()}
    for key in ("Principal", "NotPrincipal"):
        if isinstance(principals := result.get(key), Mapping):
            result[key] = {kind: _set(value) for kind, value in principals.items()}
    return result


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _set(value: Any) -> Any:
    members = _listed(value)
    return sorted(members) if all(isinstance(member, str) for member in members) else value
