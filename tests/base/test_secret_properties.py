"""The properties of the SDKs that count as secret by their name are those of a reviewed list."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from platform_components.base.redaction import Redactor
from platform_components.base.secret_names import is_plain_secret

SDKS = ("pulumi_aws", "pulumi_kubernetes")
RANDOM = "Kj4hT9sLmQ2xVb7R"
LISTS = Path(__file__).parents[1] / "data"
PROPERTY = re.compile(r"@pulumi\.getter(?:\(name=\"(\w+)\"\))?\s+def (\w+)")
MARKED = re.compile(r"additional_secret_outputs=\[([^\]]*)\]")


@cache
def sources() -> tuple[str, ...]:
    """The modules of the SDKs. Importing all of them takes much longer than reading."""
    found = [spec.origin for name in SDKS if (spec := find_spec(name)) and spec.origin]
    return tuple(path.read_text() for origin in found for path in sorted(Path(origin).parent.rglob("*.py")))


@cache
def properties() -> frozenset[str]:
    """All names of properties, as providers write them."""
    return frozenset(renamed or name for text in sources() for renamed, name in PROPERTY.findall(text))


def listed(name: str) -> list[str]:
    """The names in a file, one a line; `#` begins a comment."""
    lines = (LISTS / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_properties_that_count_as_secret_are_listed() -> None:
    """A new version of an SDK, or of the rules for names, changes the list: review the difference."""
    assert len(properties()) > 10_000
    found = [name for name in sorted(properties()) if is_plain_secret(name, RANDOM)]
    assert found == listed("secret_properties.txt")


def test_what_an_sdk_marks_as_secret_counts_as_secret() -> None:
    """Except for names that do not indicate it; the SDK marks their values itself."""
    marked = {
        name for text in sources() for names in MARKED.findall(text) for name in re.findall(r"\w+", names)
    }
    assert len(marked) > 50
    others = sorted(name for name in marked if not is_plain_secret(name, RANDOM))
    assert others == listed("marked_properties.txt")


@pytest.mark.parametrize("value", ["required", "HEADER", "hours", "SYMMETRIC_DEFAULT"])
def test_no_property_hides_a_word_elsewhere(value: str) -> None:
    """An ordinary setting of a resource is not missing in the messages about another."""
    redact = Redactor()
    inputs = dict.fromkeys(properties(), value)
    redact.learn_plain(inputs)
    redact.learn_marked(inputs)
    assert redact(value) == value
