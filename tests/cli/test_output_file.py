"""Files that commands write: completely or not at all, and directly to pipes and devices."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.cli.output_file import check_writable, write_atomically


def test_a_pipe_without_a_reader_is_an_error(tmp_path: Path) -> None:
    """The command does not wait for one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_writable(pipe)
    with pytest.raises(InvalidInput, match="is a pipe that nothing reads"):
        write_atomically(pipe, "text")


def test_a_pipe_with_a_reader_gets_the_complete_text(tmp_path: Path) -> None:
    """Also more than the pipe holds at once."""
    pipe, text = tmp_path / "pipe", "text\n" * 100_000
    os.mkfifo(pipe)
    opened = os.open(pipe, os.O_RDWR)  # so that the reader waits for the writer
    read = tmp_path / "read"
    with (
        pipe.open() as source,
        read.open("w") as output,
        subprocess.Popen(["cat"], stdin=source, stdout=output),
    ):
        write_atomically(pipe, text)
        os.close(opened)
    assert read.read_text() == text


@pytest.mark.parametrize("device", ["/dev/stdout", "/dev/fd/1"])
def test_the_devices_of_the_standard_streams_are_written(device: str) -> None:
    """They are links whose target is no path if the stream is a pipe."""
    program = (
        "import sys; from pathlib import Path; from platform_components.cli.output_file import *; "
        "path = Path(sys.argv[1]); check_writable(path); write_atomically(path, 'text')"
    )
    done = subprocess.run([sys.executable, "-c", program, device], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("text", "")


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    """Its target gets the text."""
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for text in ("first", "second"):
        write_atomically(tmp_path / "link", text)
        assert (tmp_path / "file").read_text() == text
    assert (tmp_path / "link").is_symlink()
