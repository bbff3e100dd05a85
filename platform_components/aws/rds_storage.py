"""RDS storage: the size of a database's volume, and the upper limit of storage autoscaling."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field, Strict

from platform_components.base import Problem

_LARGEST: Final = 65536

StorageGb = Annotated[int, Strict(), Field(ge=20, le=_LARGEST)]
"""Storage of a gp3 volume under PostgreSQL, in GiB."""
StorageFactor = Annotated[int, Strict(), Field(ge=1, le=100)]
"""Upper limit of storage autoscaling, as a multiple of the storage."""


def limit_gb(storage_gb: int, factor: int) -> int:
    """Return `factor` times the storage, or the largest volume. 0 if the storage can't grow to it."""
    limit = min(storage_gb * factor, _LARGEST)
    return limit if _can_grow(storage_gb, limit) else 0


def limit_problems(storage_gb: int, max_storage_gb: int | None) -> Iterable[Problem]:
    """Yield the problem of an upper limit that RDS rejects."""
    if max_storage_gb is not None and not _can_grow(storage_gb, max_storage_gb):
        what = f"must be at least 10% more than storage_gb, which is {storage_gb}"
        remedy = "increase it, or remove it to use max_storage_factor"
        yield Problem("max_storage_gb", what, remedy, max_storage_gb)


def _can_grow(storage_gb: int, limit: int) -> bool:
    """Whether the limit is at least 10% more (source: RDS user guide, "Managing capacity automatically")."""
    return limit * 10 >= storage_gb * 11
