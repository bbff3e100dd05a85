"""The JSON Schema of args, for editors and for documentation."""

from __future__ import annotations

import warnings
from typing import Any

from platform_components.base.args import Args


def schema_of(args: type[Args]) -> dict[str, Any]:
    """The JSON Schema of args. A field with a default per tier has `sizing` instead of `default`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic warns that a placeholder is not a JSON value
        schema = args.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        for field in part.get("properties", {}).values():
            if "sizing" in field:
                field.pop("default", None)
    return schema
