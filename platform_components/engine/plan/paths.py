"""Property paths of the options `ignore_changes` and `replace_on_changes`, as in Pulumi.

`containers["a.b"][0].image`; `*` matches every key or item. Follows properties_path.go in
sdk/go/common/resource of pulumi/pulumi.
"""

from __future__ import annotations

import re

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
