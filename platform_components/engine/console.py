"""Standard streams while a program runs: output becomes diagnostics, input is empty."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from platform_components.engine.journal import Journal


@contextmanager
def captured(journal: Journal) -> Iterator[None]:
    """Record output of the program, and of processes that it starts, as diagnostics.

    Standard input is at its end. The streams are restored afterwards, also after an exception.
    """
    with ExitStack() as undo:
        _occupy_closed_descriptors(undo)
        # Not `open`, which an earlier program in this process may have replaced.
        devnull = undo.enter_context(os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8"))
        reader, writer = _scratch_file(undo)
        written = _Written(journal, reader)
        _flush()
        for descriptor, file in ((0, devnull), (1, writer), (2, writer)):
            before = os.dup(descriptor)
            undo.callback(os.close, before)
            undo.callback(os.dup2, before, descriptor)
            os.dup2(file.fileno(), descriptor)
        streams = sys.stdin, sys.stdout, sys.stderr
        output, error = _Console(journal, written, 1), _Console(journal, written, 2)
        try:
            sys.stdin, sys.stdout, sys.stderr = devnull, output, error
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams
            _flush()
            written.finish()
            output.finish()
            error.finish()


def _occupy_closed_descriptors(undo: ExitStack) -> None:
    """Open closed descriptors (`>&-` in a shell): the next opened file would get their number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        undo.callback(os.close, descriptor)
    os.close(descriptor)


def _scratch_file(undo: ExitStack) -> tuple[io.FileIO, io.FileIO]:
    """A file without a name, as one reader and one writer that appends."""
    try:
        descriptor, name = tempfile.mkstemp()
    except OSError:  # without a writable directory, previews still work
        return undo.enter_context(io.FileIO(os.devnull)), undo.enter_context(io.FileIO(os.devnull, "a"))
    reader = undo.enter_context(io.FileIO(descriptor))
    try:
        return reader, undo.enter_context(io.FileIO(name, "a"))
    finally:
        Path(name).unlink()


def _flush() -> None:
    """Flush Python's buffers to the current descriptors."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with suppress(AttributeError, OSError, ValueError):  # there may be no stream, or a closed one
            stream.flush()  # type: ignore[union-attr] # None is suppressed too


class _Written:
    """Output that bypasses Python's streams, such as that of processes that the program starts."""

    def __init__(self, journal: Journal, file: io.FileIO) -> None:
        self._journal = journal
        self._file = file
        self._rest = b""

    def report(self) -> None:
        """Record new lines as diagnostics."""
        size = os.fstat(self._file.fileno()).st_size
        if size < self._file.tell():  # a shell script wrote to /dev/stderr, which empties the file
            self._file.seek(0)
        *lines, self._rest = (self._rest + self._file.readall()).split(b"\n")
        for line in lines:
            self._journal.diagnose("print", line.decode(errors="replace"))

    def finish(self) -> None:
        """Record the last line if it has no newline."""
        self.report()
        if self._rest:
            self._journal.diagnose("print", self._rest.decode(errors="replace"))


class _Console(io.TextIOBase):
    """A standard stream that records each printed line as a diagnostic."""

    encoding = "utf-8"

    def __init__(self, journal: Journal, written: _Written, descriptor: int) -> None:
        self.buffer = io.FileIO(descriptor, "w", closefd=False)
        self._journal = journal
        self._written = written
        self._descriptor = descriptor
        self._rest = ""
        self._finished = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        if self._finished:  # a handler of a logger keeps the stream of the program that created it
            return (sys.stdout if self._descriptor == 1 else sys.stderr).write(text)
        *lines, self._rest = (self._rest + text).split("\n")
        if lines:
            self._written.report()  # it was written earlier
        for line in lines:
            self._journal.diagnose("print", line, source=self._journal.locator.here())
        return len(text)

    def finish(self) -> None:
        """Record the last line if it has no newline."""
        if self._rest:
            self._journal.diagnose("print", self._rest)
        self._finished = True
