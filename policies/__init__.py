"""The platform's policy pack: one family of rules a file."""

from __future__ import annotations

from typing import Final

from .regions import REGIONS
from .sizing import SIZING
from .tags import TAGS

NAME: Final = "platform"

RULES: Final = (*TAGS, *SIZING, *REGIONS)
