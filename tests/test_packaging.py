"""The installation matches pyproject.toml, and its pins are reproducible."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = ("requirements.lock", "requirements/bootstrap.txt")
GROUPS: dict[str, list[str]] = {
    "core": PROJECT["project"]["dependencies"],
    **PROJECT["project"]["optional-dependencies"],
    **PROJECT["dependency-groups"],
}


def pinned(name: str) -> dict[str, tuple[Version, int]]:
    """Return version and number of hashes by package, from a requirements file."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.startswith("#")]
    entries = re.split(r"\n(?! )", "\n".join(lines))
    pins: dict[str, tuple[Version, int]] = {}
    for entry in entries:
        requirement = Requirement(entry.split("\\")[0].strip())
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        pins[canonicalize_name(requirement.name)] = (Version(pin.version), entry.count("--hash=sha256:"))
    return pins


@pytest.mark.parametrize("name", PINS)
def test_pins_name_no_index_host(name: str) -> None:
    """The package index is configured on the machine that installs the packages."""
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE), "an option line, such as an index"


@pytest.mark.parametrize("name", PINS)
def test_every_pin_has_a_hash(name: str) -> None:
    """A modified package is rejected."""
    pins = pinned(name)
    assert pins
    assert [package for package, (_, hashes) in pins.items() if not hashes] == []


@pytest.mark.parametrize("group", GROUPS)
def test_the_lock_satisfies_the_project(group: str) -> None:
    """Every direct dependency is in requirements.lock, at a version that pyproject.toml allows."""
    pins = pinned("requirements.lock")
    for text in GROUPS[group]:
        requirement = Requirement(text)
        version, _ = pins[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, f"{requirement.name} {version}: make lock"


def test_core_dependencies_have_both_bounds() -> None:
    """A new major version of an SDK is installed only after a change of pyproject.toml."""
    for text in PROJECT["project"]["dependencies"]:
        operators = {specifier.operator for specifier in Requirement(text).specifier}
        assert operators == {">=", "<"}, text


def test_the_library_is_typed() -> None:
    """Type checkers use the package's annotations."""
    assert (ROOT / "platform_components" / "py.typed").is_file()
