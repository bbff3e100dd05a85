"""What a program and the processes that it starts write is kept apart from what the command writes."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from platform_components.engine import Graph, ProgramError, Secret, evaluate
from platform_components.testing import render


def printed(program: Callable[[], object]) -> list[str]:
    """The lines that a program writes, as the graph has them."""
    graph: Graph = evaluate(program, project="p", stack="s", config={"password": Secret("hunter2!")})
    return [item.message for item in graph.diagnostics if item.severity == "print"]


def test_what_a_process_writes_becomes_diagnostics(capfd: pytest.CaptureFixture[str]) -> None:
    """In the order in which it is written, whoever writes it and however; standard output stays free."""

    def program() -> None:
        sys.stdout.write("one\n")
        subprocess.run(["echo", "two"], check=True)
        sys.stderr.write("three\n")
        os.write(2, b"four\n")
        subprocess.run(["echo", "five"], stdout=sys.stderr, check=True)
        sys.stdout.buffer.write(b"six\n")
        sys.stdout.write("seven\n")

    assert printed(program) == ["one", "two", "three", "four", "five", "six", "seven"]
    assert capfd.readouterr() == ("", "")


def test_what_a_process_writes_holds_no_secret() -> None:
    """It goes through the same door as what is printed."""
    assert printed(lambda: os.write(2, b"it is hunter2!\n")) == ["it is [secret]"]


def test_any_bytes_can_be_written() -> None:
    """Also those that are no text, and a last line that nothing ends."""
    assert printed(lambda: os.write(1, b"a\xff\n\nb")) == ["a\ufffd", "", "b"]


def test_a_script_may_write_to_the_device() -> None:
    """Which empties the file that stands behind it."""

    def program() -> None:
        subprocess.run(["echo", "a long line"], check=True)
        sys.stdout.write("and\n")
        subprocess.run("echo short > /dev/stderr", shell=True, check=True)

    assert printed(program) == ["a long line", "and", "short"]


def test_nobody_answers() -> None:
    """A program, and a process that it starts, find the end of their input at once."""
    read: list[object] = []

    def program() -> None:
        read.append(sys.stdin.read())
        read.append(subprocess.run(["cat"], check=True, stdout=subprocess.PIPE).stdout)

    render(program)
    assert read == ["", b""]


def test_input_fails() -> None:
    """The program does not wait indefinitely; its prompt is among the printed lines."""
    with pytest.raises(ProgramError, match="can't read from standard input") as raised:
        render(lambda: input("Which region? "))
    assert raised.value.remedy == "read the value from configuration"
    assert raised.value.printed == ("Which region? ",)


def test_the_end_of_something_else_is_no_question() -> None:
    """Other things end too."""

    def program() -> None:
        raise EOFError("Ran out of input")

    with pytest.raises(ProgramError, match="EOFError: Ran out of input"):
        render(program)


def _end(code: int) -> None:
    sys.exit(code)


def _fail() -> None:
    raise ValueError("on purpose")


def _close() -> None:
    for descriptor in range(3):
        os.close(descriptor)


def _replace() -> None:
    sys.stdout = sys.stdin = sys.__stdin__


@pytest.mark.parametrize("program", [lambda: None, _fail, lambda: _end(3), _close, _replace])
def test_all_is_as_before_afterwards(program: Callable[[], None]) -> None:
    """However a program ends, and whatever it does to its own streams."""
    before = _state()
    try:
        render(program)
    except ProgramError:
        assert program is not _replace
    assert _state() == before


def _state() -> list[Any]:
    files = [os.fstat(descriptor) for descriptor in range(3)]
    streams = [sys.stdin, sys.stdout, sys.stderr]
    return [[(file.st_dev, file.st_ino) for file in files], streams, len(os.listdir("/dev/fd"))]


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_descriptors_stay_closed(closed: tuple[int, ...]) -> None:
    """As with a shell's `>&-`: what is written is kept all the same."""
    with _closed(closed):
        lines = printed(lambda: subprocess.run("echo out; echo error >&2", shell=True, check=True))
        still = [descriptor for descriptor in range(3) if not _is_open(descriptor)]
    assert lines == ["out", "error"]
    assert still == list(closed)


@contextmanager
def _closed(descriptors: tuple[int, ...]) -> Iterator[None]:
    saved = {descriptor: os.dup(descriptor) for descriptor in descriptors}
    for descriptor in descriptors:
        os.close(descriptor)
    try:
        yield
    finally:
        for descriptor, before in saved.items():
            os.dup2(before, descriptor)
            os.close(before)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_a_machine_without_room_for_files_can_evaluate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is written past Python is lost."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")

    def program() -> None:
        os.write(1, b"lost\n")
        sys.stdout.write("kept\n")

    assert printed(program) == ["kept"]


def test_what_the_command_holds_back_is_not_the_programs(capfd: pytest.CaptureFixture[str]) -> None:
    """What was printed before, and is written later, stays where it was meant to go."""
    with open(1, "w", closefd=False) as buffered:
        stdout, sys.stdout = sys.stdout, buffered
        try:
            buffered.write("of the command\n")
            lines = printed(buffered.flush)
        finally:
            sys.stdout = stdout
    assert lines == []
    assert capfd.readouterr().out == "of the command\n"


def test_loggers_of_one_program_do_not_affect_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their handlers keep the streams of the first evaluation, which ends before the second one."""
    root, named = logging.getLogger(), logging.getLogger("shop")
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(named, "handlers", [])
    monkeypatch.setattr(named, "propagate", False)

    def program() -> None:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
        if not named.handlers:
            named.addHandler(logging.StreamHandler(sys.stderr))
        logging.info("to the root")
        named.warning("to a logger")

    for _ in range(2):
        assert printed(program) == ["to the root", "to a logger"]
        assert (root.handlers, root.level) == ([], logging.WARNING)
