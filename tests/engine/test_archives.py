"""Archives have the hashes of the real engine, and those that can't be read are explained."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from platform_components.engine import ProgramError, archive_members, evaluate
from platform_components.engine.assets import hashed_archive, hashed_asset
from platform_components.engine.errors import DeclarationError
from platform_components.engine.tar_format import END, header, padded
from platform_components.engine.values import Archive, Asset
from tests.engine.archives import ARCHIVES, PROGRAM, RECORDING, TYPE, write_files


def test_archives_have_the_real_engines_hashes(tmp_path: Path) -> None:
    """The recording is from test_archives_against_cli.py."""
    write_files(tmp_path)
    (tmp_path / "__main__.py").write_text(PROGRAM)
    graph = evaluate(tmp_path, project="test", stack="dev")
    hashes = {resource.name: resource.inputs["code"].hash for resource in graph.of_type(TYPE)}
    assert hashes == json.loads(RECORDING.read_text())
    assert hashes.keys() == ARCHIVES.keys()


def test_a_local_file_at_a_uri_is_hashed(tmp_path: Path) -> None:
    """A file at an http(s) URI is never fetched, so it has no hash."""
    (tmp_path / "a b.txt").write_text("hello")
    by_path = hashed_asset({"path": "a b.txt"}, tmp_path)
    for host in ("", "localhost"):
        assert hashed_asset({"uri": f"file://{host}{tmp_path}/a%20b.txt"}, tmp_path).hash == by_path.hash
    assert hashed_asset({"uri": "https://example.invalid/x"}, tmp_path).hash == ""
    assert hashed_archive({"uri": "https://example.invalid/x.zip"}, tmp_path).hash == ""
    inside = {"assets": {"a": Archive(uri="https://example.invalid/x.zip"), "b": Asset(text="b")}}
    assert hashed_archive(inside, tmp_path).hash == ""


REJECTED = {
    "pulumi.StringAsset('')": "an asset is empty",
    "pulumi.FileAsset('')": "an asset is empty",
    "pulumi.RemoteAsset('')": "an asset is empty",
    "pulumi.AssetArchive({'a': pulumi.StringAsset('')})": "an asset is empty",
    "pulumi.RemoteAsset('file://./f')": 'asset "file://./f" must not have a host, a query or a fragment',
    "pulumi.RemoteAsset('file://host/f')": "must not have a host",
    "pulumi.RemoteArchive('file://localhost/f.zip')": "must not have a host",
    "pulumi.RemoteAsset('file:///f?a=b')": "must not have a host, a query or a fragment",
    "pulumi.RemoteAsset('file:f')": 'asset "file:f" must have an absolute path',
    "pulumi.RemoteAsset('ftp://host/f')": 'asset "ftp://host/f" has an unsupported scheme: ftp',
    "pulumi.RemoteAsset('f')": 'asset "f" is not a URI: it has no scheme',
    "pulumi.RemoteAsset('http://[')": 'asset "http://[" is not a URI',
    "pulumi.RemoteArchive('https://host/f')": 'archive "https://host/f" is not a supported archive file',
    "pulumi.RemoteArchive('file:///none.zip')": "can't be read: No such file or directory",
    "pulumi.AssetArchive({'a': pulumi.RemoteAsset('file://./f')})": "must not have a host",
    "pulumi.AssetArchive({'a/': pulumi.StringAsset('a')})": '"a/" can\'t be a file in an archive',
    "pulumi.FileAsset('app')": 'asset "app" is a directory',
    "pulumi.FileAsset('none')": 'asset "none" can\'t be read: No such file or directory',
    "pulumi.FileArchive('none')": 'archive "none" can\'t be read: No such file or directory',
    "pulumi.FileArchive('none.zip')": 'archive "none.zip" can\'t be read: No such file or directory',
    "pulumi.FileArchive('app/main.py')": "is neither a directory nor a supported archive file",
    "pulumi.FileArchive('directory.zip')": 'archive "directory.zip" is a directory',
    "pulumi.FileArchive('broken')": '"link" in archive "broken" can\'t be read: No such file or directory',
    "pulumi.FileArchive('special')": '"pipe" in archive "special" is not a regular file',
}


@pytest.mark.parametrize("expression", REJECTED)
def test_what_the_real_engine_rejects_is_an_error_with_line_and_remedy(
    tmp_path: Path, expression: str
) -> None:
    """The message names the asset or archive; Pulumi's engine rejects each of them."""
    write_files(tmp_path)
    (tmp_path / "directory.zip").mkdir()
    (tmp_path / "broken" / "a").mkdir(parents=True)
    (tmp_path / "broken" / "a" / "link").symlink_to("nowhere")
    (tmp_path / "special").mkdir()
    os.mkfifo(tmp_path / "special" / "pipe")
    program = f"import pulumi\n\npulumi.CustomResource('{TYPE}', 'a', {{'code': {expression}}})\n"
    (tmp_path / "__main__.py").write_text(program)
    with pytest.raises(ProgramError) as raised:
        evaluate(tmp_path, project="test", stack="dev")
    assert REJECTED[expression] in raised.value.message
    assert str(raised.value.location) == "__main__.py:3"
    assert raised.value.remedy


