"""Reading a YAML file that a person wrote: one mapping, no surprises, mistakes with their line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from platform_components.base.mistakes import InvalidInput, Problem


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that refuses a key given twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int | float | bool) and key in seen:
                raise yaml.MarkedYAMLError(None, None, f"the key {key!r} is given twice", key_node.start_mark)
            if isinstance(key, str | int | float | bool):
                seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, subject: str = "") -> dict[str, Any]:
    """The mapping that a YAML file holds; an empty file holds an empty one.

    `subject` is what mistakes call the file; left out, its name.

    Raises:
        InvalidInput: no such file, no UTF-8, no YAML, a key twice, or something other than a mapping.
    """
    subject = subject or path.name
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except FileNotFoundError:
        raise InvalidInput(
            subject, [Problem("file", "does not exist", f"create it in {path.parent.name or '.'}/")]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(subject, [Problem("file", "can't be read", type(error).__name__)]) from None
    except yaml.MarkedYAMLError as error:
        raise InvalidInput(subject, [_syntax(error)]) from None
    except yaml.YAMLError as error:
        what = "has a character that YAML does not allow"
        raise InvalidInput(subject, [Problem("file", what, type(error).__name__)]) from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise InvalidInput(subject, [Problem("file", "must be a mapping", "write `key: value` lines")])
    wrong = [
        Problem(str(key), "a key must be text", "put it in quotes")
        for key in loaded
        if not isinstance(key, str)
    ]
    if wrong:
        raise InvalidInput(subject, wrong)
    return loaded


def _syntax(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
    what = error.problem or "is no valid YAML"
    return Problem(where, what, "" if "twice" in what else "check indentation, quotes and colons there")
