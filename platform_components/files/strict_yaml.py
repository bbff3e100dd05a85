"""A strict YAML loader: no duplicate keys, the scalars of YAML 1.2, and limits of size."""

from __future__ import annotations

import errno
import math
import re
from pathlib import Path
from typing import Any

import yaml

TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"  # the key <<, which may be repeated
_SCALARS = {
    "tag:yaml.org,2002:bool": (r"(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    "tag:yaml.org,2002:int": (r"[-+]?(0|[1-9][0-9]*|0x[0-9a-fA-F]+)$", "-+0123456789"),
    "tag:yaml.org,2002:float": (
        r"([-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+)$",
        "-+.0123456789",
    ),
}
"""By tag: the pattern of its scalars, and the characters that they start with."""


_MOST_BYTES = 2**20
_MOST_VALUES = 50_000
"""Limit of keys and values in one file, after the expansion of aliases. A platform.yaml with 1,000 stacks
has 10,000. Parsing time is proportional, and `&a [*b, *b]` on few lines can mean millions."""
_MOST_LEVELS = 100


class Rejected(yaml.MarkedYAMLError):
    """Valid YAML that the strict loader does not accept."""

    def __init__(self, what: str, remedy: str, mark: yaml.Mark, *, key: str = "") -> None:
        super().__init__(problem=what, problem_mark=mark)
        self.remedy = remedy
        self.key = key
        """The key that is the problem; it may contain a secret."""


class LimitedLoader(yaml.SafeLoader):
    """A SafeLoader that limits the number of values, with aliases expanded, and their depth."""

    most_values = _MOST_VALUES

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._level = 0
        self._values = 0
        self._values_in: dict[int, int] = {}
        """Number of values in a complete node of the current document, by the node's id."""

    def compose_document(self) -> yaml.Node | None:
        self._values_in.clear()  # the ids of a former document's nodes can be in use again
        return super().compose_document()

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        mark: Any = event.start_mark
        before = self._values
        self._level += 1
        if self._level > _MOST_LEVELS:
            what = f"is nested more than {_MOST_LEVELS} levels deep"
            raise Rejected(what, "flatten it", mark)
        node = super().compose_node(parent, index)
        self._level -= 1
        if isinstance(event, yaml.AliasEvent):
            if id(node) not in self._values_in:
                raise Rejected("alias (*) to a value that contains it", "remove it", mark)
            self._values += self._values_in[id(node)]
        else:
            self._values += 1
            self._values_in[id(node)] = self._values - before
        if self._values > self.most_values:
            what = (
                f"has more than {self.most_values:,} keys and values, including those that aliases (*) repeat"
            )
            raise Rejected(what, "split it, or remove aliases", mark)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError, AttributeError):  # raised by PyYAML for a 13th month or `!!int x`
            kind = node.tag.rpartition(":")[2]
            raise Rejected(f"is not a valid {kind}", "put it in quotes", node.start_mark) from None


class StrictLoader(LimitedLoader):
    """A loader that rejects duplicate keys, of which PyYAML silently keeps the last.

    Booleans and numbers follow YAML 1.2, as in Pulumi. PyYAML follows YAML 1.1, where `no` is false,
    `12:30` is 750 and an account ID that starts with 0 can be octal.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - as declared by PyYAML
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _SCALARS]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str, written_null: object) -> None:
        super().__init__(text)
        self._written_null = written_null

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            if key_node.tag != TEXT:
                written = f'"{key_node.value}" ' if isinstance(key_node, yaml.ScalarNode) else ""
                raise Rejected(f"key {written}must be a string", "put it in quotes", key_node.start_mark)
            if key_node.value in seen:
                mark = key_node.start_mark
                raise Rejected("duplicate key", "remove one of them", mark, key=key_node.value)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)

    def construct_null(self, node: yaml.ScalarNode) -> object:
        return self._written_null if node.value else None


def _finite(loader: StrictLoader, node: yaml.ScalarNode) -> float | str:
    """A number; as in Pulumi, one that is too large for a float, such as 1e400, is a string."""
    value: float = loader.construct_yaml_float(node)
    return value if math.isfinite(value) else str(node.value)


StrictLoader.add_constructor("tag:yaml.org,2002:float", _finite)
StrictLoader.add_constructor("tag:yaml.org,2002:null", StrictLoader.construct_null)
for _tag, (_pattern, _first) in _SCALARS.items():
    StrictLoader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def bounded_content(path: Path, most: int = _MOST_BYTES) -> bytes | None:
    """Return the content of a file; None if it has more than `most` bytes. Default: 1 MiB.

    A named pipe is not read: without a writer, that never ends. Those of a shell, `<(...)`, are.

    Raises:
        OSError: the file can't be read.
    """
    of_a_shell = str(path.absolute()).startswith(("/dev/", "/proc/"))
    if path.is_fifo() and not of_a_shell:
        raise OSError(errno.EINVAL, "it is a named pipe, not a file", str(path))
    with path.open("rb") as file:
        content = file.read(most + 1)
    return content if len(content) <= most else None
