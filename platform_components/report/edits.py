"""The differences of a step as a reviewer reads them: list items matched, JSON documents as data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.base.errors import ABSENT
from platform_components.engine.plan.steps import PropertyChange
from platform_components.engine.values import has_secret, without_secrets
from platform_components.report.documents import document_of
from platform_components.report.subject import Subject, former_value, unmarked

_IDENTITIES: Final = ("name", "Sid", "sid", "key", "id", "containerPort", "port", "mountPath")
"""Fields that identify an item of a list, in order of precedence: containers, statements, tags, ports."""
_COMPUTED: Final = frozenset({"tagsAll"})
"""Properties that the provider computes from another one, which is shown."""


def edits(subject: Subject) -> tuple[PropertyChange, ...]:
    """Return the changes of a step. A path `ingress[]` is an item of a list, in any order."""
    found: list[PropertyChange] = []
    for name, changes in subject.by_property.items():
        if name in _COMPUTED and "tags" in subject.by_property:
            continue
        found += _matched(name, subject, changes) or changes
    return tuple(found)


def _matched(name: str, subject: Subject, changes: tuple[PropertyChange, ...]) -> list[PropertyChange]:
    """The changes of a property, regrouped; empty if they are only complete as the plan has them.

    Secrets are equal once they are redacted, so their changes can't be found by a comparison.
    """
    if any(each.kind == "undetermined" or has_secret(each.old) or has_secret(each.new) for each in changes):
        return []
    new = subject.after.get(name)
    old = former_value(new, changes)
    return list(_compared(name, old, ABSENT if new is None else unmarked(new)))


def _compared(path: str, old: Any, new: Any) -> Iterator[PropertyChange]:
    if old == new and type(old) is type(new):
        return
    if old is ABSENT or new is ABSENT:
        yield PropertyChange(path, "add", new=new) if old is ABSENT else PropertyChange(path, "delete", old)
        return
    before, after = document_of(old), document_of(new)
    if before is not None or after is not None:  # one of them may be data already
        old = old if before is None else before
        new = new if after is None else after
        if old == new:  # the same document in another form
            yield PropertyChange(f"{path} (format only)", "update", None, None)
            return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _compared(f"{path}.{key}", old.get(key, ABSENT), new.get(key, ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _items(path, old, new)
    else:
        yield PropertyChange(path, "update", old, new)


def _items(path: str, old: list[Any], new: list[Any]) -> Iterator[PropertyChange]:
    """The changes of two lists: equal items are dropped, those with the same identity are compared."""
    gone, added = _unmatched(old, new), _unmatched(new, old)
    if not gone and not added:
        yield PropertyChange(f"{path} (order only)", "update", None, None)
        return
    partners = {_identity(item): item for item in reversed(added) if _identity(item)}
    rest, matched = [], set()
    for item in gone:
        label = _identity(item)
        partner = partners.pop(label, None)
        if partner is None:
            rest.append(item)
        else:
            matched.add(id(partner))
            yield from _compared(f"{path}[{label}]", item, partner)
    added = [item for item in added if id(item) not in matched]
    if len(rest) == len(added) == 1 and not isinstance(rest[0], list):
        yield from _compared(f"{path}[]", rest[0], added[0])
        return
    yield from (PropertyChange(f"{path}[]", "delete", item) for item in rest)
    yield from (PropertyChange(f"{path}[]", "add", None, item) for item in added)


def _unmatched(items: list[Any], others: list[Any]) -> list[Any]:
    """The items without those that the other list has too, as often as it has them."""
    there = Counter(map(_key, others))
    left = []
    for item in items:
        key = _key(item)
        if there[key]:
            there[key] -= 1
        else:
            left.append(item)
    return left


def _key(item: Any) -> str:
    """A text that is the same for equal values."""
    return json.dumps(without_secrets(item), sort_keys=True)


def _identity(item: Any) -> str:
    """`name=web` for a mapping with a field that identifies it; otherwise empty."""
    if not isinstance(item, Mapping):
        return ""
    return next((f"{key}={item[key]}" for key in _IDENTITIES if isinstance(item.get(key), str | int)), "")
