"""Redaction: known secrets are removed from text and data."""

from __future__ import annotations

import json

from platform_components.base.markers import UNKNOWN, Secret
from platform_components.base.redaction import Redactor


def test_secrets_are_replaced_wherever_they_occur() -> None:
    """This includes secrets in structures; longer secrets are redacted before those that they contain."""
    redact = Redactor()
    redact.learn({"a": ["hunter2", Secret("hunter2-and-more")], "port": 54321})
    assert redact("x hunter2-and-more y hunter2 z 54321") == "x [secret] y [secret] z [secret]"


def test_quoted_secrets_are_found() -> None:
    """Messages show values in Python or JSON syntax."""
    redact = Redactor()
    secret = "line one\nline 'two'\\"
    redact.learn(secret)
    assert redact(f"KeyError: {secret!r}") == 'KeyError: "[secret]"'
    assert redact(json.dumps([secret])) == '["[secret]"]'


def test_what_is_too_short_to_be_a_secret_stays() -> None:
    """Replacing `no` or `80` would make messages unreadable."""
    redact = Redactor()
    redact.learn(["no", 80, True, None, "   ", ""])
    assert redact("no, port 80 is True") == "no, port 80 is True"


def test_short_secrets_are_hidden_on_demand_where_they_stand_alone() -> None:
    """Parts of words are not replaced."""
    redact = Redactor(short=True)
    redact.learn(["a", 80, "", " "])
    assert redact("a tag is bad: a, 80 and 8080") == "[secret] tag is bad: [secret], [secret] and 8080"


def test_truth_is_no_secret() -> None:
    """Replacing the value of a secret boolean would make messages unreadable."""
    redact = Redactor(short=True)
    redact.learn(["true", "False", "null"])
    assert redact("true, False and null") == "true, False and null"


def test_the_lines_of_a_secret_are_secret() -> None:
    """The lines of a multi-line key are redacted separately; trivial lines are not."""
    redact = Redactor()
    redact.learn("-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\n}\n")
    assert [redact(line) for line in ("  MIIEpAIBAAKCAQEA", "-----BEGIN KEY-----", "}")] == [
        "  [secret]",
        "[secret]",
        "}",
    ]


def test_a_secret_is_replaced_once() -> None:
    """This includes a secret that is part of the replacement text."""
    redact = Redactor()
    redact.learn(["secret", "my-secret"])
    assert redact("my-secret, secret") == "[secret], [secret]"


def test_secrets_of_mixed_data_are_told_by_mark_and_name() -> None:
    """They are redacted at any depth; other data is kept."""
    redact = Redactor()
    redact.learn_marked(
        {"name": "orders", "a": [Secret("marked!")], "db": {"apiKey": {"x": "named!"}}, "token": UNKNOWN}
    )
    assert redact("orders marked! named!") == "orders [secret] [secret]"


def test_structures_are_searched() -> None:
    """JSON data keeps its structure."""
    redact = Redactor()
    redact.learn("hunter2")
    assert redact.within({"a": ["has hunter2", 1, None]}) == {"a": ["has [secret]", 1, None]}


def test_one_of_many_secrets_is_found() -> None:
    """More than the text has letters, of which a few are looked for."""
    redact = Redactor(short=True)
    redact.learn([*(f"{number}-secret" for number in range(500)), "ab"])
    assert redact("it is 217-secret") == "it is [secret]"
    assert redact("not 217-secrex, ab") == "not 217-secrex, [secret]"


def test_a_secret_of_four_characters_is_hidden_inside_words() -> None:
    """Shorter ones only where they stand alone, or half of every message would be gone."""
    redact = Redactor(short=True)
    redact.learn(["wxyz", "ab"])
    assert redact("a-wxyz, awxyzb, ab, cab") == "a-[secret], a[secret]b, [secret], cab"
