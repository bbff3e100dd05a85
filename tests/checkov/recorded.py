"""The recorded result of Checkov, which `python -m tests.checkov --write` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

RESULT: Final = Path(__file__).with_name("result.json")


def read_result() -> dict[str, Any]:
    """Return the version of Checkov, and per component the failed checks, each with its resources."""
    result: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8"))
    return result
