"""The JSON Schema of args, for editors and for documentation."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from platform_components.base.args import Args


def schema_of(args: type[Args]) -> dict[str, Any]:
    """The JSON Schema of args. A field with a default per tier has `sizing` instead of `default`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic warns that a placeholder is not a JSON value
        schema = args.model_json_schema()
    for part in _parts(schema):
        if "sizing" in part:
            part.pop("default", None)
        # pydantic writes the pattern of a mapping's keys so that it allows any other keys too.
        if "patternProperties" in part:
            ((pattern, values),) = part.pop("patternProperties").items()
            part |= {"propertyNames": {"pattern": pattern}, "additionalProperties": values}
    return schema


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and all schemas in it."""
    if isinstance(schema, dict):
        yield schema
        for part in list(schema.values()):
            yield from _parts(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _parts(part)
