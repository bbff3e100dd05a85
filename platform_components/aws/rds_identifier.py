"""RDS identifier: the name of a DB instance, which is the first label of its host name."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from platform_components.base.values import in_schema

_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST = 63


def _identifier(value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise ValueError("must be lowercase letters, digits and single hyphens, and start with a letter")
    if len(value) > _LONGEST:
        raise ValueError(f"must have at most {_LONGEST} characters; has {len(value)}")
    return value


InstanceIdentifier = Annotated[str, AfterValidator(_identifier), in_schema(_IDENTIFIER)]
"""Identifier of a DB instance (source: `CreateDBInstance` in the RDS API reference). RDS stores uppercase
letters as lowercase ones, which every plan would show as a change."""
