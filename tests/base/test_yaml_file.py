"""YAML files: strict loading, and errors that name the line."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from platform_components.base import InvalidInput
from platform_components.base.yaml_file import read_yaml


def read(directory: Path, text: str | bytes) -> object:
    file = directory / "service.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(file)


def refusal(directory: Path, text: str | bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        read(directory, text)
    headline, line = str(caught.value).splitlines()
    assert headline == "service.yaml: 1 problem"
    return line.strip()


def test_a_file_holds_one_mapping(tmp_path: Path) -> None:
    """An empty file is an empty mapping; anchors and merges work."""
    assert read(tmp_path, "") == {}
    assert read(tmp_path, "# nothing yet\n") == {}
    assert read(tmp_path, "a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n") == {"a": {"x": 1}, "b": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: 2\na: 3", 'line 3, column 1  duplicate key "a"  remove one of them'),
        ("A=x: 1\nA=x: 2", 'line 2, column 1  duplicate key "A=…"  remove one of them'),
        (
            "password: *hunter2",
            "line 1, column 11  undefined alias (*)  put a string that starts with * in quotes",
        ),
        ("a:\n  7: 1", 'line 2, column 3  key "7" must be a string  put it in quotes'),
        ("8080: x", 'line 1, column 1  key "8080" must be a string  put it in quotes'),
        (
            "a: b: c",
            "line 1, column 5  mapping values are not allowed here  check the indentation, quotes and colons",
        ),
        ("a: 2030-13-01", "line 1, column 4  is not a valid timestamp  put it in quotes"),
        (
            "a: !!python/object x",
            "line 1, column 4  has a YAML tag that is not allowed here  write a plain value",
        ),
        ("a: 1\n---\nb: 2", "line 2, column 1  a second document starts here  keep one document per file"),
        ("- a", "file  must be a mapping  write `key: value` lines"),
        ("hello", "file  must be a mapping  write `key: value` lines"),
        ("a: " + "[" * 5000, "line 1, column 103  is nested more than 100 levels deep  flatten it"),
        ("a: &a [*a]", "line 1, column 8  alias (*) to a value that contains it  remove it"),
        (b"a: \xff", "file  is not UTF-8  save it as UTF-8"),
        ("a:\n\tb: 1", "line 2, column 1  tabs are not allowed here  indent with spaces"),
        ("a: \x01", "file  has a character U+0001 that YAML does not allow  remove it"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(
    tmp_path: Path, text: str | bytes, line: str
) -> None:
    """The message contains line and column."""
    assert refusal(tmp_path, text) == line


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    """Files of up to 1 MiB are read; larger ones are rejected before they are parsed."""
    largest = 'a: "' + "ä" * (2**19 - 3)
    assert len(str(read(tmp_path, f'{largest}"\n'))) > 2**19
    line = refusal(tmp_path, f'{largest}  "\n')
    assert line == "file  must be at most 1 MiB  split it, or shorten its values"


def test_aliases_count_as_what_they_repeat(tmp_path: Path) -> None:
    """A few lines of aliases that mean a million values are rejected at the alias that exceeds the limit."""
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 7)]
    line = refusal(tmp_path, "\n".join(["l0: &l0 [x]", *levels]))
    assert line.startswith("line 6, column ")
    assert "has more than 50,000 keys and values, including those that aliases (*) repeat" in line


def test_a_file_with_too_many_keys_is_rejected(tmp_path: Path) -> None:
    """The limit is 50,000 keys and values, five times those of a platform.yaml with 1,000 stacks."""
    assert "more than 50,000 keys and values" in refusal(
        tmp_path, "".join(f"k{n}: 1\n" for n in range(25_001))
    )


def test_a_named_pipe_is_rejected(tmp_path: Path) -> None:
    """It would block the command until another process writes to it."""
    file = tmp_path / "service.yaml"
    os.mkfifo(file)
    with pytest.raises(InvalidInput, match="can't be read  it is a named pipe, not a file"):
        read_yaml(file)


def test_a_pipe_of_the_shell_is_read() -> None:
    """`<(...)` is a path in /dev/fd."""
    reading, writing = os.pipe()
    os.write(writing, b"a: 1")
    os.close(writing)
    try:
        assert read_yaml(Path(f"/dev/fd/{reading}")) == {"a": 1}
    finally:
        os.close(reading)


def test_a_missing_file_says_where_it_belongs(tmp_path: Path) -> None:
    """The remedy names the directory to create the file in."""
    with pytest.raises(
        InvalidInput, match=rf"service.yaml: 1 problem\n  file  does not exist  create it in {tmp_path.name}/"
    ):
        read_yaml(tmp_path / "service.yaml")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="ab:-[]{}!&*|>'\"# \n\t?,%@0179.<=~", max_size=40) | st.binary(max_size=40))
def test_no_file_ends_in_a_traceback(tmp_path: Path, text: str | bytes) -> None:
    """Any content is either loaded or rejected with a message."""
    with suppress(InvalidInput):
        assert isinstance(read(tmp_path, text), dict)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("012345678901", "012345678901"),
        ("0", 0),
        ("-3", -3),
        ("1_000", "1_000"),
        ("0x1f", 31),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ("~", None),
    ],
)
def test_truth_and_numbers_are_those_of_yaml_1_2(tmp_path: Path, written: str, read: object) -> None:
    """As in Pulumi, `no` and `12:30` are strings, and an account ID keeps its leading zero."""
    file = tmp_path / "file.yaml"
    file.write_text(f"key: {written}\n")
    found = read_yaml(file)["key"]
    assert (type(found), found) == (type(read), read)
