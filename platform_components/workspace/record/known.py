"""What is known of a stack that no change affects directly."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

Digests = Mapping[str, str | None]
"""Digests of outputs by name; None for one that is never equal, such as a secret."""


@dataclass(frozen=True)
class Known:
    """The outputs that the last evaluation of a stack read. With the same ones it has the same result."""

    upstream: Mapping[str, Digests]
    """By stack, those of stacks that are evaluated again."""
    needed: bool = False
    """Whether it is evaluated in any case, because others read its outputs."""

    def is_affected(self, unchanged: Collection[str], evaluated: Mapping[str, Digests]) -> bool:
        """Whether an output that it read may differ, once the stacks that it references are evaluated."""
        return any(
            digest is None or evaluated[stack].get(name) != digest
            for stack, outputs in self.upstream.items()
            if stack not in unchanged
            for name, digest in (outputs or {"": None}).items()
        )
