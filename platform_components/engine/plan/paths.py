"""Property paths of the options `ignore_changes` and `replace_on_changes`, as in Pulumi.

`containers["a.b"][0].image`; `*` matches every key or item. Follows properties_path.go in
sdk/go/common/resource of pulumi/pulumi.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from platform_components.base.markers import Secret
from platform_components.engine.config_path import Steps

_QUOTED = re.compile(r"[^A-Za-z0-9_]")
_GENERIC = re.compile(r'\[(?:[0-9]+|"(?:\\"|[^"])*")\]')


def shown(steps: Steps) -> str:
    """Return a path as text: the inverse of `parse_path`."""
    parts: list[str] = []
    for step in steps:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _QUOTED.search(step) or not step:
            quoted = step.replace('"', '\\"')
            parts.append(f'["{quoted}"]')
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts)


def generic(path: str) -> str:
    """Return a path without indexes and quoted keys: `ingress[0].fromPort` becomes `ingress.fromPort`."""
    return _GENERIC.sub("", path) if "[" in path else path


def contains(outer: Steps, inner: Steps) -> bool:
    """Whether a path is another one, or leads to it."""
    return len(inner) >= len(outer) and all(
        step in ("*", other) for step, other in zip(outer, inner, strict=False)
    )


def with_old(old: Any, new: Any, steps: Steps) -> Any:
    """Return the new value with the old one at a path, for `ignore_changes`.

    As in Pulumi (`PropertyPath.Reset`), a path that leads to added or removed elements changes nothing.
    """
    if isinstance(new, Secret) and new.value.__class__ in (dict, list):
        return Secret(with_old(_plain(old), new.value, steps))
    step, rest = steps[0], steps[1:]
    old = _plain(old)
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
    before = old if isinstance(old, Mapping) else {}
    if rest:
        if step not in before or step not in new:
            return new
        return {**new, step: with_old(before[step], new[step], rest)}
    if step in before:
        return {**new, step: before[step]}
    return {key: value for key, value in new.items() if key != step}


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