def in_an_archive(path: str, directory: Path) -> str:
    """Return the hash of an archive that contains an archive file."""
    return hashed_archive({"assets": {"a": Archive(path=path)}}, directory).hash


def rejected(path: str, directory: Path) -> str:
    with pytest.raises(DeclarationError) as raised:
        in_an_archive(path, directory)
    assert raised.value.remedy
    return str(raised.value)


DAMAGED = {
    "text": b"not an archive",
    "the start of a zip file": b"PK\x03\x04",
    "the start of a gzip file": gzip.compress(b"a" * 5_000, mtime=0)[:30],
}


@pytest.mark.parametrize("name", ["x.tar", "x.tgz", "x.zip", "x.jar"])
@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_archive_file_is_reported(tmp_path: Path, name: str, content: str) -> None:
    """Its name is in the message, instead of an exception of Python's library."""
    (tmp_path / name).write_bytes(DAMAGED[content])
    assert f'archive "{name}" can\'t be read: ' in rejected(name, tmp_path)


def test_links_in_a_tar_file_are_rejected(tmp_path: Path) -> None:
    """Pulumi's engine ends with a panic for each member that is neither a file nor a directory."""
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert 'contains "link", which is neither a file nor a directory' in rejected("x.tar", tmp_path)


def test_a_zip_file_that_the_real_engine_cannot_read_is_rejected(tmp_path: Path) -> None:
    """Go supports only Deflate, and no passwords."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a", "a")
    assert 'contains "a", which is encrypted, or compressed other than' in rejected("x.zip", tmp_path)


def test_a_decompression_bomb_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit applies to the unpacked size, before it is read completely."""
    monkeypatch.setattr(archive_members, "MAX_UNPACKED", 100_000)
    content = b"\0" * 200_000
    with tarfile.open(tmp_path / "x.tgz", "w:gz") as archive:
        entry = tarfile.TarInfo("zeros")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", content)
    for name in ("x.tgz", "x.zip"):
        assert f'archive "{name}" contains more than 100,000 bytes' in rejected(name, tmp_path)


def test_a_zip_file_that_understates_a_size_is_rejected(tmp_path: Path) -> None:
    """A member can't contain more than the directory at the end of the file states."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 10_000)
    data = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(data.replace(struct.pack("<L", 10_000), struct.pack("<L", 10)))
    assert 'archive "x.zip" can\'t be read: Bad CRC-32' in rejected("x.zip", tmp_path)


@pytest.mark.parametrize(("position", "value"), [(8, 0x20), (8, 0x40), (6, 99)])
def test_a_zip_file_with_unsupported_options_is_reported(tmp_path: Path, position: int, value: int) -> None:
    """Patched data, strong encryption and format versions that Python does not support."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a", "a")
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[data.index(b"PK\x01\x02") + position] |= value
    (tmp_path / "x.zip").write_bytes(data)
    assert 'archive "x.zip" can\'t be read: ' in rejected("x.zip", tmp_path)


