"""Packaged data: tables are read from the installed package, without their comments."""

from __future__ import annotations

from platform_components.base.packaged import packaged_lines, packaged_text


def test_the_lines_of_a_table_are_those_without_comments() -> None:
    """The comments state the source and the version of the table."""
    package, name = "platform_components.aws", "rds_versions.txt"
    lines = packaged_lines(package, name)
    comments = [line for line in packaged_text(package, name).splitlines() if line.startswith("#")]
    assert comments
    assert packaged_text(package, name) == "".join(f"{line}\n" for line in (*comments, *lines))
