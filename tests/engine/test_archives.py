"""Archives have the hashes of the real engine, and those that can't be read are explained."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from platform_components.engine import ProgramError, archive_members, evaluate
from platform_components.engine.assets import hashed_archive, hashed_asset
from platform_components.engine.errors import DeclarationError
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
