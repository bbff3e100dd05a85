"""Snapshots: the name of the final snapshot of a deleted database or cache."""

from __future__ import annotations

import pulumi

from platform_components.aws.suffixes import with_suffix_of


def final_snapshot_name(name: str, sibling: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return a name for the final snapshot that a later component of the same name does not reuse.

    AWS rejects a snapshot name that exists. The name has the suffix of `sibling`'s physical name.
    """
    return with_suffix_of(sibling, f"{name}-final")
