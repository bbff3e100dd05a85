"""Overrides: values of the configuration that apply to one run, and are not stored in the stack's file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.config_path import Steps, shown_path
from platform_components.engine.config_schema import full_key, key_problem, path_of

OPTION: Final = "--config"

_FIRST_SEGMENT = re.compile(r"[^.\[]*")


@dataclass(frozen=True)
class Override:
    """A value at a path."""

    path: Steps
    """The first step is a key with its namespace."""
    value: str = field(repr=False)
    """Never shown: it may be a secret, whatever its key."""

    @property
    def key(self) -> str:
        """The path as text: `shop:regions[0]`."""
        return f"{self.path[0]}{shown_path(self.path[1:])}"

    @property
    def place(self) -> str:
        """The place of the value, for messages."""
        return f"{OPTION} {self.key}"


def parse_override(text: str, project: str) -> Override:
    """Parse `key=value`. The key is a path, as with `--config-path` of `pulumi preview`.

    Without a namespace, which only the first segment can have, the key is one of the project
    (`parseConfigKey` in pkg/cmd/pulumi/config/io.go of pulumi/pulumi).

    Raises:
        InvalidInput: the text has another form. The message does not contain the value.
    """
    written, equals, value = text.partition("=")
    if not equals or not written:
        remedy = "such as replicas=3, or aws:region=eu-west-1"
        raise InvalidInput(OPTION, [Problem("value", "must be KEY=VALUE", remedy)])
    first = _FIRST_SEGMENT.match(written)
    top = first[0] if first else ""
    if problem := key_problem(top):
        raise InvalidInput(OPTION, [problem])
    path = path_of(full_key(top, project) + written.removeprefix(top))
    if path is None or path[0] in (f"{project}:", ":"):
        remedy = "such as replicas, database.size or zones[0]"
        raise InvalidInput(OPTION, [Problem(written, "is not a valid path", remedy)])
    return Override(path, value)
