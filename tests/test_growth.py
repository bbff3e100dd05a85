"""What is done for each resource, failure, secret or letter takes time in proportion to their number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from platform_components.base.errors import Problem
from platform_components.base.redaction import Redactor
from platform_components.cli.tree import _nested
from platform_components.engine.journal import Journal
from platform_components.engine.source import Locator
from platform_components.kubernetes.plain_secrets import plain_secret
from platform_components.workspace.stack import ComponentRecord
from tests.growth import LINEAR, growth

Operation = Callable[[int], Callable[[], object]]

LONG_TEXTS = {
    "hex": "0f",
    "options": "-a",
    "colons": "a:",
    "addresses": "://a:",
    "words": "a=b ",
    "dots": "a.",
}


@pytest.mark.parametrize("part", LONG_TEXTS.values(), ids=LONG_TEXTS)
def test_a_long_value_is_searched_for_secrets_once(part: str) -> None:
    """Of a container's variables, and of a message's value."""
    assert growth(lambda size: lambda: plain_secret(part * size), 4_000) < LINEAR
    assert growth(lambda size: lambda: Problem("field", "is wrong", value=part * size).shown, 4_000) < LINEAR


def redacting(size: int) -> Callable[[], object]:
    redact = Redactor()
    redact.learn([f"{number:08x}-secret" for number in range(size)])
    return lambda: [redact(f"resource {number:08x} is fine") for number in range(size)]


def failing(size: int) -> Callable[[], object]:
    journal = Journal("dev", Locator(Path()), config_file="Pulumi.dev.yaml")
    errors = [ValueError(f"error {number}") for number in range(size)]

    def fail_all() -> None:
        for error in errors:
            journal.fail(error)

    return fail_all


def nesting(size: int) -> Callable[[], object]:
    wholes = [component(f"whole-{number}", "") for number in range(size)]
    parts = [component(f"part-{number}", f"whole-{number}") for number in range(size)]
    return lambda: list(_nested([*wholes, *parts], True))


def component(name: str, parent: str) -> ComponentRecord:
    return ComponentRecord("Kind", "a:b:Kind", name, name, parent, "", {}, {})


@pytest.mark.parametrize("operation", [redacting, failing, nesting])
def test_many_things_take_time_in_proportion(operation: Operation) -> None:
    """Secrets and texts, failures, components and their parts."""
    assert growth(operation, 400) < LINEAR
