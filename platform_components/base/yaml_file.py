"""YAML files: strict loading of one top-level mapping, with errors that name the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from platform_components.base.errors import InvalidInput, Problem, shown_name
from platform_components.files.strict_yaml import Rejected, StrictLoader, bounded_content


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
        content = bounded_content(path)
        if content is None:
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
    except yaml.YAMLError as error:
        raise InvalidInput(subject, [yaml_problem(error)]) from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise InvalidInput(subject, [Problem("file", "must be a mapping", "write `key: value` lines")])
    return loaded


def yaml_problem(error: yaml.YAMLError) -> Problem:
    """The problem that an error of a loader describes, without the text, which may contain secrets."""
    return _syntax(error) if isinstance(error, yaml.MarkedYAMLError) else _unreadable(error)


def _unreadable(error: yaml.YAMLError) -> Problem:
    found = getattr(error, "character", None)
    character = f" U+{found:04X}" if isinstance(found, int) else ""
    return Problem("file", f"has a character{character} that YAML does not allow", "remove it")


def _syntax(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
    if isinstance(error, Rejected):
        what = str(error.problem) + (f' "{shown_name(error.key)}"' if error.key else "")
        return Problem(where, what, error.remedy)
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