def header_of(type_: bytes, content: bytes, *, size: int = 0) -> bytes:
    """Return a tar header of this type and its content."""
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = type_, size or len(content)
    return entry.tobuf() + padded(content)


@pytest.mark.parametrize(
    ("type_", "content"),
    [(b"x", b"7 a=b\n"), (b"g", b"7 a=b\n"), (b"L", b"a\0"), (b"K", b"a\0")],
    ids=["x", "g", "L", "K"],
)
def test_a_tar_file_with_many_headers_per_member_is_reported(
    tmp_path: Path, type_: bytes, content: bytes
) -> None:
    """Python reads each of them recursively."""
    headers = header_of(type_, content) * 3_000
    (tmp_path / "x.tar").write_bytes(headers + header_of(b"0", b"") + bytes(1024))
    assert 'archive "x.tar" can\'t be read: maximum recursion depth' in rejected("x.tar", tmp_path)


def test_a_tar_file_with_an_invalid_length_is_reported(tmp_path: Path) -> None:
    """Python converts lengths in PAX headers to the size of a pointer."""
    headers = header_of(b"x", b"%d a=b\n" % 10**26)
    (tmp_path / "x.tar").write_bytes(headers + header_of(b"0", b"") + bytes(1024))
    assert 'archive "x.tar" can\'t be read: ' in rejected("x.tar", tmp_path)


@pytest.mark.parametrize("error", [MemoryError(), MemoryError("64 MiB")])
def test_an_archive_file_that_does_not_fit_into_memory_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: MemoryError
) -> None:
    """The message names the error if it has no text."""

    def opened(*_: object, **__: object) -> None:
        raise error

    (tmp_path / "x.tar").write_bytes(bytes(1024))
    monkeypatch.setattr(tarfile, "open", opened)
    reason = str(error) or "MemoryError"
    assert f'archive "x.tar" can\'t be read: {reason}' == rejected("x.tar", tmp_path).splitlines()[0]


