"""What is installed is what pyproject.toml promises, from pins that anyone can reproduce."""

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
    """Package to its version and the number of its hashes, as a file of pins states them."""
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
    """Where packages come from is left to the machine that installs them."""
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE), "an option line, such as an index"


@pytest.mark.parametrize("name", PINS)
def test_every_pin_has_a_hash(name: str) -> None:
    """A package that was tampered with is refused."""
    pins = pinned(name)
    assert pins
    assert [package for package, (_, hashes) in pins.items() if not hashes] == []


@pytest.mark.parametrize("group", GROUPS)
def test_the_lock_satisfies_the_project(group: str) -> None:
    """Every direct dependency is in the lock, at a version that pyproject.toml allows."""
    pins = pinned("requirements.lock")
    for text in GROUPS[group]:
        requirement = Requirement(text)
        version, _ = pins[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, f"{requirement.name} {version}: make lock"


def test_core_dependencies_have_both_bounds() -> None:
    """A new major version of an SDK is a decision, never an accident of the day's install."""
    for text in PROJECT["project"]["dependencies"]:
        operators = {specifier.operator for specifier in Requirement(text).specifier}
        assert operators == {">=", "<"}, text


def test_the_library_is_typed() -> None:
    """Type checkers read the package's own annotations."""
    assert (ROOT / "platform_components" / "py.typed").is_file()
