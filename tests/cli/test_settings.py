"""`platform settings update`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from platform_components.base.settings import Platform
from tests.cli.conftest import Run, write
from tests.elsewhere import PACKAGE, SETTINGS, install, write_copy, write_project

NEWER = (
    SETTINGS.replace("owner: orders-team", "owner: core")
    .replace("database.storage_gb: 30", "database.storage_gb: 40")
    .replace("shop: { owner: core", "shop: { owner: orders-team")
)
CHANGES = ["orders owner  orders-team -> core", "sizing.development.database.storage_gb  30 -> 40"]


@pytest.fixture(name="root")
def project_root(tmp_path: Path) -> Path:
    root = tmp_path / "orders"
    write_copy(root)
    return root


def test_an_update_from_the_recorded_package_shows_what_changes_for_the_project(
    platform: Run, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what changes for others. The copy and its digest are then valid."""
    install(tmp_path / "site", "4.0", NEWER)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    result = platform("settings", "update", "-C", root)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == CHANGES
    assert f"settings of {PACKAGE} 4.0 are written; commit them" in result.stderr
    assert (root / ".platform/platform.yaml").read_text() == NEWER
    settings = Platform.load(root).settings
    assert settings is not None
    assert (settings.source, settings.version) == (PACKAGE, "4.0")
    again = platform("settings", "update", "-C", root)
    assert (again.exit_code, again.stdout) == (0, "")
    assert "are up to date" in again.stderr


def test_a_dry_run_writes_nothing(platform: Run, root: Path, tmp_path: Path) -> None:
    """It shows the same differences, also as JSON."""
    write(tmp_path / "platform/platform.yaml", NEWER)
    before = (root / "Pulumi.yaml").read_text()
    words = ("settings", "update", "--dry-run", "--from", tmp_path / "platform", "-C", root)
    result = platform(*words)
    assert (result.exit_code, result.stdout.splitlines()) == (0, CHANGES)
    assert (root / "Pulumi.yaml").read_text() == before
    assert (root / ".platform/platform.yaml").read_text() == SETTINGS
    document = json.loads(platform(*words, "--json").stdout)
    assert document["written"] is False
    assert document["differences"][0] == {"setting": "orders owner", "before": "orders-team", "after": "core"}


def test_the_first_update_adds_the_key_to_the_project_file(platform: Run, tmp_path: Path) -> None:
    """Comments stay, and the path of the source is relative to the project."""
    root = tmp_path / "orders"
    write_project(root, "")
    write(root / "Pulumi.yaml", "name: orders # ours\nruntime: python\n")
    write(tmp_path / "platform/platform.yaml", f'version: "3.10"\n{SETTINGS}')
    result = platform("settings", "update", "--from", tmp_path / "platform/platform.yaml", "-C", root)
    assert result.exit_code == 0, result.stderr
    digest = hashlib.sha256((tmp_path / "platform/platform.yaml").read_bytes()).hexdigest()
    lines = (root / "Pulumi.yaml").read_text().splitlines()
    assert [line.replace('"', "") for line in lines] == [
        "name: orders # ours",
        "runtime: python",
        "platform:",
        "  file: .platform/platform.yaml",
        f"  sha256: {digest}",
        "  version: 3.10",
        "  source: ../platform/platform.yaml",
    ]
    assert "orders.dev owner" not in result.stdout
    assert "orders owner  none -> orders-team" in result.stdout
    assert platform("settings", "update", "-C", root).exit_code == 0


def test_an_update_repairs_a_copy_that_was_changed(platform: Run, root: Path, tmp_path: Path) -> None:
    """The preview names the command as the remedy."""
    (root / ".platform/platform.yaml").write_text(NEWER)
    write(tmp_path / "platform.yaml", SETTINGS)
    result = platform("settings", "update", "--from", tmp_path / "platform.yaml", "-C", root)
    assert result.exit_code == 0, result.stderr
    assert Platform.load(root).stacks["orders"].owner == "orders-team"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ((), 'platform.source = "acme-platform-settings"  is not installed'),
        (("--from", "./nope"), "is not a platform.yaml"),
        (("--from", "../broken.yaml"), "broken.yaml"),
        (("--from", ""), "is not a platform.yaml"),
    ],
)
def test_a_source_that_cannot_be_used_writes_nothing(
    platform: Run, root: Path, monkeypatch: pytest.MonkeyPatch, source: tuple[str, ...], message: str
) -> None:
    """The present settings stay valid."""
    monkeypatch.chdir(root)
    write(root.parent / "broken.yaml", "organization: [\n")
    before = (root / "Pulumi.yaml").read_text()
    result = platform("settings", "update", *source)
    assert result.exit_code == 2
    assert message in result.stderr
    assert (root / "Pulumi.yaml").read_text() == before
    assert Platform.load(root).stacks["orders"].owner == "orders-team"


def test_a_project_with_its_own_file_or_a_package_has_nothing_to_update(platform: Run, root: Path) -> None:
    """The message states what to do instead."""
    write_project(root, f"{{package: {PACKAGE}>=3}}")
    result = platform("settings", "update", "-C", root)
    assert (result.exit_code, f"run `pip install --upgrade '{PACKAGE}>=3'`" in result.stderr) == (2, True)
    write(root / "platform.yaml", SETTINGS)
    result = platform("settings", "update", "-C", root)
    assert (result.exit_code, "is the project's own platform.yaml" in result.stderr) == (2, True)


def test_a_target_out_of_the_project_is_not_written(platform: Run, root: Path, tmp_path: Path) -> None:
    """Neither through a link."""
    (root / ".platform/platform.yaml").unlink()
    (root / ".platform").rmdir()
    (tmp_path / "outside").mkdir()
    (root / ".platform").symlink_to("../outside")
    write(tmp_path / "platform.yaml", NEWER)
    result = platform("settings", "update", "--from", tmp_path / "platform.yaml", "-C", root)
    assert (result.exit_code, "must be inside the project" in result.stderr) == (2, True)
    assert not list((tmp_path / "outside").iterdir())


def test_a_target_below_a_file_is_reported(platform: Run, root: Path, tmp_path: Path) -> None:
    """Nothing is written, also not in Pulumi.yaml."""
    (root / ".platform/platform.yaml").unlink()
    (root / ".platform").rmdir()
    (root / ".platform").write_text("content")
    write(tmp_path / "platform.yaml", NEWER)
    before = (root / "Pulumi.yaml").read_text()
    result = platform("settings", "update", "--from", tmp_path / "platform.yaml", "-C", root)
    assert (result.exit_code, f"{root / '.platform'}  is not a directory" in result.stderr) == (2, True)
    assert (root / ".platform").read_text() == "content"
    assert (root / "Pulumi.yaml").read_text() == before
