"""Lines of the values in a YAML file, for messages that name a value by its path."""

from __future__ import annotations

from pathlib import Path

import yaml

from platform_components.files.strict_yaml import LimitedLoader, bounded_content


def line_of(path: Path, where: str) -> tuple[int, int]:
    """Return the line and the column of the key at a path such as `database.zones[0]`.

    If the file does not have it, they are those of the nearest key above it; 0 if there is none, or if the
    file can't be read.
    """
    try:
        content = bounded_content(path)
        node = yaml.compose((content or b"").decode(), LimitedLoader)
    except (OSError, ValueError, yaml.YAMLError):
        return 0, 0
    mark = None
    rest = where
    while rest and node is not None:
        found = _step(node, rest)
        if found is None:
            break
        key, node, rest = found
        mark = key.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _step(node: yaml.Node, rest: str) -> tuple[yaml.Node, yaml.Node, str] | None:
    """The key or item that a path starts with, its value, and the rest of the path.

    A key can contain a dot; the longest one that fits is meant.
    """
    if isinstance(node, yaml.SequenceNode):
        index, bracket, below = rest.removeprefix("[").partition("]")
        if rest.startswith("[") and bracket and index.isdecimal() and int(index) < len(node.value):
            item = node.value[int(index)]
            return item, item, below.removeprefix(".")
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    fitting = [
        (key, value)
        for key, value in node.value
        if isinstance(key, yaml.ScalarNode)
        and (rest == key.value or rest.startswith((f"{key.value}.", f"{key.value}[")))
    ]
    if not fitting:
        return None
    key, value = max(fitting, key=lambda pair: len(pair[0].value))
    return key, value, rest[len(key.value) :].removeprefix(".")
