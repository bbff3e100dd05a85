"""The files in an archive: of a directory, of an archive file, or of a mapping of names.

Files, names and order are those of Pulumi's engine (sdk/go/common/resource/archive/archive.go). Nothing is
unpacked to disk.
"""

from __future__ import annotations

import gzip
import math
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import unquote, urlsplit

from platform_components.engine.errors import DeclarationError
from platform_components.engine.tar_format import cleaned
from platform_components.engine.values import Archive, Asset

MAX_UNPACKED = 1024**3
"""Bytes that a compressed archive file inside an archive may contain: a limit for decompression bombs."""
MAX_HEADERS = 4 * 1024**2
"""Bytes that the headers of a member of a tar file may have: Go reads four kinds, each of up to 1 MiB."""

_ZIP_FILES = (".zip", ".jar")
_ARCHIVE_FILES = (".tar", ".tgz", ".tar.gz", *_ZIP_FILES)
_SUPPORTED = f"supported are {', '.join(_ARCHIVE_FILES)}"
_BOOKKEEPING = ".pulumi"  # Pulumi's own files, which it excludes
_CHUNK = 1024**2
_INVALID = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error),
    *(EOFError, ValueError, OverflowError, struct.error),
)
"""Errors of the standard library for archive files with invalid content."""
_UNSUPPORTED = (NotImplementedError, RecursionError, MemoryError)
"""Errors of the standard library for archive files that it can't read, although they may be valid."""


@dataclass(frozen=True)
class Member:
    """A file in an archive."""

    name: bytes
    size: int
    content: Iterator[bytes]


def members(archive: Archive, directory: Path) -> Iterator[Member]:
    """Yield the files of an archive; read each before the next. Paths are relative to `directory`.

    Raises:
        DeclarationError: a file can't be read, or an archive file is invalid.
    """
    if path := location(archive, directory):
        subject = described(archive)
        if path.endswith(_ZIP_FILES):
            yield from _of_zip_file(path, subject)
        elif path.endswith(_ARCHIVE_FILES):
            yield from _of_tar_file(path, subject)
        else:
            yield from _of_directory(path, subject)
    for name, item in sorted(archive.assets.items()):
        if isinstance(item, Asset):
            with opened(item, directory) as (size, content):
                yield Member(name.encode(), size, content)
        else:
            for member in members(item, directory):
                inside = cleaned(b"/".join(filter(None, (name.encode(), member.name))))
                yield Member(inside, member.size, member.content)


@contextmanager
def opened(item: Asset | Archive, directory: Path) -> Iterator[tuple[int, Iterator[bytes]]]:
    """Open an asset, or an archive file as it is; yields its size and content.

    Raises:
        DeclarationError: the file can't be read.
    """
    path = location(item, directory)
    if path:
        with _opened_file(path, described(item)) as file:
            yield os.fstat(file.fileno()).st_size, _chunks(file, described(item))
    elif isinstance(item, Asset):
        text = item.text.encode()
        yield len(text), iter([text])


def location(item: Asset | Archive, directory: Path) -> str:
    """The absolute path of the item's file or directory; empty if it has none, such as at an http(s) URI.

    Raises:
        DeclarationError: Pulumi's engine does not support the URI.
    """
    path = item.path
    if not path and item.uri:
        path = _path_of_uri(item)
    return path if not path or os.path.isabs(path) else os.path.normpath(directory / path)


def is_archive_file(item: Archive, directory: Path) -> bool:
    return location(item, directory).endswith(_ARCHIVE_FILES)


def described(item: Asset | Archive) -> str:
    return f'{"asset" if isinstance(item, Asset) else "archive"} "{item.path or item.uri}"'


def _path_of_uri(item: Asset | Archive) -> str:
    problem, remedy = "", "supported are http, https, and file:///PATH"
    try:
        uri = urlsplit(item.uri)
    except ValueError as error:
        raise DeclarationError(f"{described(item)} is not a URI: {error}", remedy=remedy) from error
    hosts = ("", "localhost") if isinstance(item, Asset) else ("",)
    if uri.scheme not in ("http", "https", "file"):
        problem = (
            f"has an unsupported scheme: {uri.scheme}" if uri.scheme else "is not a URI: it has no scheme"
        )
    elif isinstance(item, Archive) and not uri.path.endswith(_ARCHIVE_FILES):
        problem, remedy = "is not a supported archive file", _SUPPORTED
    elif uri.scheme == "file" and (uri.netloc not in hosts or uri.query or uri.fragment):
        problem = "must not have a host, a query or a fragment"
    elif uri.scheme == "file" and not uri.path.startswith("/"):
        problem = "must have an absolute path"
    if problem:
        raise DeclarationError(f"{described(item)} {problem}", remedy=remedy)
    return unquote(uri.path) if uri.scheme == "file" else ""


def _of_directory(root: str, subject: str) -> Iterator[Member]:
    with _explained(subject):
        is_directory = stat.S_ISDIR(os.stat(root).st_mode)
    if not is_directory:
        raise DeclarationError(
            f"{subject} is neither a directory nor a supported archive file", remedy=_SUPPORTED
        )
    # Pulumi's engine follows no link to a directory, not even the archive's own path.
    if os.path.islink(root) or os.path.basename(root) == _BOOKKEEPING:
        return
    for path in _files(root, subject):
        name = os.path.relpath(path, root).replace(os.sep, "/")
        inside = f'"{name}" in {subject}'
        with _opened_file(path, inside) as file:
            yield Member(os.fsencode(name), os.fstat(file.fileno()).st_size, _chunks(file, inside))


