"""The platform's policy pack: one group of rules per file."""

from __future__ import annotations

from typing import Final

from .buckets import BUCKETS
from .caches import CACHES
from .compute import COMPUTE
from .databases import DATABASES
from .networks import NETWORKS
from .protection import PROTECTION
from .regions import REGIONS
from .replicas import REPLICAS
from .tags import TAGS
from .workloads import WORKLOADS

NAME: Final = "platform"

RULES: Final = (
    *(*TAGS, *DATABASES, *CACHES, *REPLICAS, *COMPUTE, *REGIONS, *PROTECTION),
    *(*BUCKETS, *NETWORKS, *WORKLOADS),
)
