"""Edits of YAML files that keep every other byte: comments, order, quotes and line endings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from platform_components.files.strict_yaml import StrictLoader

_INDENT = "  "
_NULL = "tag:yaml.org,2002:null"


class CannotEdit(Exception):  # noqa: N818 - states the outcome
    """The text has a form in which the value can't be changed alone. The message has no values."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def with_entry(text: str, section: str, key: str, value: str, load: type[StrictLoader]) -> str:
    """Return a YAML text in which the mapping `section` has this string at `key`; the rest is unchanged.

    An existing value keeps its quotes. A new entry is the first one of the section, and a new section is at
    the end. `load` is the loader of the file, which must be able to read the text.

    Raises:
        CannotEdit: the value is not on one line of its own, or the change would affect other values.
    """
    edited = _edited(text, section, key, value, load)
    before = load(text, None).get_single_data() or {}
    try:
        after = load(edited, None).get_single_data()
    except yaml.YAMLError:  # such as text after the end of a document
        after = None
    if not _differs_only_at(before, after, section, key, value):
        if section not in before and not text.endswith("\n"):  # part of a block scalar, which it ends
            raise CannotEdit("can't be added after a text without a final line break", "add a line break")
        remedy = f"write `{key}` as a string without an anchor, on its own line"
        raise CannotEdit("can't be changed without changing other values", remedy)
    return edited


def _edited(text: str, section: str, key: str, value: str, load: type[StrictLoader]) -> str:
    root = load(text, None).get_single_node()
    newline = "\r\n" if "\r\n" in text else "\n"
    found = _entry(root, section)
    entry = f"{key}: {_scalar(value, load)}"
    if found is None:
        before = text if not text or text.endswith("\n") else text + newline
        return f"{before}{section}:{newline}{_INDENT}{entry}{newline}"
    name, mapping = found
    if isinstance(mapping, yaml.MappingNode):
        if existing := _entry(mapping, key):
            return _replaced(text, existing[1], value, load)
        if mapping.flow_style:
            start = mapping.start_mark.index + 1
            comma = ", " if mapping.value else ""
            return f"{text[:start]}{json.dumps(key)}: {json.dumps(value)}{comma}{text[start:]}"
        indent = " " * mapping.value[0][0].start_mark.column
    elif isinstance(mapping, yaml.ScalarNode) and mapping.tag == _NULL and mapping.style is None:
        if mapping.value:  # `null` or `~`
            text = text[: mapping.start_mark.index].rstrip(" ") + text[mapping.end_mark.index :]
        indent = _INDENT
    else:
        raise CannotEdit("must be a mapping", "write `key: value` lines below it")
    end = text.find("\n", name.end_mark.index) + 1
    before = text[:end] if end else text + newline
    return f"{before}{indent}{entry}{newline}{text[end:] if end else ''}"


def _replaced(text: str, node: yaml.Node, value: str, load: type[StrictLoader]) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    written = text[start:end]
    if isinstance(node, yaml.ScalarNode):
        if written == f'"{node.value}"':
            return f"{text[:start]}{json.dumps(value, ensure_ascii=False)}{text[end:]}"
        if written == f"'{node.value}'":
            quoted = value.replace("'", "''")
            return f"{text[:start]}'{quoted}'{text[end:]}"
        if written == node.value:
            before = " " if text[start - 1 : start] == ":" else ""  # a key without a value
            return f"{text[:start]}{before}{_scalar(value, load)}{text[end:]}"
    raise CannotEdit("is not a plain string on one line", "write it on one line, without anchors and tags")


def _entry(mapping: yaml.Node | None, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    if not isinstance(mapping, yaml.MappingNode):
        return None
    return next(((name, value) for name, value in mapping.value if name.value == key), None)


def _scalar(value: str, load: type[StrictLoader]) -> str:
    """The string in YAML: without quotes if it is a string without them, too."""
    try:
        plain = load(f"key: {value}", None).get_single_data() == {"key": value}
    except yaml.YAMLError:
        plain = False
    return value if plain else json.dumps(value, ensure_ascii=False)


def _differs_only_at(before: Mapping[str, Any], after: Any, section: str, key: str, value: str) -> bool:
    """Whether two contents are equal but for one entry. Of all others, the order is the same, too."""
    if not isinstance(after, dict) or not isinstance(after.get(section), dict):
        return False
    entries = before.get(section) or {}
    return (
        after == {**before, section: {**entries, key: value}}
        and [name for name in after if name != section] == [name for name in before if name != section]
        and [name for name in after[section] if name != key] == [name for name in entries if name != key]
    )
