"""The source of settings: what `platform` in Pulumi.yaml may name, and what is not trusted."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from platform_components.base import InvalidInput
from platform_components.base.settings import Platform
from platform_components.base.settings_source import has_settings, read_settings
from tests.cli.conftest import write
from tests.elsewhere import PACKAGE, SETTINGS, install, write_copy, write_project

DIGEST = hashlib.sha256(SETTINGS.encode()).hexdigest()


def refusal(root: Path) -> tuple[str, str, str]:
    """The field, the problem and the remedy."""
    with pytest.raises(InvalidInput) as caught:
        read_settings(root)
    (problem,) = caught.value.problems
    assert "\n" not in problem.what
    return problem.where, problem.what, problem.remedy


def test_without_a_platform_yaml_and_the_key_there_are_no_settings(tmp_path: Path) -> None:
    """The project is previewed without owners, tiers and sizes, as before."""
    write_project(tmp_path, "")
    assert not has_settings(tmp_path)
    assert Platform.find(tmp_path) is None


def test_the_project_of_the_organization_uses_its_own_file(tmp_path: Path) -> None:
    """Its version is the one in the file."""
    write(tmp_path / "platform.yaml", f"version: '4.0'\n{SETTINGS}")
    settings = Platform.load(tmp_path).settings
    assert settings is not None
    assert (settings.source, settings.version) == ("platform.yaml", "4.0")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", ("platform", "must be a mapping")),
        ("", ("platform", "must be a mapping")),
        ("{}", ("platform.file", "is required without `package`")),
        ("{file: a}", ("platform.sha256", "is required with `file`")),
        ("{package: a, file: b}", ("platform.file", "does not apply to a package")),
        ("{packag: a}", ("platform.packag", "unknown field")),
        ("{file: a, sha256: 12}", ("platform.sha256", "must be a string")),
        ('{file: a, sha256: "12"}', ("platform.sha256", "must be 64 lowercase hexadecimal digits")),
        ("{package: 'a b c'}", ("platform.package", "must be a package, with an optional version")),
        (
            "{package: 'a @ https://x.example/a'}",
            ("platform.package", "must be a package, with an optional version"),
        ),
        ("{package: no-such-package-here}", ("platform.package", "is not installed")),
        ("{package: pyyaml>=999}", ("platform.package", "is installed in version ")),
        ("{package: pyyaml}", ("platform.package", "contains no platform.yaml")),
    ],
)
def test_a_reference_that_is_invalid_is_reported(
    tmp_path: Path, value: str, expected: tuple[str, str]
) -> None:
    """With the field in Pulumi.yaml, and one remedy."""
    write_project(tmp_path, value)
    if not value:
        write(tmp_path / "Pulumi.yaml", "name: orders\nruntime: python\nplatform:\n")
    where, what, _ = refusal(tmp_path)
    assert (where, what.startswith(expected[1])) == (expected[0], True)


def test_a_digest_in_upper_case_is_rejected_with_its_lower_case(tmp_path: Path) -> None:
    """One digest has one spelling."""
    write_project(tmp_path, f"{{file: a, sha256: {DIGEST.upper()}}}")
    assert refusal(tmp_path)[2] == f"write {DIGEST}"


def test_a_copy_that_was_changed_is_rejected(tmp_path: Path) -> None:
    """The message has the actual digest and the remedy."""
    write_copy(tmp_path)
    changed = SETTINGS.replace("production", "development")
    write(tmp_path / ".platform/platform.yaml", changed)
    where, what, remedy = refusal(tmp_path)
    assert where == "platform.sha256"
    assert what.endswith(hashlib.sha256(changed.encode()).hexdigest())
    assert remedy == "restore the file, or run `platform settings update`"


@pytest.mark.parametrize(
    "path",
    ["../platform.yaml", "/etc/passwd", "a/../../platform.yaml", "link.yaml", "dir/platform.yaml", "a\\0b"],
)
def test_a_path_out_of_the_project_is_rejected(tmp_path: Path, path: str) -> None:
    """Also through a link to a file or to a directory."""
    root = tmp_path / "project"
    write(tmp_path / "platform.yaml", SETTINGS)
    write_project(root, f'{{file: "{path}", sha256: {DIGEST}}}')
    (root / "link.yaml").symlink_to("../platform.yaml")
    (root / "dir").symlink_to("..")
    assert refusal(root)[:2] == ("platform.file", "must be inside the project")


def test_a_link_inside_the_project_is_followed(tmp_path: Path) -> None:
    """It has the same content for everyone who has the repository."""
    write_copy(tmp_path)
    (tmp_path / ".platform/platform.yaml").rename(tmp_path / "shared.yaml")
    (tmp_path / ".platform/platform.yaml").symlink_to("../shared.yaml")
    assert read_settings(tmp_path).text == SETTINGS


@pytest.mark.parametrize("kind", ["missing", "directory", "pipe"])
def test_what_is_not_a_file_is_rejected(tmp_path: Path, kind: str) -> None:
    """A pipe without a writer would block for ever."""
    write_project(tmp_path, f"{{file: settings, sha256: {DIGEST}}}")
    if kind == "directory":
        (tmp_path / "settings").mkdir()
    if kind == "pipe":
        os.mkfifo(tmp_path / "settings")
    assert refusal(tmp_path)[:2] == ("platform.file", "does not exist")


def test_a_file_that_is_too_large_is_rejected(tmp_path: Path) -> None:
    """At most 1 MiB is read."""
    write_copy(tmp_path, SETTINGS + "#" * 2**20)
    assert refusal(tmp_path)[1] == "must be at most 1 MiB"


def test_own_settings_and_named_ones_contradict(tmp_path: Path) -> None:
    """It would not be clear which ones apply."""
    write_copy(tmp_path)
    write(tmp_path / "platform.yaml", SETTINGS)
    assert refusal(tmp_path)[1:] == (
        "names settings, and the project has its own platform.yaml",
        "remove one of them",
    )


@pytest.mark.parametrize(
    ("wanted", "ok"), [(">=3", True), ("~=3.1", True), ("==3.2", True), (">=3.3", False), ("<3", False)]
)
def test_the_version_of_a_package_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, ok: bool
) -> None:
    """The remedy is the command that installs the required version."""
    install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    write_project(tmp_path, f'{{package: "{PACKAGE}{wanted}"}}')
    if ok:
        assert read_settings(tmp_path).origin.version == "3.2"
    else:
        assert refusal(tmp_path) == (
            "platform.package",
            "is installed in version 3.2",
            f"run `pip install '{PACKAGE}{wanted}'`",
        )


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ("../secret/platform.yaml,,\n", "contains no platform.yaml"),
        ("/etc/platform.yaml,,\n", "contains no platform.yaml"),
        ("missing/platform.yaml,,\n", "contains no platform.yaml"),
        ("acme_platform_settings/platform.yaml,,\nother/platform.yaml,,\n", "contains 2 files platform.yaml"),
    ],
)
def test_a_package_must_contain_the_file_once_and_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str, what: str
) -> None:
    """Its list of files is not trusted."""
    install(tmp_path / "site", record=record)
    write(tmp_path / "secret/platform.yaml", SETTINGS)
    write(tmp_path / "site/other/platform.yaml", SETTINGS)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    write_project(tmp_path, f"{{package: {PACKAGE}}}")
    assert refusal(tmp_path)[1] == what
