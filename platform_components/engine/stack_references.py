"""The stacks that a program references, and the outputs that it reads of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platform_components.engine import wire
from platform_components.engine.graph import Read
from platform_components.engine.journal import Journal
from platform_components.engine.source import Source
from platform_components.engine.values import UNKNOWN, has_secret

STACK_REFERENCE = "pulumi:pulumi:StackReference"


class StackReferences:
    """The outputs of other stacks, by `organization/project/stack`, and what the program reads of them."""

    def __init__(self, known: Mapping[str, Mapping[str, Any]], journal: Journal) -> None:
        self._known = known
        self._journal = journal
        self._reads: dict[str, set[str]] = {}

    @property
    def reads(self) -> tuple[Read, ...]:
        return tuple(
            Read(stack, tuple(sorted(names)), stack in self._known)
            for stack, names in sorted(self._reads.items())
        )

    def outputs(self, stack: str) -> Mapping[str, Any] | None:
        """Return the outputs of a stack, or None if they were not passed."""
        return self._known.get(stack)

    def is_available(self, stack: str) -> bool:
        """Whether the outputs of a stack were passed."""
        return stack in self._known

    def note_read(self, stack: str, output: str) -> None:
        self._reads.setdefault(stack, set()).add(output)

    def state(self, stack: str, urn: str, source: Source | None) -> dict[str, Any]:
        """The properties of a StackReference in addition to its name. Warns if the outputs are unknown."""
        if stack == wire.UNKNOWN_TEXT:
            return {"outputs": UNKNOWN, "secretOutputNames": UNKNOWN}
        self._reads.setdefault(stack, set())
        outputs = self.outputs(stack)
        if outputs is None:
            self._journal.diagnose(
                "warning",
                f'the outputs of stack "{stack}" are not available: all of them are unknown',
                urn=urn,
                source=source,
            )
            return {"outputs": UNKNOWN, "secretOutputNames": UNKNOWN}
        secrets = sorted(name for name, value in outputs.items() if has_secret(value))
        return {"outputs": dict(outputs), "secretOutputNames": secrets}
