"""Identical differences of several resources, which are reported once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from platform_components.engine.plan.steps import PropertyChange
from platform_components.engine.values import has_secret, without_secrets
from platform_components.report.changes import Change

_FEWEST: Final = 3
"""Number of resources from which on an identical difference is a group."""


@dataclass(frozen=True)
class Group:
    """A difference that several resources have."""

    edit: PropertyChange
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Grouped:
    """The changes of a stack, with identical differences in groups."""

    groups: tuple[Group, ...]
    rest: tuple[tuple[Change, tuple[PropertyChange, ...]], ...]
    """The changes with the differences that only they have. A change whose differences are all in groups, and
    that has no risk, is not among them."""


def grouped(changes: Iterable[Change]) -> Grouped:
    """Group the differences of updates. Secrets are not grouped: equal texts can be different values."""
    listed = tuple(changes)
    alike: dict[str, list[Change]] = {}
    first: dict[str, PropertyChange] = {}
    for change in listed:
        for key, edit in _keys(change).items():
            alike.setdefault(key, []).append(change)
            first.setdefault(key, edit)
    common = {key for key, sharing in alike.items() if len(sharing) >= _FEWEST}
    rest = []
    for change in listed:
        keys = _keys(change)
        in_groups = [edit for key, edit in keys.items() if key in common]
        own = tuple(edit for edit in change.edits if edit not in in_groups)
        if own or not in_groups or change.facts or change.refused:
            rest.append((change, own))
    return Grouped(tuple(Group(first[key], tuple(alike[key])) for key in first if key in common), tuple(rest))


def _keys(change: Change) -> Mapping[str, PropertyChange]:
    """The differences that can be in a group, by a text that identical ones share."""
    if change.step.operation != "update":
        return {}
    return {
        json.dumps([edit.path, edit.kind, without_secrets(edit.old), without_secrets(edit.new)]): edit
        for edit in change.edits
        if not has_secret(edit.old) and not has_secret(edit.new)
    }
