"""Identical differences of several resources, which are reported once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from platform_components.engine.plan.steps import PropertyChange
from platform_components.engine.values import has_secret, without_secrets
from platform_components.report.changes import Change
from platform_components.report.names import short_type

_FEWEST: Final = 3
"""Number of resources from which on an identical difference is a group."""


@dataclass(frozen=True)
class Group:
    """A difference that several resources have."""

    edit: PropertyChange
    changes: tuple[Change, ...]

    @property
    def resources(self) -> str:
        """`5 sqs.Queue, 1 sns.Topic`."""
        types = Counter(short_type(change.step.type) for change in self.changes)
        return ", ".join(f"{count} {type_}" for type_, count in types.most_common())


@dataclass(frozen=True)
class Grouped:
    """The changes of a stack, with identical differences in groups."""

    groups: tuple[Group, ...]
    rest: tuple[tuple[Change, tuple[PropertyChange, ...]], ...]
    """The changes with the differences that only they have. A change whose differences are all in groups, and
    that has no risk, is not among them."""


def grouped(changes: Iterable[Change]) -> Grouped:
    """Group the differences of updates. Secrets are not grouped: equal texts can be different values."""
    keyed = [(change, [(_key(change, edit), edit) for edit in change.edits]) for change in changes]
    alike: dict[str, dict[int, Change]] = {}
    first: dict[str, PropertyChange] = {}
    for number, (change, edits) in enumerate(keyed):
        for key, edit in edits:
            if key:
                alike.setdefault(key, {})[number] = change
                first.setdefault(key, edit)
    groups = {
        key: Group(first[key], tuple(sharing.values()))
        for key, sharing in alike.items()
        if len(sharing) >= _FEWEST
    }
    rest = []
    for change, edits in keyed:
        own = tuple(edit for key, edit in edits if key not in groups)
        if own or len(own) == len(edits) or change.facts or change.refused:
            rest.append((change, own))
    return Grouped(tuple(groups.values()), tuple(rest))


def _key(change: Change, edit: PropertyChange) -> str:
    """A text that identical differences share; empty if the difference can't be in a group."""
    if change.step.operation != "update" or has_secret(edit.old) or has_secret(edit.new):
        return ""
    values = without_secrets([edit.old, edit.new])
    return json.dumps([edit.path, edit.kind, edit.reason, *values])
