"""The option `ignore_changes`: new inputs with the old values at its paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from platform_components.base.markers import UNKNOWN, Secret
from platform_components.engine.config_path import Steps, parse_path
from platform_components.engine.plan.difference import plain
from platform_components.engine.state.sealed import Sealed
from platform_components.engine.values import is_unknown


def with_ignored(options: Iterable[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the new inputs of a resource with the old values at the paths of its `ignore_changes`."""
    for option in options:
        if steps := parse_path(option):
            new = with_old(old, new, steps)
    return new


def with_old(old: Any, new: Any, steps: Steps) -> Any:
    """Return the new value with the old one at a path.

    As in Pulumi (`PropertyPath.Reset`), a path that leads to added or removed elements changes nothing. What
    comes out of a secret that can't be revealed is unknown.
    """
    if isinstance(old, Secret) and isinstance(_plain(new), Mapping | list):
        return Secret(_with_secret_old(old.value, _plain(new), steps))
    if isinstance(new, Secret):
        return Secret(with_old(old, new.value, steps))
    step, rest = steps[0], steps[1:]
    if step == "*":
        return _with_all_old(old, new, rest)
    if isinstance(step, int):
        if not (_is_list(old) and _is_list(new) and 0 <= step < min(len(old), len(new))):
            return new
        items = list(new)
        items[step] = with_old(old[step], new[step], rest) if rest else old[step]
        return items
    if not isinstance(new, Mapping):
        return new
    if rest:
        if not isinstance(old, Mapping) or step not in new:
            return new
        found = with_old(old.get(step), new[step], rest)
        if not found and step not in old:  # for providers, an empty mapping is like none
            return {key: value for key, value in new.items() if key != step}
        return {**new, step: found}
    if isinstance(old, Mapping) and step in old:
        return {**new, step: old[step]}
    return {key: value for key, value in new.items() if key != step}


def _with_secret_old(old: Any, new: Any, steps: Steps) -> Any:
    if not isinstance(old, Sealed):
        return with_old(old, new, steps)
    if not is_unknown(new) and old.equals(plain(new)):
        return new
    revealed = old.reveal()
    if revealed is not UNKNOWN:
        return with_old(revealed, new, steps)
    return {**new, steps[0]: UNKNOWN} if isinstance(new, Mapping) and steps[0] != "*" else UNKNOWN


def _with_all_old(old: Any, new: Any, rest: Steps) -> Any:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if not rest:
            return dict(old)
        both = {key: with_old(old[key], new[key], rest) for key in new if key in old}
        return {**new, **both}
    if _is_list(old) and _is_list(new):
        both_items = zip(old, new, strict=False)
        items = [with_old(before, after, rest) if rest else before for before, after in both_items]
        return [*items, *new[len(items) :]]
    return new


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Secret) else value


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
