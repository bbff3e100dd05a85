"""Snapshots: the name of the final snapshot of a deleted database or cache."""

from __future__ import annotations

import pulumi


def final_snapshot_name(name: str, sibling: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return a name for the final snapshot that a later component of the same name does not reuse.

    AWS rejects a snapshot name that exists. The name ends with the suffix of the physical name of `sibling`,
    a child that exists as long as the component.
    """
    return pulumi.Output.concat(name, "-final-", suffix_of(sibling))


def suffix_of(physical_name: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return the random suffix that the engine gave to a physical name: `1a2b3c4`."""
    return physical_name.apply(lambda name: name.rpartition("-")[2])
