"""Unknowns and secrets are detected at any depth, and replaced in printed values."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine import UNKNOWN, Archive, Asset, ResourceReference, Secret
from platform_components.engine.values import has_secret, is_unknown, without_secrets


@pytest.mark.parametrize(
    ("value", "unknown", "secret"),
    [
        ({"a": [1, "x", None]}, False, False),
        ({"a": [1, UNKNOWN]}, True, False),
        ([Secret({"a": UNKNOWN})], True, True),
        ((1, Secret("x")), False, True),
        (ResourceReference("urn", UNKNOWN), True, False),
        (ResourceReference("urn"), False, False),
    ],
)
def test_marks_are_found_inside(value: Any, unknown: bool, secret: bool) -> None:
    """They are detected in mappings, lists and secrets; a reference is unknown until its resource exists."""
    assert (is_unknown(value), has_secret(value)) == (unknown, secret)


def test_what_people_read_shows_what_is_hidden() -> None:
    """The result is JSON data; assets are shown by path, URI and hash, never by their text."""
    asset = Asset(text="private", hash="0a")
    shown = without_secrets(
        {
            "secret": Secret("hunter2!"),
            "unknown": [UNKNOWN],
            "asset": asset,
            "archive": Archive(assets={"a": asset}, hash="0b"),
            "reference": ResourceReference("urn", UNKNOWN),
        }
    )
    assert shown == {
        "secret": "[secret]",
        "unknown": ["[unknown]"],
        "asset": {"asset": {"hash": "0a"}},
        "archive": {"archive": {"hash": "0b", "assets": {"a": {"asset": {"hash": "0a"}}}}},
        "reference": {"resource": "urn"},
    }
