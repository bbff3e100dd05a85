"""The platform's policy pack: one group of rules per file."""

from __future__ import annotations

from typing import Final

from .buckets import BUCKETS
from .networks import NETWORKS
from .protection import PROTECTION
from .regions import REGIONS
from .sizing import SIZING
from .tags import TAGS
from .workloads import WORKLOADS

NAME: Final = "platform"

RULES: Final = (*TAGS, *SIZING, *REGIONS, *PROTECTION, *BUCKETS, *NETWORKS, *WORKLOADS)
