"""Packaged data: the files in the `data` directories of the packages."""

from __future__ import annotations

from importlib.resources import files


def packaged_text(package: str, name: str) -> str:
    """Return the text of the file `data/<name>` of a package such as `platform_components.aws`."""
    return files(package).joinpath("data", name).read_text(encoding="utf-8")


def packaged_lines(package: str, name: str) -> tuple[str, ...]:
    """Return the lines of a table; those that start with `#` are comments."""
    return tuple(line for line in packaged_text(package, name).splitlines() if not line.startswith("#"))
