"""YAML files: strict loading of one top-level mapping, with errors that name the line."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import yaml

from platform_components.base.errors import InvalidInput, Problem, shown_name

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


class _Rejected(yaml.MarkedYAMLError):
    """Valid YAML that the strict loader does not accept."""

    def __init__(self, what: str, remedy: str, mark: yaml.Mark) -> None:
        super().__init__(problem=what, problem_mark=mark)
        self.remedy = remedy


class StrictLoader(yaml.SafeLoader):
    """A SafeLoader that rejects keys that are no strings, and duplicate keys, of which PyYAML keeps the last.

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
        self._level = 0
        self._values = 0
        self._values_in: dict[int, int] = {}
        """Number of values in a complete node, by the node's id."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        mark: Any = event.start_mark
        before = self._values
        self._level += 1
        if self._level > _MOST_LEVELS:
            what = f"is nested more than {_MOST_LEVELS} levels deep"
            raise _Rejected(what, "flatten it", mark)
        node = super().compose_node(parent, index)
        self._level -= 1
        if isinstance(event, yaml.AliasEvent):
            if id(node) not in self._values_in:
                raise _Rejected("alias (*) to a value that contains it", "remove it", mark)
            self._values += self._values_in[id(node)]
        else:
            self._values += 1
            self._values_in[id(node)] = self._values - before
        if self._values > _MOST_VALUES:
            what = f"has more than {_MOST_VALUES:,} keys and values, including those that aliases (*) repeat"
            raise _Rejected(what, "split it, or remove aliases", mark)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            if key_node.tag != TEXT:
                written = f'"{key_node.value}" ' if isinstance(key_node, yaml.ScalarNode) else ""
                raise _Rejected(f"key {written}must be a string", "put it in quotes", key_node.start_mark)
            if key_node.value in seen:
                what = f'duplicate key "{shown_name(key_node.value)}"'
                raise _Rejected(what, "remove one of them", key_node.start_mark)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)

    def construct_null(self, node: yaml.ScalarNode) -> object:
        return self._written_null if node.value else None

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError, AttributeError):  # raised by PyYAML for a 13th month or `!!int x`
            kind = node.tag.rpartition(":")[2]
            raise _Rejected(f"is not a valid {kind}", "put it in quotes", node.start_mark) from None


def _finite(loader: StrictLoader, node: yaml.ScalarNode) -> float | str:
    """A number; as in Pulumi, one that is too large for a float, such as 1e400, is a string."""
    value: float = loader.construct_yaml_float(node)
    return value if math.isfinite(value) else str(node.value)


StrictLoader.add_constructor("tag:yaml.org,2002:float", _finite)
StrictLoader.add_constructor("tag:yaml.org,2002:null", StrictLoader.construct_null)
for _tag, (_pattern, _first) in _SCALARS.items():
    StrictLoader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def read_yaml(
    path: Path, subject: str = "", *, written_null: object = None, loader: type[StrictLoader] = StrictLoader
) -> dict[str, Any]:
    """Read a YAML file and return its top-level mapping; for an empty file, an empty one.

    `subject` is the name of the file in error messages. Default: the file's name. `written_null` is the value
    of `null` and `~`; a key without a value is always None. `loader` determines what scalars and keys mean.

    Raises:
        InvalidInput: the file does not exist, is too large, is not UTF-8 or not YAML, has a duplicate key, or
            is not a mapping.
    """
    subject = subject or path.name
    return parse_yaml(read_text(path, subject), subject, written_null=written_null, loader=loader)


def read_text(path: Path, subject: str = "") -> str:
    """Return the text of a file of at most 1 MiB. `subject` as in `read_yaml`.

    Raises:
        InvalidInput: the file does not exist, is too large, or is not UTF-8.
    """
    subject = subject or path.name
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            remedy = "split it, or shorten its values"
            raise InvalidInput(subject, [Problem("file", "must be at most 1 MiB", remedy)])
        return content.decode()
    except FileNotFoundError:
        raise InvalidInput(
            subject, [Problem("file", "does not exist", f"create it in {path.parent.name or '.'}/")]
        ) from None
    except UnicodeDecodeError:
        raise InvalidInput(subject, [Problem("file", "is not UTF-8", "save it as UTF-8")]) from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InvalidInput(subject, [Problem("file", "can't be read", reason)]) from None


def parse_yaml(
    text: str, subject: str, *, written_null: object = None, loader: type[StrictLoader] = StrictLoader
) -> dict[str, Any]:
    """Parse a YAML text and return its top-level mapping; for an empty text, an empty one.

    `written_null` and `loader` as in `read_yaml`.

    Raises:
        InvalidInput: the text is not YAML, has a duplicate key or too many values, or is not a mapping.
    """
    try:
        loaded = loader(text, written_null).get_single_data()
    except yaml.MarkedYAMLError as error:
        raise InvalidInput(subject, [_syntax(error)]) from None
    except yaml.YAMLError as error:
        raise InvalidInput(subject, [_unreadable(error)]) from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise InvalidInput(subject, [Problem("file", "must be a mapping", "write `key: value` lines")])
    return loaded


def _unreadable(error: yaml.YAMLError) -> Problem:
    found = getattr(error, "character", None)
    character = f" U+{found:04X}" if isinstance(found, int) else ""
    return Problem("file", f"has a character{character} that YAML does not allow", "remove it")


def _syntax(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
    if isinstance(error, _Rejected):
        return Problem(where, str(error.problem), error.remedy)
    what = (error.problem or "is not valid YAML").replace("'", '"')
    if "constructor for the tag" in what:
        return Problem(where, "has a YAML tag that is not allowed here", "write a plain value")
    if r"\t" in what:
        return Problem(where, "tabs are not allowed here", "indent with spaces")
    if "undefined alias" in what:  # PyYAML's message quotes the text, which may be a password
        return Problem(where, "undefined alias (*)", "put a string that starts with * in quotes")
    if "another document" in what:
        return Problem(where, "a second document starts here", "keep one document per file")
    return Problem(where, what, "check the indentation, quotes and colons")
