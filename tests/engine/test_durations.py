"""Timeouts are parsed as in Go."""

from __future__ import annotations

import pytest

from platform_components.engine.durations import seconds
from platform_components.engine.errors import DeclarationError


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("1h30m", 5400), ("1.5m", 90), ("500ms", 0.5), (".5h", 1800)]
)
def test_durations_become_seconds(text: str, expected: float) -> None:
    """Units can be combined, and numbers can have fractions."""
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["5 min", "90", "1h-3m", "h", "10 s", "1d"])
def test_what_go_would_not_read_is_refused(text: str) -> None:
    """The message has the value and the correct format."""
    with pytest.raises(DeclarationError, match="is not a duration") as raised:
        seconds(text)
    assert "1h30m" in raised.value.remedy
