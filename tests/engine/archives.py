"""Archives whose hashes are compared with those of the real engine, and the files they consist of."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.engine.states import RECORDED

RECORDING = RECORDED / "archives.json"

_DIRECTORY = "d" * 90 + "/"
ARCHIVES: Mapping[str, str] = {
    "a directory": "FileArchive('app')",
    "a directory at .": "AssetArchive({'.': FileArchive('app')})",
    "a directory at an empty name": "AssetArchive({'': FileArchive('app')})",
    "a directory below a name": "AssetArchive({'a/../b/': FileArchive('app')})",
    "a directory above": "AssetArchive({'../up': FileArchive('app'), '/abs': FileArchive('app')})",
    "an absolute path with a slash": "FileArchive(os.path.abspath('app') + '/')",
    "a link to a directory": "FileArchive('linked')",
    "a directory of links": "FileArchive('links')",
    "a directory named .pulumi": "FileArchive('.pulumi')",
    "an empty path": "FileArchive('')",
    "no assets": "AssetArchive({})",
    "texts in their order": "AssetArchive({name: StringAsset(name) for name in ('b', 'B', 'é')})",
    "a name that is not clean": "AssetArchive({'./a//b': StringAsset('b')})",
    "an archive in an archive": "AssetArchive({'a': AssetArchive({'b/../c': StringAsset('c')})})",
    "the same file twice": "AssetArchive({'.': FileArchive('app'), 'main.py': StringAsset('other')})",
    **{
        f"a {suffix} file in an archive": f"AssetArchive({{'lib': FileArchive('code.{suffix}')}})"
        for suffix in ("tar", "tgz", "tar.gz", "zip", "jar")
    },
    "an archive file": "FileArchive('code.zip')",
    "names that are not ASCII": "FileArchive('names')",
    "a name of 100 characters": f"AssetArchive({{{'n' * 100!r}: StringAsset('x')}})",
    "a name of 101 characters": f"AssetArchive({{{'n' * 101!r}: StringAsset('x')}})",
    "a name that is divided": f"AssetArchive({{{_DIRECTORY + 'f' * 60!r}: StringAsset('x')}})",
    "a name that can't be divided": f"AssetArchive({{{_DIRECTORY + 'f' * 120!r}: StringAsset('x')}})",
    "a name of 300 characters": f"AssetArchive({{{'/'.join(['e' * 29] * 10)!r}: StringAsset('x')}})",
    "a name cut at a slash": f"AssetArchive({{{'g' * 99 + '/' + 'é' * 9!r}: StringAsset('x')}})",
    "a long name that is not ASCII": f"AssetArchive({{{'é/' * 80 + 'x'!r}: StringAsset('x')}})",
    "a local URI": "AssetArchive({'a': RemoteAsset('file://' + os.path.abspath('app/main.py'))})",
}
"""The expression of each archive, by what it shows."""

TYPE = "aws:test/archive:Archive"
PROGRAM = f"""\
import os
import pulumi
from pulumi import AssetArchive, CustomResource, FileArchive, RemoteAsset, StringAsset

archives = {{
{"".join(f"    {name!r}: {expression},{chr(10)}" for name, expression in ARCHIVES.items())}}}
for name, archive in archives.items():
    CustomResource("{TYPE}", name, {{"code": archive}})
"""

_CONTENT = {
    "main.py": b"print()\n",
    "lib/a.txt": b"a" * 600,
    "lib/empty.txt": b"",
    "lib.txt": b"l",
    "../up": b"u",
}


def write_files(directory: Path) -> None:
    """Create the files that the archives consist of."""
    (directory / "app" / "lib" / ".pulumi").mkdir(parents=True)
    for name, content in _CONTENT.items():
        if not name.startswith(".."):
            (directory / "app" / name).write_bytes(content)
    (directory / "app" / ".pulumi").write_text("a file that Pulumi excludes, too")
    (directory / "app" / "lib" / ".pulumi" / "state").write_text("excluded")
    (directory / ".pulumi").mkdir()
    (directory / ".pulumi" / "state").write_text("excluded")
    (directory / "linked").symlink_to("app")
    (directory / "links").mkdir()
    (directory / "links" / "file").symlink_to("../app/main.py")
    (directory / "links" / "directory").symlink_to("../app")
    (directory / "names").mkdir()
    for name in ("ä.txt", "z.txt", "日本語.txt", "n" * 120):
        (directory / "names" / name).write_text(name)
    (directory / "names" / os.fsdecode(b"\xff.txt")).write_text("not UTF-8")
    tar = _tar_file()
    (directory / "code.tar").write_bytes(tar)
    for name in ("code.tgz", "code.tar.gz"):
        (directory / name).write_bytes(gzip.compress(tar, mtime=0))
    for name in ("code.zip", "code.jar"):
        (directory / name).write_bytes(_zip_file())


def _tar_file() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        directory = tarfile.TarInfo("./lib/")
        directory.type = tarfile.DIRTYPE
        archive.addfile(directory)
        for name, content in _CONTENT.items():
            entry = tarfile.TarInfo(f"./{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _zip_file() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("lib/"), b"")
        for name, content in {**_CONTENT, "ü.txt": b"u"}.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()
