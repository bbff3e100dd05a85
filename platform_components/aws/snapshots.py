"""Snapshots: what the last one of a deleted database or cache is called."""

from __future__ import annotations

import pulumi


def final_snapshot_name(name: str, sibling: pulumi.Output[str]) -> pulumi.Output[str]:
    """A name that a component made later under the same name doesn't take again, which AWS would refuse.

    It ends as the physical name of a `sibling` does, a child that lives as long as the component: in
    what the engine chose when it made that.
    """
    return sibling.apply(lambda physical: f"{name}-final-{physical.rpartition('-')[2]}")