def _files(directory: str, subject: str) -> Iterator[str]:
    """The files below a directory. A link to a file is a file; a link to a directory is not followed."""
    left = _last_first(directory, subject)
    while left:
        path = left.pop()
        name = os.path.basename(path)
        with _explained(f'"{name}" in {subject}'):
            mode = os.stat(path).st_mode
        if name == _BOOKKEEPING:
            continue
        if not stat.S_ISDIR(mode):
            yield path
        elif not os.path.islink(path):
            left += _last_first(path, subject)


def _last_first(directory: str, subject: str) -> list[str]:
    """The paths in a directory in descending order."""
    with _explained(subject):
        names = sorted(os.listdir(directory), key=os.fsencode, reverse=True)
    return [os.path.join(directory, name) for name in names]


def _of_tar_file(path: str, subject: str) -> Iterator[Member]:
    with _opened_file(path, subject) as file, _explained(subject):
        # Nothing needs to be closed: all only read from the file.
        if path.endswith(".tar"):  # only its sparse members are larger than the file
            stream = _Limited(file, subject, os.fstat(file.fileno()).st_size + MAX_UNPACKED)
        else:
            stream = _Limited(gzip.GzipFile(fileobj=file), subject, MAX_UNPACKED)
        with stream.reading_headers():
            archive = tarfile.open(fileobj=cast(Any, stream), mode="r|")  # noqa: SIM115
        while True:
            with stream.reading_headers():
                entry = archive.next()
            if entry is None:
                return
            archive.members = []  # type: ignore[attr-defined] # else it keeps all, and there may be millions
            if entry.isdir():
                continue
            if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
                raise DeclarationError(
                    f'{subject} contains "{entry.name}", which is neither a file nor a directory',
                    remedy="Pulumi's engine can't read it either; replace links with their targets",
                )
            if entry.issparse():  # its zeros are not in the stream
                stream.count(entry.size)
            content = _chunks(cast(IO[bytes], archive.extractfile(entry)), subject)
            yield Member(cleaned(entry.name.encode("utf-8", "surrogateescape")), entry.size, content)
            for _ in content:  # else the rest of a member that is not used would be read with the next header
                pass


def _of_zip_file(path: str, subject: str) -> Iterator[Member]:
    with _opened_file(path, subject) as file, _explained(subject):
        archive = zipfile.ZipFile(file)
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise _too_large(subject)
        for entry in entries:
            if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise DeclarationError(
                    f'{subject} contains "{entry.filename}", which is encrypted, or compressed other than '
                    "with Deflate",
                    remedy="Pulumi's engine can't read it either; create the file without these options",
                )
            name = entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437")
            if not name.endswith(b"/") and not _is_directory(entry):
                with archive.open(entry) as content:
                    yield Member(cleaned(name), entry.file_size, _chunks(content, subject))


def _is_directory(entry: zipfile.ZipInfo) -> bool:
    """Whether a zip file's entry has the attributes of a directory on the system that wrote it."""
    unix, windows = (3, 19), (0, 11, 14)
    if entry.create_system in unix:
        return stat.S_ISDIR(entry.external_attr >> 16)
    return entry.create_system in windows and bool(entry.external_attr & 0x10)


class _Limited:
    """A stream that raises an error after as many bytes as an archive file, or its headers, may contain."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, subject: str, most: int) -> None:
        self._stream = stream
        self._subject = subject
        self._left = most
        self._left_of_headers: float = MAX_HEADERS

    def read(self, size: int) -> bytes:
        content = self._stream.read(size)
        self.count(len(content))
        return content

    def count(self, size: int) -> None:
        """Count bytes as read."""
        self._left -= size
        self._left_of_headers -= size
        if self._left < 0:
            raise _too_large(self._subject)
        if self._left_of_headers < 0:
            raise DeclarationError(
                f"{self._subject} contains a member with headers of more than {MAX_HEADERS:,} bytes",
                remedy="create the file without extended attributes, or pass its content as a directory",
            )

    @contextmanager
    def reading_headers(self) -> Iterator[None]:
        """Limit what is read, too: the headers of a member are kept in memory."""
        self._left_of_headers = MAX_HEADERS
        yield
        self._left_of_headers = math.inf


def _too_large(subject: str) -> DeclarationError:
    return DeclarationError(
        f"{subject} contains more than {MAX_UNPACKED:,} bytes, the maximum for an archive in an archive",
        remedy="unpack it into a directory, or pass it without an AssetArchive around it",
    )


def _chunks(file: IO[bytes], subject: str) -> Iterator[bytes]:
    with _explained(subject):
        while chunk := file.read(_CHUNK):
            yield chunk


@contextmanager
def _opened_file(path: str, subject: str) -> Iterator[IO[bytes]]:
    with _explained(subject):
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise DeclarationError(
                f"{subject} is a directory",
                remedy="use a FileArchive, and a name without an archive's suffix",
            )
        if not stat.S_ISREG(mode):
            raise DeclarationError(f"{subject} is not a regular file", remedy="copy its content to a file")
        file = open(path, "rb")  # noqa: SIM115 - closed below, without explaining the errors of callers
    with file:
        yield file


@contextmanager
def _explained(subject: str) -> Iterator[None]:
    """Turn an error while reading into an error of the program."""
    try:
        yield
    except _INVALID as error:
        raise DeclarationError(
            f"{subject} can't be read: {error}", remedy="check that the file is a complete archive"
        ) from error
    except _UNSUPPORTED as error:
        raise DeclarationError(
            f"{subject} can't be read: {str(error) or type(error).__name__}",
            remedy="create the file without unusual options, or pass its content as a directory",
        ) from error
    except OSError as error:
        raise DeclarationError(
            f"{subject} can't be read: {error.strerror}",
            remedy="correct the path; relative paths start at the program's directory",
        ) from error
