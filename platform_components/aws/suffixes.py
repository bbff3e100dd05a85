"""Suffixes: unique physical names that are known to be free before their resource is created."""

from __future__ import annotations

import pulumi


def with_suffix_of(sibling: pulumi.Output[str], prefix: str) -> pulumi.Output[str]:
    """Return `prefix` with the random suffix that the engine gave to the physical name of `sibling`.

    `sibling` is a child that exists as long as the component. A later component of the same name gets
    another suffix.
    """
    return sibling.apply(lambda physical: f"{prefix}-{physical.rpartition('-')[2]}")
