"""Check: the result of one check of `platform doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "failed", "not checked"]


@dataclass(frozen=True)
class Check:
    """What was checked, and the result. It contains no credentials."""

    name: str
    """`programs`, `credentials`, `state` or `API`."""
    target: str
    """What was contacted, such as the URL of a backend; empty if it is not known."""
    status: Status
    detail: str
    remedy: str = ""
    """Empty unless the check failed or was not made."""
