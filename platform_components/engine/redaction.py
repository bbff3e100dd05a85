"""Takes the plain text of secrets out of messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from platform_components.engine.values import Secret

_SHORTEST = 4
"""Characters. Shorter secrets are left alone: `no` or `80` would eat half of every message."""


class Redactor:
    """Knows the secrets seen in one evaluation. Call it with a text to get the text without them."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def learn(self, value: Any) -> None:
        """Take note of every string and long number in a value that is secret."""
        if isinstance(value, str):
            self._learn_text(value)
        elif isinstance(value, Mapping):
            for item in value.values():
                self.learn(item)
        elif isinstance(value, list | tuple):
            for item in value:
                self.learn(item)
        elif isinstance(value, Secret):
            self.learn(value.value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._learn_text(str(value))

    def __call__(self, text: str) -> str:
        for secret in sorted(self._texts, key=len, reverse=True):
            text = text.replace(secret, "[secret]")
        return text

    def within(self, value: Any) -> Any:
        """A JSON value with the secrets taken out of its strings."""
        if not self._texts:
            return value
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {key: self.within(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.within(item) for item in value]
        return value

    def _learn_text(self, text: str) -> None:
        if len(text.strip()) >= _SHORTEST and text not in self._texts:
            # A message may quote it: as Python would, or as JSON would.
            self._texts |= {text, repr(text)[1:-1], json.dumps(text)[1:-1]}
