"""Assets and archives have the same hashes as in Pulumi's engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from platform_components.engine.assets import hashed_archive, hashed_asset
from platform_components.engine.errors import DeclarationError
from platform_components.engine.values import Archive, Asset


def test_an_asset_has_the_hash_of_its_content(tmp_path: Path) -> None:
    """Text and a file with the same content have the same hash; a URI is never fetched."""
    (tmp_path / "hello.txt").write_text("hello")
    sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert hashed_asset({"text": "hello"}, tmp_path).hash == sha256
    assert hashed_asset({"path": "hello.txt"}, tmp_path).hash == sha256
    assert hashed_asset({"uri": "https://example.invalid/x"}, tmp_path).hash == ""


def test_an_archive_of_assets_has_the_real_engines_hash(tmp_path: Path) -> None:
    """The value is that of the real engine for the same archive."""
    (tmp_path / "asset.txt").write_text("an asset\n")
    assets = {"index.py": Asset(text="pass"), "data": Asset(path="asset.txt")}
    archive = hashed_archive({"assets": assets}, tmp_path)
    assert archive.hash == "8d6e0731aa567034240faaed3f3e6893109e5b464be9a454c8b8db1fc5cbccbe"


def test_a_directory_and_the_same_files_by_name_have_one_hash(tmp_path: Path) -> None:
    """The hash depends only on names and contents of the files; Pulumi's own files are excluded."""
    source = tmp_path / "source"
    (source / "a" / "deep").mkdir(parents=True)
    (source / "a" / "deep" / "x.txt").write_text("x")
    (source / "a.txt").write_text("y")
    (source / ".pulumi").mkdir()
    (source / ".pulumi" / "state").write_text("z")
    by_name = {"a": Archive(assets={"deep/x.txt": Asset(text="x")}), "a.txt": Asset(text="y")}
    directory = hashed_archive({"path": "source"}, tmp_path)
    assert directory.hash == hashed_archive({"assets": by_name}, tmp_path).hash


def test_a_file_counts_once(tmp_path: Path) -> None:
    """If two parts of an archive contain the same file, the first one is used."""
    inner = Archive(assets={"x.txt": Asset(text="first")})
    twice = hashed_archive({"assets": {"a": inner, "a/x.txt": Asset(text="second")}}, tmp_path)
    assert twice.hash == hashed_archive({"assets": {"a": inner}}, tmp_path).hash


def test_an_archive_file_has_the_hash_of_its_bytes(tmp_path: Path) -> None:
    """An archive file is hashed as it is, not unpacked."""
    (tmp_path / "code.zip").write_text("hello")
    assert hashed_archive({"path": "code.zip"}, tmp_path).hash.startswith("2cf24dba")


@pytest.mark.parametrize(
    ("read", "plain", "message"),
    [
        (hashed_asset, {"path": "none.txt"}, 'asset "none.txt" can\'t be read: No such file or directory'),
        (
            hashed_archive,
            {"path": "none.zip"},
            'archive "none.zip" can\'t be read: No such file or directory',
        ),
        (hashed_archive, {"path": "none"}, 'archive "none" can\'t be read: No such file or directory'),
        (hashed_archive, {"assets": {"a": Asset(path="none.txt")}}, 'asset "none.txt" can\'t be read'),
    ],
)
def test_a_missing_file_is_named(tmp_path: Path, read, plain, message: str) -> None:  # type: ignore[no-untyped-def]
    """The message names the path, instead of an OSError of the engine."""
    with pytest.raises(DeclarationError) as raised:
        read(plain, tmp_path)
    assert message in str(raised.value)
    assert raised.value.remedy
