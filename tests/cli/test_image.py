"""`platform image set`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.bad_input.project import write as write_project
from tests.cli.conftest import Run

DIGEST = "sha256:" + "9" * 64


@pytest.fixture(name="root")
def project_root(tmp_path: Path) -> Path:
    write_project(tmp_path)
    return tmp_path


def test_a_digest_keeps_the_repository_and_nothing_else_changes(platform: Run, root: Path) -> None:
    """In each of several stacks; the tag, which would name another image, is removed."""
    files = [root / f"Pulumi.shop.{environment}.yaml" for environment in ("dev", "prod")]
    files[0].write_bytes(b"# ours\r\nconfig:\r\n  platform:image: 'registry.example/shop:1' # tested\r\n")
    files[0].chmod(0o640)
    before = [file.read_bytes() for file in files]
    result = platform("image", "set", "shop.dev", "shop.prod", DIGEST, "-C", root)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [file.read_bytes() for file in files] == [
        text.replace(b"shop:1", b"shop@" + DIGEST.encode()) for text in before
    ]
    assert files[0].stat().st_mode & 0o777 == 0o640
    assert result.stdout.splitlines() == [
        "shop.dev  shop:1 -> shop@sha256:9999…  Pulumi.shop.dev.yaml",
        "shop.prod  shop:1 -> shop@sha256:9999…  Pulumi.shop.prod.yaml",
    ]


def test_the_same_image_writes_nothing(platform: Run, root: Path) -> None:
    """The file is not touched, so a pipeline has nothing to commit."""
    file = root / "Pulumi.shop.dev.yaml"
    platform("image", "set", "shop.dev", DIGEST, "-C", root)
    os.utime(file, (0, 0))
    result = platform("image", "set", "shop.dev", DIGEST, "-C", root, "--json")
    assert json.loads(result.stdout)["stacks"][0]["changed"] is False
    assert file.stat().st_mtime == 0


def test_the_first_image_of_a_service_is_added(platform: Run, root: Path) -> None:
    """It has its repository, and the preview then shows it."""
    file = root / "Pulumi.mailer.dev.yaml"
    file.write_text("config:\n  aws:region: eu-west-1\n")
    assert platform("image", "set", "mailer", f"registry.example/mailer@{DIGEST}", "-C", root).exit_code == 0
    assert file.read_text() == (
        f"config:\n  platform:image: registry.example/mailer@{DIGEST}\n  aws:region: eu-west-1\n"
    )


def test_another_repository_is_reported(platform: Run, root: Path) -> None:
    """It may be the image of another service."""
    result = platform("image", "set", "shop.dev", f"registry.example/cart@{DIGEST}", "-C", root)
    assert result.exit_code == 0
    assert "shop.dev: the image is now from another repository" in result.stderr


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("latest", "must have a digest of sha256: and 64 lowercase hexadecimal digits"),
        (DIGEST.upper(), f"write {DIGEST}"),
        (DIGEST[:-1], "64 lowercase hexadecimal digits"),
        ("registry.example/shop:2", "must have a digest, because a tag can move"),
        (f"registry.example/Shop@{DIGEST}", "must be an image reference"),
        (f"https://me:hunter2@registry.example/shop@{DIGEST}", "must be an image reference"),
    ],
)
def test_an_invalid_digest_is_rejected(platform: Run, root: Path, word: str, message: str) -> None:
    """The form is that of registries. A login in it is not shown."""
    result = platform("image", "set", "shop.dev", word, "-C", root)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "hunter2" not in result.stderr


def test_a_file_with_the_key_in_both_spellings_is_rejected(platform: Run, root: Path) -> None:
    """As by a preview, with the same message."""
    file = root / "Pulumi.shop.dev.yaml"
    text = "config:\n  platform:image: registry.example/a:1\n  image: registry.example/b:1\n"
    file.write_text(text)
    for words in (("image", "set", "shop.dev", DIGEST), ("preview", "shop.dev")):
        result = platform(*words, "-C", root)
        assert (result.exit_code, file.read_text()) == (2, text)
        assert "config.image  is the same key as `platform:image`  remove one of them" in result.stderr


def test_if_one_file_cannot_be_changed_none_is_written(platform: Run, root: Path) -> None:
    """The problems of all files are in one message."""
    (root / "Pulumi.mailer.dev.yaml").write_text("config: {}\n")
    (root / "Pulumi.mailer.prod.yaml").write_text("config:\n  platform:image: {secure: v1:abc}\n")
    shop = (root / "Pulumi.shop.dev.yaml").read_bytes()
    words = ("mailer.dev", "mailer.prod", "shop.dev")
    result = platform("image", "set", *words, DIGEST, "-C", root)
    assert result.exit_code == 2
    assert "Pulumi.mailer.dev.yaml config.platform:image   has no repository" in result.stderr
    assert "Pulumi.mailer.prod.yaml config.platform:image  must be a string" in result.stderr
    assert (root / "Pulumi.shop.dev.yaml").read_bytes() == shop


def test_a_link_stays_one_and_must_not_lead_out_of_the_project(
    platform: Run, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A file inside the project is written through the link; one outside it is not the project's."""
    file, inside = root / "Pulumi.shop.dev.yaml", root / "shared.yaml"
    file.rename(inside)
    file.symlink_to("shared.yaml")
    assert platform("image", "set", "shop.dev", DIGEST, "-C", root).exit_code == 0
    assert file.is_symlink()
    assert DIGEST in inside.read_text()
    outside = tmp_path_factory.mktemp("outside") / "stack.yaml"
    outside.write_text("config:\n  platform:image: registry.example/shop:1\n")
    file.unlink()
    file.symlink_to(outside)
    result = platform("image", "set", "shop.dev", DIGEST, "-C", root)
    assert (result.exit_code, "is a link to a file outside the project" in result.stderr) == (2, True)
    assert DIGEST not in outside.read_text()


@pytest.mark.parametrize("text", ["config:\n  platform:image: &a a:1\n  b: *a\n", "config: [\n", ""])
def test_a_file_that_cannot_be_edited_safely_stays(platform: Run, root: Path, text: str) -> None:
    """An anchor, invalid YAML, and an empty file without a repository."""
    file = root / "Pulumi.shop.dev.yaml"
    file.write_text(text)
    result = platform("image", "set", "shop.dev", DIGEST, "-C", root)
    assert (result.exit_code, file.read_text()) == (2, text)
    assert "Pulumi.shop.dev.yaml: 1 problem" in result.stderr
