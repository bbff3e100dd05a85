"""The JSON Schema of platform.yaml, generated from its model, for editors.

`make generated` writes docs/schemas/platform.json; `tests/test_inventory.py` checks that it is current.
"""

from __future__ import annotations

import json
from typing import Final

from platform_components.base.schema import schema_of
from platform_components.base.settings import Platform

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> str:
    """The schema as text."""
    return json.dumps({"$schema": _DIALECT, **schema_of(Platform), "title": "platform.yaml"}, indent=2) + "\n"
