"""Known secrets are taken out of texts and data."""

from __future__ import annotations

import json

from platform_components.base.markers import UNKNOWN, Secret
from platform_components.base.redaction import Redactor


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


def test_short_secrets_are_hidden_on_demand_where_they_stand_alone() -> None:
    """Words keep their letters."""
    redact = Redactor(short=True)
    redact.learn(["a", 80, "", " "])
    assert redact("a tag is bad: a, 80 and 8080") == "[secret] tag is bad: [secret], [secret] and 8080"


def test_truth_is_no_secret() -> None:
    """A secret switch is on or off, and so is half of every message."""
    redact = Redactor(short=True)
    redact.learn(["true", "False", "null"])
    assert redact("true, False and null") == "true, False and null"


def test_the_lines_of_a_secret_are_secret() -> None:
    """A key of several lines may be told line by line; lines that say nothing stay."""
    redact = Redactor()
    redact.learn("-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\n}\n")
    assert [redact(line) for line in ("  MIIEpAIBAAKCAQEA", "-----BEGIN KEY-----", "}")] == [
        "  [secret]",
        "[secret]",
        "}",
    ]


def test_a_secret_is_replaced_once() -> None:
    """Also the one that is a part of what stands for it."""
    redact = Redactor()
    redact.learn(["secret", "my-secret"])
    assert redact("my-secret, secret") == "[secret], [secret]"


def test_secrets_of_mixed_data_are_told_by_mark_and_name() -> None:
    """At any depth; the rest of the data is no secret."""
    redact = Redactor()
    redact.learn_marked(
        {"name": "orders", "a": [Secret("marked!")], "db": {"apiKey": {"x": "named!"}}, "token": UNKNOWN}
    )
    assert redact("orders marked! named!") == "orders [secret] [secret]"


def test_structures_are_searched() -> None:
    """JSON data keeps its shape."""
    redact = Redactor()
    redact.learn("hunter2")
    assert redact.within({"a": ["has hunter2", 1, None]}) == {"a": ["has [secret]", 1, None]}


def test_one_of_many_secrets_is_found() -> None:
    """More than the text has letters, of which a few are looked for."""
    redact = Redactor(short=True)
    redact.learn([*(f"{number}-secret" for number in range(500)), "ab"])
    assert redact("it is 217-secret") == "it is [secret]"
    assert redact("not 217-secrex, ab") == "not 217-secrex, [secret]"
