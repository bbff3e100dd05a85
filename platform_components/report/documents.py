"""JSON documents in properties, which are compared as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def document_of(value: Any) -> Any:
    """Return the content of a text with a JSON object or list; None for any other value."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def policy_of(value: Any) -> Mapping[str, Any] | None:
    """Return the IAM policy document in a value, as text or as data; None if it is something else."""
    document = value if isinstance(value, Mapping) else document_of(value)
    return document if isinstance(document, Mapping) and "Statement" in document else None
