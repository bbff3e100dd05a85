"""The file that a command writes its result to."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from platform_components.base.errors import InvalidInput


def check_writable(path: Path, subject: str = "--output", *, create_directory: bool = False) -> None:
    """Check, before a command starts its work, that it can write its result. `subject` is for the message.

    `create_directory`: whether the command creates a missing directory of the file, and its parents.

    Raises:
        InvalidInput: the path is a directory, its directory is missing, or either can't be written.
    """
    place = path.resolve().parent
    if path.is_dir():
        raise _not_writable(subject, path, "is a directory", "add the name of a file")
    if create_directory:
        place = next(each for each in (place, *place.parents) if os.path.lexists(each))
        if not place.is_dir():
            raise _not_writable(subject, place, "is not a directory", "remove it, or pass another path")
    if _is_special(path):
        place = path  # nothing is created next to it
    elif not place.is_dir():
        raise _not_writable(subject, path, "is in a directory that does not exist", f"mkdir -p {path.parent}")
    locked = next((each for each in (path, place) if each.exists() and not os.access(each, os.W_OK)), None)
    if locked is not None:
        what = "can't be written" if locked == path else "is in a directory that can't be written"
        raise _not_writable(subject, path, what, "change its permissions, or pass another path")


def write_atomically(path: Path, text: str) -> None:
    """Write a file completely or not at all; a device or a pipe is written directly.

    Raises:
        InvalidInput: it is a named pipe that nothing reads.
    """
    if _is_special(path):
        _write_directly(path, text)
        return
    target = path.resolve()  # a link stays a link
    with NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, prefix=".", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(text)
            file.close()
            temporary.chmod(_mode(target))
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink()
            raise


def _is_special(path: Path) -> bool:
    """Whether it is a device or a pipe. The path that `/dev/stdout` is resolved to does not exist."""
    return path.exists() and not path.is_file()


def _write_directly(path: Path, text: str) -> None:
    try:
        # Otherwise, opening a named pipe waits indefinitely for a process that reads it.
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        raise _not_writable(
            "Output", path, "is a pipe that nothing reads", "start its reader first"
        ) from None
    os.set_blocking(descriptor, True)
    with open(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def _mode(target: Path) -> int:
    """The permissions of the file, or of a new one: temporary files are readable by their owner only."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _not_writable(subject: str, path: Path, what: str, remedy: str) -> InvalidInput:
    from platform_components.base.errors import InvalidInput, Problem  # they import the SDK

    return InvalidInput(subject, [Problem(str(path), what, remedy)])
