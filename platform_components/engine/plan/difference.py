"""The differences between two values of a resource, path by path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from platform_components.base.markers import UNKNOWN, Secret
from platform_components.engine.config_path import Steps
from platform_components.engine.plan.paths import shown
from platform_components.engine.plan.steps import ChangeKind, PropertyChange
from platform_components.engine.state.sealed import Sealed
from platform_components.engine.values import Archive, Asset, ResourceReference, is_unknown

_ABSENT: Final = object()


def differences(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    current: Callable[[str], str] = lambda urn: urn,
    marks: bool = False,
) -> tuple[PropertyChange, ...]:
    """Return what differs, in the order of the paths. Null is the same as absent.

    Properties whose name starts with `__` are the provider's own. A secret that can't be compared is
    `undetermined`; so is no other value. `current` returns the present URN of a resource in the state.
    `marks`: whether a value that became secret, or is no longer secret, differs.
    """
    found: list[PropertyChange] = []
    _Comparison(found, current, marks).mappings(old, new, ())
    return tuple(found)


class _Comparison:
    def __init__(self, found: list[PropertyChange], current: Callable[[str], str], marks: bool) -> None:
        self._found = found
        self._current = current
        self._marks = marks

    def mappings(self, old: Mapping[str, Any], new: Mapping[str, Any], at: Steps) -> None:
        for key in old if old.keys() == new.keys() else sorted({*old, *new}):
            if not key.startswith("__"):
                before, after = old.get(key, _ABSENT), new.get(key, _ABSENT)
                if before is not after:
                    self.values(before, after, (*at, key))

    def values(self, old: Any, new: Any, at: Steps) -> None:
        if isinstance(old, Secret) or isinstance(new, Secret):
            self._secrets(old, new, at)
        elif isinstance(old, str) and isinstance(new, str):  # the most frequent case first
            if old != new:
                self._add("update", old, new, at)
        elif old is None or old is _ABSENT:
            if new is not None and new is not _ABSENT:
                self._add("add", None, new, at)
        elif new is None or new is _ABSENT:
            self._add("delete", old, None, at)
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            self.mappings(old, new, at)
        elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
            for index in range(max(len(old), len(new))):
                before = old[index] if index < len(old) else _ABSENT
                after = new[index] if index < len(new) else _ABSENT
                if before is not after:
                    self.values(before, after, (*at, index))
        elif not self._equal(old, new):
            self._add("update", old, new, at)

    def _equal(self, old: Any, new: Any) -> bool:
        if isinstance(old, Asset | Archive) and isinstance(new, Asset | Archive):
            # As in Pulumi, the content counts, not where it comes from.
            if old.hash and new.hash:
                return type(old) is type(new) and old.hash == new.hash
            return old == new
        if isinstance(old, ResourceReference) and isinstance(new, ResourceReference):
            return self._current(old.urn) == new.urn and old.id == new.id
        if isinstance(old, bool) or isinstance(new, bool):
            return old is new
        return bool(old == new)

    def _secrets(self, old: Any, new: Any, at: Steps) -> None:
        """Compare the values: whether one is marked as secret makes no difference to a provider."""
        before = old.value if isinstance(old, Secret) else old
        after = new.value if isinstance(new, Secret) else new
        if not isinstance(before, Sealed):
            if before is _ABSENT or after is _ABSENT or before is None or after is None:
                self._hidden(before, after, at)
            elif self._marks and isinstance(old, Secret) is not isinstance(new, Secret):
                self._found.append(_marked(PropertyChange(shown(at), "update", old, new)))
            else:
                start = len(self._found)
                self.values(before, after, at)
                self._found[start:] = [_marked(each) for each in self._found[start:]]
        elif before is not after:
            if after is _ABSENT or after is None:
                self._add("delete", old, None, at)
            elif self._marks and not isinstance(new, Secret):
                self._found.append(_marked(PropertyChange(shown(at), "update", old, new)))
            else:
                # Unknown parts leave open whether it changes; the planner determines what they depend on.
                equal = None if is_unknown(after) else before.equals(plain(after))
                if equal is None and after is UNKNOWN:
                    self._add("update", old, UNKNOWN, at)
                elif not equal:
                    change = PropertyChange(shown(at), "update", old, Secret(after))
                    self._found.append(
                        replace(change, kind="undetermined", reason="secret") if equal is None else change
                    )

    def _hidden(self, before: Any, after: Any, at: Steps) -> None:
        if before in (None, _ABSENT) and after in (None, _ABSENT):
            return
        if before is None or before is _ABSENT:
            self._add("add", None, UNKNOWN if after is UNKNOWN else Secret(after), at)
        else:
            self._add("delete", Secret(before), None, at)

    def _add(self, kind: ChangeKind, old: Any, new: Any, at: Steps) -> None:
        self._found.append(PropertyChange(shown(at), kind, old, new))


def _marked(change: PropertyChange) -> PropertyChange:
    """The change of a part of a secret, with its values marked as secret."""
    old, new = (
        value if value is None or value is UNKNOWN or isinstance(value, Secret) else Secret(value)
        for value in (change.old, change.new)
    )
    return PropertyChange(change.path, change.kind, old, new)


def plain(value: Any) -> Any:
    """Return a value without the marks of secrets; sealed ones are revealed."""
    if isinstance(value, Secret):
        inner = value.value
        return inner.reveal() if isinstance(inner, Sealed) else plain(inner)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