@pytest.mark.parametrize("type_", [b"x", b"g", b"L", b"K"])
def test_large_headers_are_rejected_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, type_: bytes
) -> None:
    """A small file can contain headers of gigabytes, which Python keeps in memory."""
    monkeypatch.setattr(archive_members, "MAX_HEADERS", 100_000)
    with gzip.open(tmp_path / "x.tgz", "wb", compresslevel=1) as file:
        file.write(header_of(type_, b"", size=64 * 1024**2))
        for _ in range(64):
            file.write(bytes(1024**2))
    tracemalloc.start()
    try:
        message = rejected("x.tgz", tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 'archive "x.tgz" contains a member with headers of more than 100,000 bytes' in message
    assert peak < 8 * 1024**2


def test_the_limit_of_headers_applies_to_each_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members of any size and number are read, also those that are not used."""
    monkeypatch.setattr(archive_members, "MAX_HEADERS", 100_000)
    record = b"60000 comment=".ljust(59_999, b"a") + b"\n"
    names = (b"a", b"a", b"b")
    extended = [header_of(b"x", record) + header(name, 200_000) + padded(b"c" * 200_000) for name in names]
    (tmp_path / "x.tar").write_bytes(b"".join(extended) + END)
    content = "c" * 200_000
    plain = Archive(assets={"a": Asset(text=content), "b": Asset(text=content)})
    assert in_an_archive("x.tar", tmp_path) == hashed_archive({"assets": {"a": plain}}, tmp_path).hash


def write_sparse_file(path: Path, size: int) -> None:
    """Write a tar file with the file `x` of zeros, none of which is in the tar file."""
    record = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n30 GNU.sparse.realsize=%06d\n" % size
    path.write_bytes(header_of(b"x", record) + header_of(b"0", padded(b"1\n%d\n0\n" % size)) + END)


def test_a_sparse_file_counts_with_its_zeros(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its zeros are not in the archive file, so that a few bytes can be a file of any size."""
    monkeypatch.setattr(archive_members, "MAX_UNPACKED", 100_000)
    write_sparse_file(tmp_path / "x.tar", 50_000)
    plain = hashed_archive({"assets": {"a/x": Asset(text="\0" * 50_000)}}, tmp_path)
    assert in_an_archive("x.tar", tmp_path) == plain.hash
    write_sparse_file(tmp_path / "x.tar", 200_000)
    assert 'archive "x.tar" contains more than 100,000 bytes' in rejected("x.tar", tmp_path)


def test_the_limit_of_the_unpacked_size_is_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All unpacked bytes of a compressed tar file count, including its headers."""
    with tarfile.open(tmp_path / "x.tgz", "w:gz") as archive:
        entry = tarfile.TarInfo("zeros")
        entry.size = 200_000
        archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    unpacked = len(gzip.decompress((tmp_path / "x.tgz").read_bytes()))
    monkeypatch.setattr(archive_members, "MAX_UNPACKED", unpacked)
    assert in_an_archive("x.tgz", tmp_path)
    monkeypatch.setattr(archive_members, "MAX_UNPACKED", unpacked - 1)
    assert f"contains more than {unpacked - 1:,} bytes" in rejected("x.tgz", tmp_path)


def test_a_deep_directory_is_read(tmp_path: Path) -> None:
    """Its depth is limited by the operating system, not by Python's recursion."""
    path = tmp_path / "d"
    path.mkdir()
    (path / "b").write_text("b")
    for name in ["a"] * 1_000:
        path = path / name
        os.mkdir(path)
    (path / "f").write_text("f")
    try:
        names = [member.name for member in archive_members.members(Archive(path="d"), tmp_path)]
    finally:
        (path / "f").unlink()
        os.removedirs(str(path))  # pytest's own removal is recursive
    assert names == [b"a/" * 1_000 + b"f", b"b"]


@pytest.mark.parametrize("system", [3, 19, 0, 11, 14])
def test_directories_in_a_zip_file_are_no_files(tmp_path: Path, system: int) -> None:
    """Go recognizes them by their attributes: of Unix and macOS, and of Windows, VFAT and NTFS."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name, unix, windows in (("directory", 0o040755, 0x10), ("file", 0o100644, 0x20)):
            entry = zipfile.ZipInfo(name)
            entry.create_system = system
            entry.external_attr = unix << 16 if system in (3, 19) else windows
            archive.writestr(entry, "" if name == "directory" else "content")
    file = hashed_archive({"assets": {"a/file": Asset(text="content")}}, tmp_path)
    assert in_an_archive("x.zip", tmp_path) == file.hash


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("n" * 100, None),
        ("p/" + "n" * 100, (b"p", b"n" * 100)),
        ("p/" + "n" * 101, None),
        ("p" * 155 + "/" + "n" * 100, (b"p" * 155, b"n" * 100)),
        ("p" * 156 + "/" + "n" * 100, None),
    ],
)
def test_a_long_name_is_divided_as_far_as_it_fits(name: str, expected: tuple[bytes, bytes] | None) -> None:
    """A prefix has at most 155 bytes and a name 100, as in Go; longer ones have a PAX header."""
    block = header(name.encode(), 0)
    is_extended = block[156:157] == b"x"
    assert is_extended == (expected is None and len(name) > 100)
    if expected:
        prefix, rest = expected
        assert block[:100].rstrip(b"\0") == rest
        assert block[345:500].rstrip(b"\0") == prefix
