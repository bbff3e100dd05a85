"""Secrets that an evaluation met are taken out of whatever it says."""

from __future__ import annotations

import json

from platform_components.engine import Secret
from platform_components.engine.redaction import Redactor


def test_secrets_are_replaced_wherever_they_occur() -> None:
    """Also the ones inside structures, and longer ones before those that they contain."""
    redact = Redactor()
    redact.learn({"a": ["hunter2", Secret("hunter2-and-more")], "port": 54321})
    assert redact("x hunter2-and-more y hunter2 z 54321") == "x [secret] y [secret] z [secret]"


def test_quoted_secrets_are_found() -> None:
    """Messages show values as Python or as JSON would write them."""
    redact = Redactor()
    secret = "line one\nline 'two'\\"
    redact.learn(secret)
    assert redact(f"KeyError: {secret!r}") == 'KeyError: "[secret]"'
    assert redact(json.dumps([secret])) == '["[secret]"]'


def test_what_is_too_short_to_be_a_secret_stays() -> None:
    """Replacing `no` or `80` would eat half of every message."""
    redact = Redactor()
    redact.learn(["no", 80, True, None, "   ", ""])
    assert redact("no, port 80 is True") == "no, port 80 is True"


def test_structures_are_searched() -> None:
    """JSON data keeps its shape."""
    redact = Redactor()
    redact.learn("hunter2")
    assert redact.within({"a": ["has hunter2", 1, None]}) == {"a": ["has [secret]", 1, None]}
