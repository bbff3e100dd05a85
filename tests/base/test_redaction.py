"""Redaction: known secrets are removed from text and data."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

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


def test_numbers_are_hidden_as_they_are_written() -> None:
    """This includes floats, and separators of thousands."""
    redact = Redactor()
    redact.learn([86753.09, 8675309])
    assert redact("86753.09, 8675309, 8,675,309, 86754") == "[secret], [secret], [secret], 86754"


def test_each_quoted_form_is_hidden_separately() -> None:
    """A text is searched for the Python form and for the JSON form, which differ."""
    for secret in ("it's \u00e9", 'a "b" \\', "a\tb\x00c"):
        redact = Redactor()
        redact.learn(secret)
        assert redact(f"<{secret!r}>")[2:-2] == "[secret]"
        assert redact(f"<{secret.encode()!r}>")[3:-2] == "[secret]"
        for ascii_only in (True, False):
            text = json.dumps(secret, ensure_ascii=ascii_only)
            assert redact(text) == '"[secret]"'
            assert redact(json.dumps(text, ensure_ascii=ascii_only)).replace("\\", "") == '""[secret]""'


def test_base64_is_hidden_at_every_alignment() -> None:
    """Only the characters that also encode a neighbour can remain."""
    redact = Redactor()
    redact.learn("correct horse")
    for before in range(7):
        for after in range(4):
            encoded = base64.b64encode(b"x" * before + b"correct horse" + b"y" * after).decode()
            shown = redact(encoded)
            assert "[secret]" in shown
            assert len(shown.replace("[secret]", "").rstrip("=")) <= len(encoded) - 16


def test_keys_are_hidden_and_stay_different() -> None:
    """Otherwise an entry would be lost."""
    redact = Redactor()
    redact.learn(["hunter2", "hunter3"])
    assert redact.within({"hunter2": 1, "a": {"hunter2": 2, "hunter3": 3}}) == {
        "[secret]": 1,
        "a": {"[secret]": 2, "[secret] (2)": 3},
    }


def test_a_secret_that_is_a_short_word_stays_in_keys() -> None:
    """A password such as `name` would make tags and types unreadable; what may be no word is hidden."""
    redact = Redactor()
    redact.learn(["Name", "Database", "k3y-1", "first\nsecond"])
    value = {"Name": "Name", "DatabaseName": 1, "x-k3y-1": 2, "first\nsecond": 3}
    assert redact.within(value) == {"Name": "[secret]", "[secret]Name": 1, "x-[secret]": 2, "[secret]": 3}


def test_a_secret_in_several_lines_is_hidden() -> None:
    """Lines are redacted together, whether they are printed separately or in one message."""
    redact = Redactor()
    redact.learn("hunter2-correct-horse")
    assert redact.lines(["it is hunter2-", "correct", "-horse."]) == [
        "it is [secret]",
        "[secret]",
        "[secret].",
    ]
    assert redact("it is hunter2-\ncorrect-horse") == "it is [secret]\n[secret]"
    assert redact.lines([]) == []


def test_short_secrets_do_not_span_lines() -> None:
    """Columns of numbers would contain them."""
    redact = Redactor()
    redact.learn("1234")
    assert redact.lines(["12", "34"]) == ["12", "34"]


def test_a_short_line_of_a_key_is_hidden_if_it_stands_alone() -> None:
    """Inside other text it is too common."""
    redact = Redactor()
    redact.learn("-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\nQ9=\n-----END KEY-----")
    assert redact.lines(["  Q9=", "xQ9=y", "Q9="]) == ["  [secret]", "xQ9=y", "[secret]"]


def test_a_shortened_secret_is_hidden() -> None:
    """Messages shorten long values at the end or in the middle."""
    redact = Redactor()
    redact.learn("correct-horse-battery-staple")
    assert redact("is 'correct-hor...y-staple'") == "is '[secret]...[secret]'"
    assert redact("is correct-horse-b…, etc...") == "is [secret]…, etc..."


def test_bytes_are_secret_as_text_and_as_bytes() -> None:
    """Also if they are not UTF-8."""
    redact = Redactor()
    redact.learn([b"hunter2", {"a": b"\xff\xfe\xfd\xfc"}])
    assert redact(f"hunter2 {b'hunter2'!r} {bytes([255, 254, 253, 252])!r} fffefdfc") == (
        "[secret] b'[secret]' b'[secret]' [secret]"
    )


def test_parts_of_a_secret_are_hidden() -> None:
    """The password of a URL, and a field of JSON whose name indicates a secret."""
    redact = Redactor()
    redact.learn(["mysql://me:p4ssword@db/x", '{"user": "orders", "password": "inner-one"}'])
    assert redact("p4ssword inner-one orders") == "[secret] [secret] orders"


def test_overlapping_secrets_are_one() -> None:
    """No part of either remains."""
    redact = Redactor()
    redact.learn(["abcdef", "defghi"])
    assert redact("abcdefghi") == "[secret]"


def test_many_secrets_in_one_text_are_all_hidden() -> None:
    """As in an output that contains every one of 10,000 secrets."""
    redact = Redactor()
    secrets = [f"prefix-{number:05}-suffix" for number in range(10_000)]
    redact.learn(secrets)
    assert redact(" ".join(secrets)) == " ".join(["[secret]"] * 10_000)
    assert redact("prefix-10000-suffix") == "prefix-10000-suffix"


def test_encodings_of_special_characters_are_hidden() -> None:
    """Variants of an encoding differ in quotes, slashes and characters outside ASCII."""
    secret = "\u00e9\x00 'a'/\"b\" ??>>~~\u00ff\u00ff"
    redact = Redactor()
    redact.learn(secret)
    encoded = base64.urlsafe_b64encode(secret.encode()).decode()
    texts = [repr(secret)[1:-1], html.escape(secret), html.escape(secret, quote=False), encoded]
    texts += [quote(secret), quote(secret, safe=""), quote_plus(secret)]
    assert [redact(text).rstrip("=") for text in texts] == ["[secret]"] * len(texts)
    assert redact(f"x{secret}{secret}") == "x[secret][secret]"


def test_a_secret_of_several_lines_is_hidden_in_one() -> None:
    """Its line breaks may be removed."""
    redact = Redactor()
    redact.learn("first\nsecond\n")
    assert redact("it is firstsecond") == "it is [secret]"


def test_a_private_key_is_hidden_in_lines() -> None:
    """It is recognized by its first line."""
    lines = ["-----BEGIN PRIVATE KEY-----", "  MIIEpA", "-----END PRIVATE KEY-----", "after"]
    assert Redactor().lines(lines) == ["[secret]", "[secret]", "[secret]", "after"]


def test_upper_and_lower_case_of_a_secret_are_hidden() -> None:
    """Unless it consists of letters only, like a word."""
    redact = Redactor()
    redact.learn(["Passw0rd1", "Passwords"])
    assert redact("PASSW0RD1 passw0rd1 PASSWORDS") == "[secret] [secret] PASSWORDS"


def test_a_part_of_base64_text_is_hidden_from_6_characters_on() -> None:
    """Shorter parts match parts of other texts."""
    redact = Redactor()
    redact.learn(["abcde", "wxyz"])
    assert redact(base64.b64encode(b":abcde:me").decode()) == "Om[secret]Om1l"
    shorter = base64.b64encode(b"::wxyz:me").decode()
    assert redact(shorter) == shorter


def test_a_cut_secret_is_hidden_from_6_characters_on() -> None:
    """At its beginning and at its end; fewer characters match other texts."""
    redact = Redactor()
    redact.learn("correct-horse-battery-staple")
    assert redact("is correc... or ...staple") == "is [secret]... or ...[secret]"
    assert redact("is corre... or ...taple") == "is corre... or ...taple"


def test_short_lines_of_a_secret_are_hidden_if_they_are_the_complete_text() -> None:
    """This applies from 4 characters on."""
    redact = Redactor()
    redact.learn("correct-horse\nabcd\nefg\n")
    assert [redact(text) for text in ("abcd", "  abcd", "is abcd", "efg")] == [
        "[secret]",
        "  [secret]",
        "is abcd",
        "efg",
    ]


def test_a_long_value_in_quotes_is_hidden() -> None:
    """Its name indicates a secret; the value ends with the quote, in the same line."""
    value = "hunter-2 " * 20_000
    assert Redactor()(f'{{"apiKey": "{value}", "size": "1"}}') == '{"apiKey": "[secret]", "size": "1"}'
    assert Redactor()(f"a = 'b\napi_key='{value}' size='1'") == "a = 'b\napi_key='[secret]' size='1'"
    assert Redactor()("api_key='hunter-2\nsize='1'") == "api_key='hunter-2\nsize='1'"
    variable = f"{{'name': 'API_KEY', 'value': '{value}'}}"
    assert Redactor()(variable) == "{'name': 'API_KEY', 'value': '[secret]'}"


@pytest.mark.parametrize(
    "text",
    [
        "".join("a=" + "\\" * count + '"' for count in range(2_000, 0, -1)),
        "a='" + 'a=\\"' * 200_000,
        "a=" + "\\" * 500_000,
        "name':'a','value':\\'" * 100_000,
    ],
    ids=["backslashes", "quotes", "one value", "variables"],
)
def test_quotes_that_are_not_closed_take_no_time(text: str) -> None:
    """Time is proportional to the length of the text: with its square, these texts take minutes."""
    assert Redactor()(text) == text
