"""The differences of a step as a reviewer reads them: list items matched, JSON documents as data."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.base.errors import ABSENT, join_path
from platform_components.engine.plan.paths import contains, shown
from platform_components.engine.plan.steps import PropertyChange
from platform_components.engine.values import has_secret, without_secrets
from platform_components.report.documents import document_of
from platform_components.report.subject import Subject, former_value, unmarked

_IDENTITIES: Final = ("name", "Sid", "sid", "key", "id", "containerPort", "port", "mountPath")
"""Fields that identify an item of a list, in order of precedence: containers, statements, tags, ports."""
_COMPUTED: Final = frozenset({"tagsAll"})
"""Properties that the provider computes from another one, which is shown."""

_PLAIN = re.compile(r"[\w./:@-]+")
_PART = re.compile(
    r'\["(?P<key>(?:\\"|[^"])*)"\]|(?P<item>\[(?:"(?:\\.|[^"\\])*"|[^]"])*\])|(?P<name>[^.\[]+)'
)
_FORMAT_ONLY, _ORDER_ONLY = " (format only)", " (order only)"


def edits(subject: Subject) -> tuple[PropertyChange, ...]:
    """Return the changes of a step, in the notation of property paths.

    `ingress[]` is an item that is added or removed, `containers[name=api]` one that has this name before and
    after, `rules[2]` another one that changes, with its present index.
    """
    found: list[PropertyChange] = []
    for name, changes in subject.by_property.items():
        if name in _COMPUTED and "tags" in subject.by_property:
            continue
        found += _matched(name, subject, changes) or changes
    return tuple(found)


def overlap(path: str, other: str) -> bool:
    """Whether one of two paths is the other or leads to it. Items of lists are the same: they are matched."""
    mine, theirs = _parts(path), _parts(other)
    return contains(mine, theirs) or contains(theirs, mine)


def _parts(path: str) -> tuple[str, ...]:
    """The keys of a path, with `[]` for each item of a list, and without a remark such as `(order only)`."""
    found = _PART.finditer(path.removesuffix(_FORMAT_ONLY).removesuffix(_ORDER_ONLY))
    return tuple("[]" if part["item"] else part["name"] or part["key"].replace('\\"', '"') for part in found)


def _matched(name: str, subject: Subject, changes: tuple[PropertyChange, ...]) -> list[PropertyChange]:
    """The changes of a property, regrouped; empty if they are only complete as the plan has them.

    Secrets are equal once they are redacted, so their changes can't be found by a comparison.
    """
    if any(each.kind == "undetermined" or has_secret(each.old) or has_secret(each.new) for each in changes):
        return []
    new = subject.after.get(name)
    old = former_value(new, changes)
    return list(_compared(shown((name,)), old, ABSENT if new is None else unmarked(new)))


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
            yield PropertyChange(f"{path}{_FORMAT_ONLY}", "update", None, None)
            return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _compared(join_path(path, shown((key,))), old.get(key, ABSENT), new.get(key, ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _items(path, old, new)
    else:
        yield PropertyChange(path, "update", old, new)


def _items(path: str, old: list[Any], new: list[Any]) -> Iterator[PropertyChange]:
    """The changes of two lists: equal items are dropped, those with the same identity are compared."""
    gone, added = _unmatched(old, new), _unmatched(new, old)
    if not gone and not added:
        yield PropertyChange(f"{path}{_ORDER_ONLY}", "update", None, None)
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
        index = next(number for number, item in enumerate(new) if item is added[0])
        yield from _compared(f"{path}[{index}]", rest[0], added[0])
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
    key = next((key for key in _IDENTITIES if isinstance(item.get(key), str | int)), "")
    if not key:
        return ""
    text = str(item[key])
    return f"{key}={text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)}"
