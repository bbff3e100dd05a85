"""Standard input, output and error while a program runs: what it writes is kept, and nobody answers it."""

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
    """What the program writes becomes diagnostics, and so does what the processes that it starts write.

    What reads from standard input finds its end. Afterwards, whatever happened, all is as before.
    """
    with ExitStack() as undo:
        _occupy_closed_descriptors(undo)
        # Not `open`, which an earlier program of this process may have replaced.
        nothing = undo.enter_context(os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8"))
        reader, writer = _scratch_file(undo)
        written = _Written(journal, reader)
        _flush()
        for descriptor, file in ((0, nothing), (1, writer), (2, writer)):
            before = os.dup(descriptor)
            undo.callback(os.close, before)
            undo.callback(os.dup2, before, descriptor)
            os.dup2(file.fileno(), descriptor)
        streams = sys.stdin, sys.stdout, sys.stderr
        output, error = _Console(journal, written, 1), _Console(journal, written, 2)
        try:
            sys.stdin, sys.stdout, sys.stderr = nothing, output, error
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams
            _flush()
            written.finish()
            output.finish()
            error.finish()


def _occupy_closed_descriptors(undo: ExitStack) -> None:
    """A shell's `>&-` closes one, and the next file that is opened would get its number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        undo.callback(os.close, descriptor)
    os.close(descriptor)


def _scratch_file(undo: ExitStack) -> tuple[io.FileIO, io.FileIO]:
    """A file without a name: one end to read from, one that appends."""
    try:
        descriptor, name = tempfile.mkstemp()
    except OSError:  # a machine where nothing can be written can still preview
        return undo.enter_context(io.FileIO(os.devnull)), undo.enter_context(io.FileIO(os.devnull, "a"))
    reader = undo.enter_context(io.FileIO(descriptor))
    try:
        return reader, undo.enter_context(io.FileIO(name, "a"))
    finally:
        Path(name).unlink()


def _flush() -> None:
    """What Python holds back goes where it was meant to go."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with suppress(AttributeError, OSError, ValueError):  # there may be none, or a closed one
            stream.flush()  # type: ignore[union-attr] # None is suppressed too


class _Written:
    """What was written past Python, by processes that the program starts for instance."""

    def __init__(self, journal: Journal, file: io.FileIO) -> None:
        self._journal = journal
        self._file = file
        self._rest = b""

    def tell(self) -> None:
        """Make diagnostics of the lines that are new."""
        size = os.fstat(self._file.fileno()).st_size
        if size < self._file.tell():  # a shell script wrote to /dev/stderr, which empties the file
            self._file.seek(0)
        *lines, self._rest = (self._rest + self._file.readall()).split(b"\n")
        for line in lines:
            self._journal.diagnose("print", line.decode(errors="replace"))

    def finish(self) -> None:
        """The last line, when nothing ended it."""
        self.tell()
        if self._rest:
            self._journal.diagnose("print", self._rest.decode(errors="replace"))


class _Console(io.TextIOBase):
    """A standard stream that makes diagnostics of what is printed, line by line."""

    encoding = "utf-8"

    def __init__(self, journal: Journal, written: _Written, descriptor: int) -> None:
        self.buffer = io.FileIO(descriptor, "w", closefd=False)
        self._journal = journal
        self._written = written
        self._descriptor = descriptor
        self._rest = ""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        if lines:
            self._written.tell()  # comes before these
        for line in lines:
            self._journal.diagnose("print", line, source=self._journal.locator.here())
        return len(text)

    def finish(self) -> None:
        """The last line, when nothing ended it."""
        if self._rest:
            self._journal.diagnose("print", self._rest)
